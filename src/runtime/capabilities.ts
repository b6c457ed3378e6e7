/** What this process may do with BPF, and what would let it do more. */
import { readFileSync, readlinkSync } from "node:fs";
import { olderThan } from "./kernel-facts.ts";
import type { ProgramType } from "./programs/types.ts";

// include/uapi/linux/capability.h
const CAPABILITIES = {
  CAP_DAC_OVERRIDE: { bit: 1n, use: "files of others" },
  CAP_NET_ADMIN: { bit: 12n, use: "network programs" },
  CAP_SYS_ADMIN: { bit: 21n, use: "uprobes, and what belongs to others" },
  CAP_SYS_RESOURCE: { bit: 24n, use: "more locked memory" },
  CAP_PERFMON: { bit: 38n, use: "tracing programs" },
  CAP_BPF: { bit: 39n, use: "maps and programs" },
} as const;

export type Capability = keyof typeof CAPABILITIES;

/** For these CAP_SYS_ADMIN stands, too (include/linux/capability.h: bpf_capable, perfmon_capable; bpf_net_capable). */
const FOR_BPF = ["CAP_BPF", "CAP_PERFMON", "CAP_NET_ADMIN"] as const satisfies Capability[];

/**
 * Those of some capabilities that this process lacks, as text; empty when it has them all.
 *
 * @param needed - by default all that BPF may take
 */
export function missingCapabilities(needed: readonly Capability[] = FOR_BPF): string {
  const effective = effectiveCapabilities();
  const has = (name: Capability): boolean => ((effective >> CAPABILITIES[name].bit) & 1n) === 1n;
  const isImplied = (name: Capability): boolean =>
    FOR_BPF.some((one) => one === name) && has("CAP_SYS_ADMIN");
  const missing = needed.filter((name) => !has(name) && !isImplied(name));
  // CAP_BPF and CAP_PERFMON came with 5.8.
  if (missing.length > 0 && olderThan("5.8")) return "CAP_SYS_ADMIN";
  return missing.map((name) => `${name} (for ${CAPABILITIES[name].use})`).join(", ");
}

/** The capabilities that loading a program of a type takes (is_net_admin_prog_type, is_perfmon_prog_type, syscall.c). */
export function capabilitiesFor(type: ProgramType | "unknown"): readonly Capability[] {
  switch (type) {
    case "kprobe":
    case "tracepoint":
    case "perf_event":
    case "raw_tracepoint":
    case "raw_tracepoint_writable":
    case "tracing":
    case "lsm":
    case "struct_ops":
      return ["CAP_BPF", "CAP_PERFMON"];
    case "socket_filter":
    case "cgroup_skb":
    case "sk_reuseport":
    case "syscall":
      return ["CAP_BPF"];
    case "ext":
    case "unspec":
    case "unknown":
      return FOR_BPF;
    default:
      return ["CAP_BPF", "CAP_NET_ADMIN"];
  }
}

/**
 * What to do about a missing permission.
 *
 * @param needed - what the operation takes; by default all that BPF may take
 */
export function permissionHint(needed: readonly Capability[] = FOR_BPF): string {
  const missing = missingCapabilities(needed);
  if (missing !== "") {
    const where = inUserNamespace()
      ? "This process is in a user namespace, as in a rootless container, where capabilities do not count for BPF. Outside of it, it needs"
      : "Run as root. This process lacks";
    return `${where} ${missing}`;
  }
  return (
    lockedMemoryHint(olderThan(MEMCG_ACCOUNTING), missingCapabilities(["CAP_SYS_RESOURCE"]) !== "") ??
    "This process has the capabilities: something else forbids it, as a container's seccomp filter or a kernel lockdown"
  );
}

/** Since then the memory of maps and programs counts as that of the process's control group. */
export const MEMCG_ACCOUNTING = "5.11";

/**
 * Where maps and programs count as locked memory, libbpf lifts its limit before it makes any (bump_rlimit_memlock, bpf.c), which
 * the process may not be allowed to do (setrlimit(2)).
 */
export function lockedMemoryHint(counts: boolean, lacksResource: boolean): string | undefined {
  return counts && lacksResource
    ? "The limit of locked memory (RLIMIT_MEMLOCK) may be too low: raise it with ulimit -l, or give the process CAP_SYS_RESOURCE"
    : undefined;
}

/** None in a user namespace: the kernel asks for those of the first one (capable(), kernel/capability.c). */
function effectiveCapabilities(): bigint {
  if (inUserNamespace()) return 0n;
  try {
    const digits = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    return digits === undefined ? 0n : BigInt(`0x${digits}`);
  } catch {
    return 0n;
  }
}

// PROC_USER_INIT_INO (include/linux/proc_ns.h)
const FIRST_USER_NAMESPACE = "user:[4026531837]";

function inUserNamespace(): boolean {
  try {
    return readlinkSync("/proc/self/ns/user") !== FIRST_USER_NAMESPACE;
  } catch {
    return false; // without namespaces, or /proc
  }
}
