/** Kinds of maps. */

// enum bpf_map_type (include/uapi/linux/bpf.h): the index is the number. libbpf spells them the same
// (libbpf_bpf_map_type_str), with "cgroup_storage" and "percpu_cgroup_storage" for the deprecated ones.
const MAP_TYPES = [
  "unspec",
  "hash",
  "array",
  "prog_array",
  "perf_event_array",
  "percpu_hash",
  "percpu_array",
  "stack_trace",
  "cgroup_array",
  "lru_hash",
  "lru_percpu_hash",
  "lpm_trie",
  "array_of_maps",
  "hash_of_maps",
  "devmap",
  "sockmap",
  "cpumap",
  "xskmap",
  "sockhash",
  "cgroup_storage",
  "reuseport_sockarray",
  "percpu_cgroup_storage",
  "queue",
  "stack",
  "sk_storage",
  "devmap_hash",
  "struct_ops",
  "ringbuf",
  "inode_storage",
  "task_storage",
  "bloom_filter",
  "user_ringbuf",
  "cgrp_storage",
  "arena",
  "insn_array",
] as const;

/** `BPF_MAP_TYPE_*` in lower case, without the prefix. */
export type MapType = (typeof MAP_TYPES)[number];

/** Names of all kinds. */
export const mapTypes: readonly MapType[] = MAP_TYPES;

/** The name of a number of `enum bpf_map_type`. */
export function mapTypeName(type: number): MapType | "unknown" {
  return MAP_TYPES[type] ?? "unknown";
}

/** The number of a kind, as in `enum bpf_map_type`. */
export function mapTypeNumber(type: MapType): number {
  return MAP_TYPES.indexOf(type);
}

/** Whether it is the name of a kind that this package knows. */
export function isMapType(name: string): name is MapType {
  return (MAP_TYPES as readonly string[]).includes(name);
}
