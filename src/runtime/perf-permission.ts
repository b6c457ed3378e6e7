/** Who may open perf events and map their buffers: `perf_event_open(2)`, `/proc/sys/kernel/perf_event_paranoid`. */
import { readFileSync } from "node:fs";
import { missingCapabilities, permissionHint } from "./capabilities.ts";
import { EACCES, EPERM } from "./errno.ts";

/** Up to this level CAP_PERFMON opens any event. Some kernels, as Debian's, have a level above it, and start with it. */
const LAST_FOR_PERFMON = 2;

/** The kernel's setting; undefined when it does not tell. */
function perfEventParanoid(): number | undefined {
  try {
    return Number(readFileSync("/proc/sys/kernel/perf_event_paranoid", "latin1"));
  } catch {
    return undefined;
  }
}

/** What to do when an event may not be opened. */
export function perfEventHint(errno: number): string | undefined {
  if (errno !== EACCES) return undefined;
  if (missingCapabilities(["CAP_SYS_ADMIN"]) === "") return undefined;
  const paranoid = perfEventParanoid();
  const lacksPerfmon = missingCapabilities(["CAP_PERFMON"]) !== "";
  if (paranoid !== undefined && paranoid > LAST_FOR_PERFMON)
    return (
      `/proc/sys/kernel/perf_event_paranoid is ${paranoid}: perf events, which this takes, are for CAP_SYS_ADMIN only. ` +
      `Run as root, or set it to ${LAST_FOR_PERFMON}${lacksPerfmon ? " and give the process CAP_PERFMON" : ""}`
    );
  return lacksPerfmon ? permissionHint(["CAP_PERFMON"]) : undefined;
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
