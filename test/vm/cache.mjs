// What is downloaded for the machines, and what is made of it, outside of the tree.
import { homedir } from "node:os";
import { join } from "node:path";

/** `TINYBPF_VM_CACHE`, or a folder among the user's caches. */
export function cacheFolder() {
  const { TINYBPF_VM_CACHE, XDG_CACHE_HOME } = process.env;
  return TINYBPF_VM_CACHE || join(XDG_CACHE_HOME || join(homedir(), ".cache"), "tinybpf-vm");
}
