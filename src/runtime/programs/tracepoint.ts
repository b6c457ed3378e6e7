/** `SEC("tracepoint/category/name")`, `SEC("tp/…")` */
import { assertObject, text } from "../arguments.ts";
import type { Link } from "../links/link.ts";
import { libbpf } from "../native.ts";
import { BaseProgram, type ProgramDescriptor } from "./base.ts";
import type { ProgramHandle } from "./handle.ts";
import { tracefsHint } from "./tracefs.ts";

/** A tracepoint of the kernel's. */
export interface TracepointTarget {
  /** As in `sched`: a folder of /sys/kernel/tracing/events. */
  readonly category: string;
  /** As in `sched_process_exec`: a folder in that. */
  readonly name: string;
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
    if (target === undefined) return this.#handle.attachBySection();
    assertObject(target, "target");
    const category = text(target.category, "category");
    const name = text(target.name, "name");
    return this.#handle.attach(`tracepoint ${category}/${name}`, (program) =>
      libbpf.bpf_program__attach_tracepoint(program, category, name),
    );
  }
}

/** Describes a tracepoint program. */
export const tracepoint: ProgramDescriptor<TracepointProgram> = {
  types: ["tracepoint"],
  hint: tracefsHint,
  create: (handle) => new TracepointProgram(handle),
};
