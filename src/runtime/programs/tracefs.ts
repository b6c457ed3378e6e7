/** libbpf reads the ids of tracepoints from tracefs, which small systems do not mount. */
import { existsSync, readdirSync } from "node:fs";
import { EACCES, ENOENT } from "../errno.ts";
import { nearNames, orRather } from "../near-names.ts";

// libbpf looks in the second when there is a debugfs (tracefs_path), or else in the first.
const EVENTS = ["/sys/kernel/tracing/events", "/sys/kernel/debug/tracing/events"];

/** What to do when something that tracefs lists was not found: mount it, or look for it there. */
export function tracefsHint(errno: number, log: string): string | undefined {
  // Else it is the event that may not be opened (perf_event_open_tracepoint, libbpf.c).
  if (errno === EACCES && log.includes("failed to determine"))
    return "This user may not read tracefs: run as root, or let it read /sys/kernel/tracing";
  if (errno !== ENOENT) return undefined;
  const events = EVENTS.find((folder) => existsSync(folder));
  return events === undefined
    ? "tracefs is not mounted. As root: mount -t tracefs tracefs /sys/kernel/tracing"
    : `This kernel has no such event: see ${events}`;
}

/** What was probably meant by a tracepoint that was not found, if there is anything like it. */
export function nearTracepoints(errno: number, category: string, name: string): string | undefined {
  if (errno !== ENOENT) return undefined;
  const events = EVENTS.find((folder) => existsSync(folder));
  if (events === undefined) return undefined;
  const categories = folders(events);
  const near = categories.includes(category)
    ? nearNames(name, folders(`${events}/${category}`)).map((one) => `${category}/${one}`)
    : nearNames(category, categories).map((one) => `${one}/${name}`);
  // The same name in another category is what a wrong category usually is.
  const elsewhere = categories
    .filter((one) => one !== category && existsSync(`${events}/${one}/${name}`))
    .map((one) => `${one}/${name}`);
  const meant = [...new Set([...elsewhere, ...near])].slice(0, 3);
  return meant.length === 0
    ? undefined
    : `This kernel has no tracepoint ${category}/${name}${orRather(meant)}`;
}

function folders(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
