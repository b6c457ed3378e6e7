/** The first Linux that has a kind of map or program, for errors that say so. */
import { missingFromKernel } from "./kernel-facts.ts";
import type { MapType } from "./maps/types.ts";
import type { ProgramType } from "./programs/types.ts";

// When each was added to enum bpf_map_type and enum bpf_prog_type (include/uapi/linux/bpf.h); what Linux 5.0 has is left out.
const MAPS: Partial<Record<MapType, string>> = {
  sk_storage: "5.2",
  devmap_hash: "5.4",
  struct_ops: "5.6",
  ringbuf: "5.8",
  inode_storage: "5.10",
  task_storage: "5.11",
  bloom_filter: "5.16",
  user_ringbuf: "6.1",
  cgrp_storage: "6.2",
  arena: "6.9",
  insn_array: "6.19",
};

const PROGRAMS: Partial<Record<ProgramType, string>> = {
  cgroup_sysctl: "5.2",
  raw_tracepoint_writable: "5.2",
  cgroup_sockopt: "5.3",
  tracing: "5.5",
  struct_ops: "5.6",
  ext: "5.6",
  lsm: "5.7",
  sk_lookup: "5.9",
  syscall: "5.14",
  netfilter: "6.4",
};

/** Why a kernel refuses a map, which may have no name; undefined when it has the kind. */
export function mapNeedsNewer(name: string, type: MapType | "unknown"): string | undefined {
  const since = type === "unknown" ? undefined : MAPS[type];
  const what = name === "" ? `A map of type ${type}` : `Map ${name}, of type ${type},`;
  return since === undefined ? undefined : missingFromKernel(what, [], since);
}

/** Why a kernel refuses a program; undefined when it has the kind. */
export function programNeedsNewer(name: string, type: ProgramType | "unknown"): string | undefined {
  const since = type === "unknown" ? undefined : PROGRAMS[type];
  return since === undefined ? undefined : missingFromKernel(`Program ${name}, of type ${type},`, [], since);
}
