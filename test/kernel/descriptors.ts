/** What this process holds of the kernel's BPF objects, read from /proc. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Kinds of the open descriptors that a BPF object may leave behind, sorted: `bpf-map`, `bpf-prog`, `bpf_link`, … */
export function bpfDescriptors(): string[] {
  return readdirSync("/proc/self/fd")
    .flatMap((fd) => {
      try {
        const target = readlinkSync(`/proc/self/fd/${fd}`);
        return /^anon_inode:\[?(bpf[^\]]*|btf|perf_event)\]?$/.exec(target)?.[1] ?? [];
      } catch {
        return []; // the descriptor that listed the folder
      }
    })
    .sort();
}

/** How many descriptors are open, of any kind. */
export function countDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

/** A member of /proc/self/fdinfo, such as `prog_id`. */
export function descriptorInfo(fd: number, member: string): number {
  const text = readFileSync(`/proc/self/fdinfo/${fd}`, "utf8");
  return Number(new RegExp(`^${member}:\\s*(\\d+)$`, "m").exec(text)?.[1]);
}
