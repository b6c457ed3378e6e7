/** The first Linux that has a kind of map, program or attachment, for errors that say so. */
import { missingFromKernel } from "./kernel-facts.ts";
import { type AttachType, attachTypes } from "./links/attach-types.ts";
import type { MapType } from "./maps/types.ts";
import type { ProgramType } from "./programs/types.ts";

// When each was added to enum bpf_map_type, bpf_prog_type and bpf_attach_type (include/uapi/linux/bpf.h); what Linux 5.0 has is
// left out.
/** @internal */
export const MAPS: Partial<Record<MapType, string>> = {
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

/** @internal */
export const PROGRAMS: Partial<Record<ProgramType, string>> = {
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

/** @internal */
export const ATTACHMENTS: Partial<Record<AttachType, string>> = {
  cgroup_sysctl: "5.2",
  cgroup_udp4_recvmsg: "5.2",
  cgroup_udp6_recvmsg: "5.2",
  cgroup_getsockopt: "5.3",
  cgroup_setsockopt: "5.3",
  trace_raw_tp: "5.5",
  trace_fentry: "5.5",
  trace_fexit: "5.5",
  modify_return: "5.7",
  lsm_mac: "5.7",
  trace_iter: "5.8",
  cgroup_inet4_getpeername: "5.8",
  cgroup_inet6_getpeername: "5.8",
  cgroup_inet4_getsockname: "5.8",
  cgroup_inet6_getsockname: "5.8",
  xdp_devmap: "5.8",
  cgroup_inet_sock_release: "5.9",
  xdp_cpumap: "5.9",
  sk_lookup: "5.9",
  xdp: "5.9",
  sk_skb_verdict: "5.13",
  sk_reuseport_select_or_migrate: "5.14",
  perf_event: "5.15",
  trace_kprobe_multi: "5.18",
  lsm_cgroup: "6.0",
  struct_ops: "6.4",
  netfilter: "6.4",
  tcx_ingress: "6.6",
  tcx_egress: "6.6",
  trace_uprobe_multi: "6.6",
  cgroup_unix_connect: "6.7",
  cgroup_unix_sendmsg: "6.7",
  cgroup_unix_recvmsg: "6.7",
  cgroup_unix_getpeername: "6.7",
  cgroup_unix_getsockname: "6.7",
  netkit_primary: "6.7",
  netkit_peer: "6.7",
  trace_kprobe_session: "6.10",
  trace_uprobe_session: "6.13",
};

/** Programs whose section asks for something that came after their kind: sleeping, and packets in fragments. */
const SECTIONS: readonly (readonly [section: RegExp, since: string])[] = [
  [/^xdp\.frags\b/, "5.18"],
  [/^(?:fentry|fexit|fmod_ret|lsm)\.s\b/, "5.10"],
  [/^u(?:ret)?probe\.s\b/, "6.0"],
  [/^struct_ops\.s\b/, "6.3"],
];

/** What iterators go through (bpf_iter_reg_target, DEFINE_BPF_ITER_FUNC). */
const ITERATORS: Readonly<Record<string, string>> = {
  task: "5.8",
  task_file: "5.8",
  bpf_map: "5.8",
  netlink: "5.8",
  ipv6_route: "5.8",
  tcp: "5.9",
  udp: "5.9",
  bpf_prog: "5.9",
  bpf_map_elem: "5.9",
  bpf_sk_storage_map: "5.9",
  sockmap: "5.10",
  task_vma: "5.12",
  unix: "5.15",
  bpf_link: "5.19",
  ksym: "6.0",
  cgroup: "6.1",
  kmem_cache: "6.13",
  dmabuf: "6.16",
};

/** Why a kernel has no such target of iterators; undefined for those that it should have. */
export function iteratorNeedsNewer(target: string): string | undefined {
  const since = Object.hasOwn(ITERATORS, target) ? ITERATORS[target] : undefined;
  return since === undefined ? undefined : missingFromKernel(`An iterator over ${target}`, [], since);
}

/** What a map was to be. */
interface RefusedMap {
  /** Empty when it has none. */
  readonly name: string;
  readonly type: MapType | "unknown";
  /** Whether it is a struct_ops map of the section `.struct_ops.link`. */
  readonly linked?: boolean;
}

/** Why a kernel refuses a map; undefined when it has the kind. */
export function mapNeedsNewer({ name, type, linked = false }: RefusedMap): string | undefined {
  const what = name === "" ? `A map of type ${type}` : `Map ${name}, of type ${type},`;
  if (linked) return missingFromKernel(`${what} with a link`, [], ATTACHMENTS.struct_ops);
  const since = type === "unknown" ? undefined : MAPS[type];
  return since === undefined ? undefined : missingFromKernel(what, [], since);
}

/** What a program was to be. */
interface RefusedProgram {
  readonly name: string;
  readonly type: ProgramType | "unknown";
  /** As in C, perhaps with a `?` in front. */
  readonly section: string;
  /** `BPF_*` of enum bpf_attach_type that it is loaded for; 0 also for kinds that have none. */
  readonly expectedAttachType: number;
}

/** Why a kernel refuses a program; undefined when it has all that the program is known to ask for. */
export function programNeedsNewer(program: RefusedProgram): string | undefined {
  const { name, type, expectedAttachType } = program;
  const section = program.section.replace(/^\?/, "");
  const attachType = attachTypes[expectedAttachType];
  const versions: readonly (readonly [what: string, since: string | undefined])[] = [
    [`of type ${type}`, type === "unknown" ? undefined : PROGRAMS[type]],
    [`to be attached as ${attachType}`, attachType === undefined ? undefined : ATTACHMENTS[attachType]],
    [`of section ${section}`, SECTIONS.find(([pattern]) => pattern.test(section))?.[1]],
  ];
  return versions
    .map(([what, since]) =>
      since === undefined ? undefined : missingFromKernel(`Program ${name}, ${what},`, [], since),
    )
    .find((missing) => missing !== undefined);
}
