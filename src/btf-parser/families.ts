/**
 * Families of maps and programs: kinds that are used in the same way, whatever number each has in the kernel. Generated and
 * run-time skeletons have a class for each family.
 */
import type { MapModel, ProgramModel } from "./model.ts";

/** Families of maps; `other` are those of which nothing is known but what all have. */
export type MapFamily =
  | "arena"
  | "array"
  | "array_of_maps"
  | "bloom_filter"
  | "cgroup_array"
  | "cgroup_storage"
  | "cgrp_storage"
  | "cpumap"
  | "devmap"
  | "hash"
  | "hash_of_maps"
  | "inode_storage"
  | "lpm_trie"
  | "other"
  | "percpu_array"
  | "percpu_cgroup_storage"
  | "percpu_hash"
  | "perf_event_array"
  | "prog_array"
  | "queue"
  | "reuseport_sockarray"
  | "ringbuf"
  | "sk_storage"
  | "sockhash"
  | "sockmap"
  | "stack"
  | "stack_trace"
  | "task_storage"
  | "user_ringbuf"
  | "xskmap";

/** Of kinds by `BPF_MAP_TYPE_*`. */
const MAPS: Readonly<Record<string, MapFamily>> = {
  arena: "arena",
  array: "array",
  array_of_maps: "array_of_maps",
  bloom_filter: "bloom_filter",
  cgroup_array: "cgroup_array",
  cgroup_storage: "cgroup_storage",
  cgrp_storage: "cgrp_storage",
  cpumap: "cpumap",
  devmap: "devmap",
  devmap_hash: "devmap",
  hash: "hash",
  hash_of_maps: "hash_of_maps",
  inode_storage: "inode_storage",
  lpm_trie: "lpm_trie",
  lru_hash: "hash",
  lru_percpu_hash: "percpu_hash",
  percpu_array: "percpu_array",
  percpu_cgroup_storage: "percpu_cgroup_storage",
  percpu_hash: "percpu_hash",
  perf_event_array: "perf_event_array",
  prog_array: "prog_array",
  queue: "queue",
  reuseport_sockarray: "reuseport_sockarray",
  ringbuf: "ringbuf",
  sk_storage: "sk_storage",
  sockhash: "sockhash",
  sockmap: "sockmap",
  stack: "stack",
  stack_trace: "stack_trace",
  task_storage: "task_storage",
  user_ringbuf: "user_ringbuf",
  xskmap: "xskmap",
};

/** The family of a map. Of maps whose inner map the object does not define, nothing is known. */
export function mapFamily({ typeName, inner }: Pick<MapModel, "typeName" | "inner">): MapFamily {
  const family = find(MAPS, typeName) ?? "other";
  return (family === "array_of_maps" || family === "hash_of_maps") && inner === undefined ? "other" : family;
}

/** Families of programs; `other` are those that attach only as their section says, if at all. */
export type ProgramFamily =
  | "btf_tracepoint"
  | "cgroup"
  | "cgroup_skb"
  | "extension"
  | "flow_dissector"
  | "iterator"
  | "kprobe"
  | "kprobe_multi"
  | "ksyscall"
  | "lsm"
  | "netfilter"
  | "netkit"
  | "other"
  | "perf_event"
  | "raw_tracepoint"
  | "sk_lookup"
  | "sk_msg"
  | "sk_reuseport"
  | "sk_skb"
  | "socket_filter"
  | "syscall"
  | "tc"
  | "tracepoint"
  | "tracing"
  | "uprobe"
  | "uprobe_multi"
  | "usdt"
  | "xdp";

/** Kinds that a single family is for, by `BPF_PROG_TYPE_*`. */
const BY_TYPE: Readonly<Record<string, ProgramFamily>> = {
  tracepoint: "tracepoint",
  raw_tracepoint: "raw_tracepoint",
  raw_tracepoint_writable: "raw_tracepoint",
  perf_event: "perf_event",
  ext: "extension",
  cgroup_skb: "cgroup_skb",
  cgroup_sock: "cgroup",
  cgroup_sock_addr: "cgroup",
  cgroup_device: "cgroup",
  cgroup_sysctl: "cgroup",
  cgroup_sockopt: "cgroup",
  sock_ops: "cgroup",
  sk_lookup: "sk_lookup",
  flow_dissector: "flow_dissector",
  sk_skb: "sk_skb",
  sk_msg: "sk_msg",
  socket_filter: "socket_filter",
  sk_reuseport: "sk_reuseport",
  netfilter: "netfilter",
  sched_cls: "tc",
  syscall: "syscall",
};

/** Kinds of a type that are attached in different ways, by `BPF_*` of enum bpf_attach_type. */
const BY_ATTACH_TYPE: Readonly<Record<string, ProgramFamily>> = {
  trace_raw_tp: "btf_tracepoint",
  trace_fentry: "tracing",
  trace_fexit: "tracing",
  trace_fsession: "tracing",
  modify_return: "tracing",
  trace_iter: "iterator",
  trace_kprobe_multi: "kprobe_multi",
  trace_kprobe_session: "kprobe_multi",
  trace_uprobe_multi: "uprobe_multi",
  trace_uprobe_session: "uprobe_multi",
  lsm_mac: "lsm",
  lsm_cgroup: "cgroup",
  // Programs of maps (xdp/devmap, xdp/cpumap) go into a map, not to an interface.
  xdp: "xdp",
  netkit_primary: "netkit",
  netkit_peer: "netkit",
};

/** Kinds that the kernel takes for one: kprobes on all sorts of places. */
const BY_SECTION: Readonly<Record<string, ProgramFamily>> = {
  kprobe: "kprobe",
  kretprobe: "kprobe",
  ksyscall: "ksyscall",
  kretsyscall: "ksyscall",
  uprobe: "uprobe",
  "uprobe.s": "uprobe",
  uretprobe: "uprobe",
  "uretprobe.s": "uprobe",
  usdt: "usdt",
  "usdt.s": "usdt",
};

/** The family of a program. */
export function programFamily({ kind }: Pick<ProgramModel, "kind">): ProgramFamily {
  const { progType, attachType, definition } = kind;
  if (progType === "syscall") return "syscall";
  return (
    find(BY_ATTACH_TYPE, attachType) ?? find(BY_SECTION, definition) ?? find(BY_TYPE, progType) ?? "other"
  );
}

function find<F extends string>(table: Readonly<Record<string, F>>, name: string | undefined): F | undefined {
  return name !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;
}
