/** `bpf(2)` itself, for the few things that libbpf has no function for, or one that says too little. */
import { arch } from "node:process";
import { addressValue, errno, libc, type Memory } from "./native.ts";

// bpf (asm/unistd.h)
const SYS_bpf = arch === "arm64" ? 280 : 321;

// enum bpf_cmd (include/uapi/linux/bpf.h)
const COMMANDS = {
  BPF_MAP_CREATE: 0,
  BPF_PROG_LOAD: 5,
  BPF_PROG_ATTACH: 8,
  BPF_RAW_TRACEPOINT_OPEN: 17,
  BPF_LINK_CREATE: 28,
} as const;

/**
 * Calls the kernel.
 *
 * @param attributes - the part of `union bpf_attr` that the command takes
 * @returns what the kernel returned, or a negative error number
 */
export function bpf(command: keyof typeof COMMANDS, attributes: Memory): number {
  const { address, bytes } = attributes;
  const result = libc.syscall(SYS_bpf, COMMANDS[command], addressValue(address), bytes.length, 0, 0);
  return result < 0 ? -errno() : result;
}
