/** The CPUs that run now. */
import { readSystemFile } from "../system-file.ts";

/** From where libbpf has them, too (perf_buffer__new). */
const ONLINE = "/sys/devices/system/cpu/online";

/** Their numbers, in order. */
export function onlineCpus(): number[] {
  return parseCpuList(readSystemFile(ONLINE));
}

/** `0-2,5` is 0, 1, 2 and 5 (cpuset(7), "List format"). */
export function parseCpuList(text: string): number[] {
  return text
    .trim()
    .split(",")
    .filter((range) => range !== "")
    .flatMap((range) => {
      const [first = 0, last = first] = range.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}
