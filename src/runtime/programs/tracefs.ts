/** libbpf reads the ids of tracepoints from tracefs, which small systems do not mount. */
import { existsSync } from "node:fs";
import { EACCES, ENOENT } from "../errno.ts";

// libbpf looks in the second when there is a debugfs (tracefs_path), or else in the first.
const EVENTS = ["/sys/kernel/tracing/events", "/sys/kernel/debug/tracing/events"];

/** What to do when something that tracefs lists was not found: mount it, or look for it there. */
export function tracefsHint(errno: number): string | undefined {
  if (errno === EACCES)
    return "This user may not read tracefs: run as root, or let it read /sys/kernel/tracing";
  if (errno !== ENOENT) return undefined;
  const events = EVENTS.find((folder) => existsSync(folder));
  return events === undefined
    ? "tracefs is not mounted. As root: mount -t tracefs tracefs /sys/kernel/tracing"
    : `This kernel has no such event: see ${events}`;
}
