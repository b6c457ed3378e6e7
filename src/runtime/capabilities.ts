/** What this process may do with BPF. */
import { readFileSync } from "node:fs";

// include/uapi/linux/capability.h
const NEEDED = [
  { bit: 39n, name: "CAP_BPF", use: "maps and programs" },
  { bit: 38n, name: "CAP_PERFMON", use: "tracing programs" },
  { bit: 12n, name: "CAP_NET_ADMIN", use: "network programs" },
] as const;
const CAP_SYS_ADMIN = 21n;

/** The capabilities for BPF that this process lacks, as text; empty when it has them all. */
export function missingCapabilities(): string {
  const effective = effectiveCapabilities();
  const has = (bit: bigint): boolean => effective !== undefined && ((effective >> bit) & 1n) === 1n;
  // CAP_SYS_ADMIN stands for them all (include/linux/capability.h, bpf_capable, perfmon_capable; bpf_net_capable).
  const missing = has(CAP_SYS_ADMIN) ? [] : NEEDED.filter(({ bit }) => !has(bit));
  return missing.map(({ name, use }) => `${name} (for ${use})`).join(", ");
}

/** What to do about a missing permission. */
export function permissionHint(): string {
  const missing = missingCapabilities();
  if (missing === "")
    return "This process has the capabilities: something else forbids it, as a container's seccomp filter or a kernel lockdown";
  return `Run as root. This process lacks ${missing}`;
}

function effectiveCapabilities(): bigint | undefined {
  try {
    const digits = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    return digits === undefined ? undefined : BigInt(`0x${digits}`);
  } catch {
    return undefined;
  }
}
