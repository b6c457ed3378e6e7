/** Finds the perf event behind a link: libbpf opens one to attach some kinds of programs, and does not tell. */
import { readdirSync, readlinkSync } from "node:fs";
import type { ProgramType } from "../programs/types.ts";

/** Kinds that are attached through a perf event; `kprobe` stands for uprobes, too. */
const KINDS: ReadonlySet<ProgramType | "unknown"> = new Set(["kprobe", "tracepoint", "perf_event"]);

/**
 * Call it before attaching a program of this kind, and the function it returns afterwards.
 *
 * @returns a function that gives the descriptor of the one perf event that was opened meanwhile; undefined otherwise
 */
export function watchPerfEvents(kind: ProgramType | "unknown"): () => number | undefined {
  if (!KINDS.has(kind)) return () => undefined;
  const before = descriptors(() => true);
  // It could not look: every event would seem to be new.
  if (before.size === 0) return () => undefined;
  return () => {
    const opened = descriptors((fd) => !before.has(fd));
    const events = [...opened].filter(([, target]) => target === "anon_inode:[perf_event]");
    return events.length === 1 && events[0] !== undefined ? Number(events[0][0]) : undefined;
  };
}

/** What the descriptors of this process stand for. */
function descriptors(wanted: (fd: string) => boolean): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const fd of openDescriptors().filter(wanted)) {
    try {
      found.set(fd, readlinkSync(`/proc/self/fd/${fd}`));
    } catch {
      // It listed the folder, and is closed: its number may be the event's.
    }
  }
  return found;
}

/** Their numbers; none when there is no descriptor left to look with: what was attached must not fail for that. */
function openDescriptors(): string[] {
  try {
    return readdirSync("/proc/self/fd");
  } catch {
    return [];
  }
}
