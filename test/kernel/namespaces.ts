/**
 * Namespaces of a test file's own: what it mounts and the network interfaces it makes are seen by no other process,
 * and are gone with its process, however that ends.
 */
import { execFileSync } from "node:child_process";
import koffi from "koffi";

const CLONE_NEWNS = 0x0002_0000;
const CLONE_NEWNET = 0x4000_0000;

/**
 * Moves this thread, on which every call of libbpf runs, into new mount and network namespaces. Call it once a file,
 * before anything else; child processes started later are in them, too.
 */
export function enterNamespaces(): void {
  const unshare: (flags: number) => number = koffi.load(null).func("int unshare(int)");
  if (unshare(CLONE_NEWNS | CLONE_NEWNET) !== 0) throw new Error("cannot make namespaces: this needs root");
  run("mount", "--make-rprivate", "/");
  run("ip", "link", "set", "lo", "up");
}

/** Mounts tracefs where libbpf looks for it. */
export function mountTracefs(): void {
  run("mount", "-t", "tracefs", "tracefs", "/sys/kernel/tracing");
}

/** Hides tracefs, if there is one. */
export function hideTracefs(): void {
  for (const folder of ["/sys/kernel/tracing", "/sys/kernel/debug"])
    run("mount", "-t", "tmpfs", "none", folder);
}

/** Mounts a BPF file system of our own; the folder. */
export function mountBpffs(): string {
  run("mount", "-t", "bpf", "bpf", "/sys/fs/bpf");
  return "/sys/fs/bpf";
}

/** Mounts the cgroup v2 file system; the folder. Its contents are everybody's: make a cgroup below it, and remove it. */
export function mountCgroups(): string {
  run("mount", "-t", "cgroup2", "cgroup2", "/sys/fs/cgroup");
  return "/sys/fs/cgroup";
}

/** Runs a command to its end; its output. */
export function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: "utf8" });
}
