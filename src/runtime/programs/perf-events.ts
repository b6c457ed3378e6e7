/** Events that the kernel counts, of the CPU and of its own: `perf_event_open(2)`. */
import { isKeyOf } from "../arguments.ts";
import { arch } from "node:process";
import { show, u32, u64, type BigIntInput } from "../codec/check.ts";
import { ValueError } from "../errors.ts";
import { addressValue, allocate, errno, libc } from "../native.ts";

// enum perf_type_id, perf_hw_id and perf_sw_ids (include/uapi/linux/perf_event.h), with the names of perf list
const EVENTS = {
  "cpu-cycles": [0, 0],
  instructions: [0, 1],
  "cache-references": [0, 2],
  "cache-misses": [0, 3],
  "branch-instructions": [0, 4],
  "branch-misses": [0, 5],
  "bus-cycles": [0, 6],
  "stalled-cycles-frontend": [0, 7],
  "stalled-cycles-backend": [0, 8],
  "ref-cycles": [0, 9],
  "cpu-clock": [1, 0],
  "task-clock": [1, 1],
  "page-faults": [1, 2],
  "context-switches": [1, 3],
  "cpu-migrations": [1, 4],
  "minor-faults": [1, 5],
  "major-faults": [1, 6],
  "alignment-faults": [1, 7],
  "emulation-faults": [1, 8],
} as const;

/** An event, as `perf list` calls it. */
export type PerfEventName = keyof typeof EVENTS;

/** An event by its numbers: `type` and `config` of `struct perf_event_attr`. */
export interface RawPerfEvent {
  /** As in `PERF_TYPE_RAW` (4), or a file `/sys/bus/event_source/devices/<pmu>/type`. */
  readonly type: number;
  readonly config: BigIntInput;
}

/** What to count, and after how much of it the program runs. */
export interface PerfEventSettings {
  readonly type: number;
  readonly config: bigint;
  /** Events between two runs; or runs a second, when `isFrequency`. */
  readonly sample: bigint;
  readonly isFrequency: boolean;
}

/** @throws {ValueError} when it is no name of an event, and no pair of numbers */
export function eventNumbers(
  event: PerfEventName | RawPerfEvent,
): Pick<PerfEventSettings, "type" | "config"> {
  if (typeof event === "object" && event !== null)
    return { type: u32(event.type, "event.type"), config: u64(event.config, "event.config") };
  if (!isKeyOf(EVENTS, event))
    throw new ValueError(`${show(event)} is none of ${Object.keys(EVENTS).join(", ")}`, "event");
  const [type, config] = EVENTS[event];
  return { type, config: BigInt(config) };
}

const SOFTWARE = 1;

/** Whether it is counted by the CPU itself, which a virtual machine often hides. */
export function isHardware(event: PerfEventName | RawPerfEvent): boolean {
  return eventNumbers(event).type !== SOFTWARE;
}

// perf_event_open (asm/unistd.h)
const SYSCALL = arch === "arm64" ? 241 : 298;

// struct perf_event_attr, PERF_ATTR_SIZE_VER5
const SIZE = 112;
const AT = { type: 0, size: 4, config: 8, sample: 16, flags: 40 } as const;
const FLAG_FREQ = 1n << 10n;
const PERF_FLAG_FD_CLOEXEC = 8;
const NO_GROUP = -1;

/**
 * Opens an event.
 *
 * @param pid - of the process, or -1 for all
 * @param cpu - or -1 for all, which works only for one process
 * @returns its descriptor, or a negative error number
 */
export function openPerfEvent(settings: PerfEventSettings, pid: number, cpu: number): number {
  const attributes = allocate(SIZE);
  const { view } = attributes;
  view.setUint32(AT.type, settings.type, true);
  view.setUint32(AT.size, SIZE, true);
  view.setBigUint64(AT.config, settings.config, true);
  view.setBigUint64(AT.sample, settings.sample, true);
  view.setBigUint64(AT.flags, settings.isFrequency ? FLAG_FREQ : 0n, true);
  const fd = libc.syscall(
    SYSCALL,
    addressValue(attributes.address),
    pid,
    cpu,
    NO_GROUP,
    PERF_FLAG_FD_CLOEXEC,
  );
  return fd < 0 ? -errno() : fd;
}
