/** Kinds of programs, as the kernel counts them. */

// enum bpf_prog_type (include/uapi/linux/bpf.h): the index is the number.
const PROGRAM_TYPES = [
  "unspec",
  "socket_filter",
  "kprobe",
  "sched_cls",
  "sched_act",
  "tracepoint",
  "xdp",
  "perf_event",
  "cgroup_skb",
  "cgroup_sock",
  "lwt_in",
  "lwt_out",
  "lwt_xmit",
  "sock_ops",
  "sk_skb",
  "cgroup_device",
  "sk_msg",
  "raw_tracepoint",
  "cgroup_sock_addr",
  "lwt_seg6local",
  "lirc_mode2",
  "sk_reuseport",
  "flow_dissector",
  "cgroup_sysctl",
  "raw_tracepoint_writable",
  "cgroup_sockopt",
  "tracing",
  "struct_ops",
  "ext",
  "lsm",
  "sk_lookup",
  "syscall",
  "netfilter",
] as const;

/** `BPF_PROG_TYPE_*` in lower case, without the prefix. */
export type ProgramType = (typeof PROGRAM_TYPES)[number];

/** The name of a number of `enum bpf_prog_type`. */
export function programTypeName(type: number): ProgramType | "unknown" {
  return PROGRAM_TYPES[type] ?? "unknown";
}

/** The number of a kind, as in `enum bpf_prog_type`. */
export function programTypeNumber(type: ProgramType): number {
  return PROGRAM_TYPES.indexOf(type);
}

/** Names of all kinds. */
export const programTypes: readonly ProgramType[] = PROGRAM_TYPES;
