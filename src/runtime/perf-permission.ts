/** Who may open perf events and map their buffers: `perf_event_open(2)`, `/proc/sys/kernel/perf_event_paranoid`. */
import { readFileSync } from "node:fs";
import { missingCapabilities, permissionHint } from "./capabilities.ts";
import { EACCES, EPERM } from "./errno.ts";
import { olderThan } from "./kernel-facts.ts";

const PARANOID = "/proc/sys/kernel/perf_event_paranoid";

/** Up to this level CAP_PERFMON opens any event. Some kernels, as Debian's, have a level above it, and start with it. */
const LAST_FOR_PERFMON = 2;

/** The kernel's setting; undefined when it does not tell. */
function perfEventParanoid(): number | undefined {
  try {
    return Number(readFileSync(PARANOID, "latin1"));
  } catch {
    return undefined;
  }
}

/** What to do when an event may not be opened. */
export function perfEventHint(errno: number): string | undefined {
  if (errno !== EACCES || missingCapabilities(["CAP_SYS_ADMIN"]) === "") return undefined;
  const paranoid = perfEventParanoid();
  const isStricter = paranoid !== undefined && paranoid > LAST_FOR_PERFMON;
  // There is no CAP_PERFMON before 5.8.
  if (olderThan("5.8")) return permissionHint(["CAP_SYS_ADMIN"]);
  // Mainline kernels take their level 3 for 2: for sure it is only when CAP_PERFMON does not help.
  if (missingCapabilities(["CAP_PERFMON"]) === "")
    return isStricter
      ? `${PARANOID} is ${paranoid}: perf events, which this takes, are for CAP_SYS_ADMIN only. Run as root, or set it to ${LAST_FOR_PERFMON}`
      : undefined;
  const lacking = permissionHint(["CAP_PERFMON"]);
  return isStricter
    ? `${lacking}. ${PARANOID} is ${paranoid}, with which some kernels, as Debian's, take CAP_SYS_ADMIN instead: run as root, or set it to ${LAST_FOR_PERFMON}`
    : lacking;
}

/** What to do when perf buffers cannot be opened (perf_buffer__open_cpu_buf, libbpf.c; perf_mmap, kernel/events/core.c). */
export function perfBufferHint(errno: number, log: string): string | undefined {
  if (errno === EPERM && log.includes("failed to mmap"))
    return (
      "Its pages are more than this user may lock (ulimit -l, /proc/sys/kernel/perf_event_mlock_kb): " +
      "ask for fewer, raise the limit, or give the process CAP_IPC_LOCK"
    );
  return perfEventHint(errno);
}
