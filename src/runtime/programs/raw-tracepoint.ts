/** `SEC("raw_tp/name")`, `SEC("raw_tracepoint/name")` */
import { assertOptions, text } from "../arguments.ts";
import type { BigIntInput } from "../codec/check.ts";
import { EINVAL, ENOENT } from "../errno.ts";
import { ValueError } from "../errors.ts";
import { missingFromKernel } from "../kernel-facts.ts";
import { missingTarget } from "../kernel-names.ts";
import type { Link } from "../links/link.ts";
import { libbpf } from "../native.ts";
import { cookieOf } from "./arguments.ts";
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
   * @param options - `cookie`: what `bpf_get_attach_cookie` gives the program; Linux 6.10 and libbpf 1.4
   * @throws {BpfError} when there is no such tracepoint
   * @throws {LibraryError} for a cookie, when libbpf is older than 1.4
   */
  attach(name?: string, options: { readonly cookie?: BigIntInput } = {}): Link {
    assertOptions<{ readonly cookie?: BigIntInput }>(options, "options", { cookie: true });
    if (name === undefined && options.cookie === undefined)
      return this.#handle.attachBySection('attach("sched_process_exec")');
    const tracepoint = name === undefined ? sectionTarget(this.section) : text(name, "name");
    const cookie = cookieOf(options.cookie);
    const to = `raw tracepoint ${tracepoint}`;
    if (options.cookie === undefined)
      return this.#handle.attach(
        to,
        (program) => libbpf.bpf_program__attach_raw_tracepoint(program, tracepoint),
        (errno) => missingHint(errno, tracepoint),
      );
    return this.#handle.attach(
      to,
      (program) =>
        libbpf.bpf_program__attach_raw_tracepoint_opts(program, tracepoint, {
          cookie,
        }),
      (errno) =>
        errno === EINVAL
          ? missingFromKernel("A cookie for a raw tracepoint", [], "6.10")
          : missingHint(errno, tracepoint),
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

/** What a section names behind its `/`. */
function sectionTarget(section: string): string {
  const target = section.split("/")[1];
  if (target === undefined) throw new ValueError("is missing: the section names no tracepoint", "name");
  return target;
}

function missingHint(errno: number, name: string): string | undefined {
  return errno === ENOENT ? missingTarget("raw_tp", name) : undefined;
}

/** Describes a raw tracepoint program. */
export const rawTracepoint: ProgramDescriptor<RawTracepointProgram> = {
  types: ["raw_tracepoint", "raw_tracepoint_writable"],
  hint: (errno, _log, { section }) =>
    errno === ENOENT
      ? (missingHint(errno, section.split("/")[1] ?? "") ?? "This kernel has no such raw tracepoint")
      : undefined,
  create: (handle) => new RawTracepointProgram(handle),
};
