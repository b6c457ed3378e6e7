/** `SEC("tracepoint/category/name")`, `SEC("tp/…")` */
import { assertOptions, text } from "../arguments.ts";
import type { BigIntInput } from "../codec/check.ts";
import type { Link } from "../links/link.ts";
import { libbpf } from "../native.ts";
import { cookieOf } from "./arguments.ts";
import { BaseProgram, type ProgramDescriptor } from "./base.ts";
import type { ProgramHandle } from "./handle.ts";
import { nearTracepoints, tracefsHint } from "./tracefs.ts";

/** A tracepoint of the kernel's. */
export interface TracepointTarget {
  /** As in `sched`: a folder of /sys/kernel/tracing/events. */
  readonly category: string;
  /** As in `sched_process_exec`: a folder in that. */
  readonly name: string;
  /** What `bpf_get_attach_cookie` gives the program. Linux 5.15. */
  readonly cookie?: BigIntInput;
}

/** A program that runs when the kernel passes a tracepoint. */
export class TracepointProgram extends BaseProgram {
  readonly #handle: ProgramHandle;

  constructor(handle: ProgramHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Attaches the program.
   *
   * @param target - the tracepoint; by default the one in the section
   * @throws {BpfError} when there is no such tracepoint, or tracefs is not mounted
   * @throws {ValueError} when its names are no strings
   */
  attach(target?: TracepointTarget): Link {
    if (target === undefined)
      return this.#handle.attachBySection('attach({ category: "sched", name: "sched_process_exec" })');
    assertOptions<TracepointTarget>(target, "target", { category: true, name: true, cookie: true });
    const category = text(target.category, "category");
    const name = text(target.name, "name");
    const bpf_cookie = cookieOf(target.cookie);
    return this.#handle.attach(
      `tracepoint ${category}/${name}`,
      (program) =>
        libbpf.bpf_program__attach_tracepoint_opts(program, category, name, {
          bpf_cookie,
        }),
      (errno) => nearTracepoints(errno, category, name),
    );
  }
}

/** Describes a tracepoint program. */
export const tracepoint: ProgramDescriptor<TracepointProgram> = {
  types: ["tracepoint"],
  hint: tracefsHint,
  create: (handle) => new TracepointProgram(handle),
};
