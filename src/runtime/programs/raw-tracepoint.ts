/** `SEC("raw_tp/name")`, `SEC("raw_tracepoint/name")` */
import { text } from "../arguments.ts";
import { ENOENT } from "../errno.ts";
import type { Link } from "../links/link.ts";
import { libbpf } from "../native.ts";
import { BaseProgram, type ProgramDescriptor } from "./base.ts";
import type { ProgramHandle } from "./handle.ts";
import { testRun, type TestRunOptions, type TestRunResult } from "./test-run.ts";

/** A program that runs when the kernel passes a tracepoint, and sees its arguments as untyped 64-bit words. */
export class RawTracepointProgram extends BaseProgram {
  readonly #handle: ProgramHandle;

  constructor(handle: ProgramHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Attaches the program.
   *
   * @param name - the tracepoint, as in `sched_process_exec`; by default the one in the section
   * @throws {BpfError} when there is no such tracepoint
   */
  attach(name?: string): Link {
    if (name === undefined) return this.#handle.attachBySection();
    const tracepoint = text(name, "name");
    return this.#handle.attach(`raw tracepoint ${tracepoint}`, (program) =>
      libbpf.bpf_program__attach_raw_tracepoint(program, tracepoint),
    );
  }

  /**
   * Runs the program once, without the tracepoint.
   *
   * @param options - `context`: the arguments, 8 bytes each, at most 12; `cpu` with flag `BPF_F_TEST_RUN_ON_CPU`
   */
  testRun(options: Pick<TestRunOptions, "context" | "cpu" | "flags"> = {}): Pick<TestRunResult, "retval"> {
    return { retval: testRun(this.#handle, options).retval };
  }
}

/** Describes a raw tracepoint program. */
export const rawTracepoint: ProgramDescriptor<RawTracepointProgram> = {
  types: ["raw_tracepoint", "raw_tracepoint_writable"],
  hint: (errno) => (errno === ENOENT ? "This kernel has no such raw tracepoint" : undefined),
  create: (handle) => new RawTracepointProgram(handle),
};
