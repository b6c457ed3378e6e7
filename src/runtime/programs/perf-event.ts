/** `SEC("perf_event")` */
import { assertOptions } from "../arguments.ts";
import { type BigIntInput, u32, u64 } from "../codec/check.ts";
import { EINVAL, ENODEV, ENOENT, EOPNOTSUPP } from "../errno.ts";
import { ValueError } from "../errors.ts";
import { missingFromKernel } from "../kernel-facts.ts";
import { groupedLinks, type LinkBackend, libbpfLink } from "../links/backend.ts";
import type { Link } from "../links/link.ts";
import { onlineCpus } from "../maps/online-cpus.ts";
import { errno, libbpf, libc } from "../native.ts";
import { cookieOf, pidOf } from "./arguments.ts";
import { BaseProgram, type ProgramDescriptor } from "./base.ts";
import type { ProgramHandle } from "./handle.ts";
import {
  eventNumbers,
  isHardware,
  openPerfEvent,
  type PerfEventName,
  type PerfEventSettings,
  type RawPerfEvent,
} from "./perf-events.ts";

/** What runs the program, how often, and whose: by default every thread's, on every CPU. */
export type PerfEventTarget = PerfEventPlace &
  (
    | {
        /** Runs a second; the kernel has a limit (/proc/sys/kernel/perf_event_max_sample_rate). */
        readonly frequency: number;
        readonly period?: never;
      }
    | {
        /** Events between two runs; nanoseconds for the clocks. */
        readonly period: BigIntInput;
        readonly frequency?: never;
      }
  );

interface PerfEventPlace {
  /** Its name in `perf list`, or its numbers. */
  readonly event: PerfEventName | RawPerfEvent;
  /** The one thread to watch: the id of a process is that of its first thread, and its others are not seen. */
  readonly pid?: number;
  /** The one CPU to watch. */
  readonly cpu?: number;
  /** What `bpf_get_attach_cookie` gives the program. Linux 5.15. */
  readonly cookie?: BigIntInput;
}

/** A program that runs after so many events, or so often in a second: what profilers are made of. Linux 4.9. */
export class PerfEventProgram extends BaseProgram {
  readonly #handle: ProgramHandle;

  constructor(handle: ProgramHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Attaches the program to an event. For all threads there is an event for each CPU that is online now, and one link that
   * owns them; it has no descriptor, so that it cannot be pinned. With a `pid` or a `cpu` there is one.
   *
   * @throws {ValueError} when something of the target is not what it should be
   * @throws {BpfError} when there is no such event, thread or CPU
   *
   * @example
   * ```ts
   * using link = profile.programs.sample.attach({ event: "cpu-clock", frequency: 99 });
   * ```
   */
  attach(target: PerfEventTarget): Link {
    this.#handle.assertOpen();
    assertOptions<PerfEventTarget>(target, "target", {
      event: true,
      frequency: true,
      period: true,
      pid: true,
      cpu: true,
      cookie: true,
    });
    const settings = settingsOf(target);
    const pid = pidOf(target.pid);
    const cookie = cookieOf(target.cookie);
    const one = target.cpu === undefined ? (pid < 0 ? undefined : EVERY_CPU) : u32(target.cpu, "cpu");
    const links: LinkBackend[] = [];
    const { event } = target;
    const name = typeof event === "string" ? event : `event ${event.type}:${event.config}`;
    return this.#handle.attachWith(
      `${name}${pid < 0 ? "" : ` of thread ${pid}`}${target.cpu === undefined ? "" : ` on CPU ${target.cpu}`}`,
      () => {
        for (const cpu of one === undefined ? onlineCpus() : [one]) {
          const result = this.#attachOne(openPerfEvent(settings, pid, cpu), cookie);
          if (typeof result !== "number") links.push(result);
          else {
            groupedLinks(links).destroy();
            return result;
          }
        }
        return 0;
      },
      () => groupedLinks(links),
      (code) => (isHardware(event) ? hardwareHint(code) : undefined),
    );
  }

  /** @returns a link, or a negative error number */
  #attachOne(event: number, bpf_cookie: bigint): LinkBackend | number {
    if (event < 0) return event;
    const link = libbpf.bpf_program__attach_perf_event_opts(this.#handle.pointer, event, {
      bpf_cookie,
    });
    if (link !== null) return libbpfLink(link, event);
    const code = errno();
    libc.close(event);
    return -code;
  }
}

const EVERY_CPU = -1;

function settingsOf(target: PerfEventTarget): PerfEventSettings {
  const { frequency, period } = target;
  if ((frequency === undefined) === (period === undefined))
    throw new ValueError("must have either a frequency or a period", "target");
  const [sample, name] = frequency === undefined ? [period ?? 0, "period"] : [frequency, "frequency"];
  const count = u64(sample, name);
  if (count === 0n) throw new ValueError("must be more than 0", name);
  return { ...eventNumbers(target.event), sample: count, isFrequency: frequency !== undefined };
}

function hardwareHint(code: number): string | undefined {
  if (code !== ENOENT && code !== EOPNOTSUPP && code !== ENODEV) return undefined;
  return 'This machine does not count that, as virtual machines often do not: try the event "cpu-clock"';
}

/** Describes a perf_event program. */
export const perfEvent: ProgramDescriptor<PerfEventProgram> = {
  types: ["perf_event"],
  hint(code) {
    const missing = missingFromKernel("A perf event", ["CONFIG_PERF_EVENTS", "CONFIG_BPF_EVENTS"]);
    if (missing !== undefined) return missing;
    if (code === EINVAL)
      return "The frequency may be above /proc/sys/kernel/perf_event_max_sample_rate, or the CPU not be there";
    return code === ENODEV ? "There is no such CPU, or it is offline" : undefined;
  },
  create: (handle) => new PerfEventProgram(handle),
};
