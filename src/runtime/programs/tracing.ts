/** `SEC("fentry/function")`, `SEC("fexit/…")`, `SEC("fmod_ret/…")`, `SEC("fsession/…")` */
import { assertOptions } from "../arguments.ts";
import type { BigIntInput } from "../codec/check.ts";
import { E2BIG, EBUSY, EINVAL, EOPNOTSUPP, NOT_SUPPORTED } from "../errno.ts";
import { LibraryError } from "../errors.ts";
import { missingFromKernel } from "../kernel-facts.ts";
import type { Link } from "../links/link.ts";
import { libbpf, libbpfOlderThan, needsLibbpf } from "../native.ts";
import { cookieOf } from "./arguments.ts";
import { BaseProgram, type ProgramDescriptor } from "./base.ts";
import type { AttachHint, ProgramHandle } from "./handle.ts";
import { testRun, type TestRunOptions, type TestRunResult } from "./test-run.ts";

/** How a program is attached to the function that it was verified for. */
export interface TracingAttachOptions {
  /** What `bpf_get_attach_cookie` gives the program. Linux 5.19. */
  readonly cookie?: BigIntInput;
}

/** The first kernel and libbpf that know cookies for a kind of program. */
interface CookieNeeds {
  readonly kernel: string;
  readonly libbpf: string;
}

/**
 * Attaches as verified. For fentry, fexit, fmod_ret, LSM and BTF tracepoints, which are one call (bpf_program__attach_trace_opts).
 *
 * @throws {LibraryError} for a cookie that libbpf is too old for
 */
export function attachTrace(
  handle: ProgramHandle,
  options: TracingAttachOptions = {},
  needs: CookieNeeds = { kernel: "5.19", libbpf: "1.0" },
): Link {
  handle.assertOpen();
  assertOptions<TracingAttachOptions>(options, "options", { cookie: true });
  const cookie = cookieOf(options.cookie);
  if (cookie === 0n) return handle.attachBySection();
  const what = `A cookie for ${handle.title}`;
  if (libbpfOlderThan(needs.libbpf)) throw new LibraryError(needsLibbpf(what, needs.libbpf));
  return handle.attach(
    handle.section,
    (program) => libbpf.bpf_program__attach_trace_opts(program, { cookie }),
    (errno) => (errno === EINVAL ? missingFromKernel(what, [], needs.kernel) : undefined),
  );
}

/**
 * A program at the entry (`fentry`) or exit (`fexit`) of a function of the kernel's, or of another BPF program; `fmod_ret` can
 * change what the function returns. Arguments are typed by the kernel's BTF, and it is much faster than a kprobe. Linux 5.5
 * (x86-64); on arm64 6.4, or 6.0 for functions of BPF programs.
 */
export class TracingProgram extends BaseProgram {
  readonly #handle: ProgramHandle;

  constructor(handle: ProgramHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Attaches the program to the function it was verified for: the one in its section, or the one that
   * `attachTarget` named before load.
   *
   * @throws {BpfError} when the kernel refuses
   */
  attach(options?: TracingAttachOptions): Link {
    return attachTrace(this.#handle, options);
  }

  /**
   * Has the kernel run the functions that it keeps for testing fentry, fexit and fmod_ret, and so the program, when it is
   * attached to them (bpf_prog_test_run_tracing).
   *
   * @returns for fmod_ret what the modified function returned in the low 16 bits of `retval`, and how often it was called above
   */
  testRun(): Pick<TestRunResult, "retval"> {
    const options: TestRunOptions = {};
    return { retval: testRun(this.#handle, options).retval };
  }
}

/** The kernel's ways of saying that it has no trampolines, or has none for this function. */
export const traceHint: AttachHint = (errno) => {
  const missing = missingFromKernel(
    "fentry and its like",
    ["CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS"],
    "5.5",
  );
  if (missing !== undefined) return missing;
  if (errno === EBUSY)
    return "The program is attached there already, or something that keeps others away: a replaced function, or live patches";
  if (errno === E2BIG) return "Too many programs are attached to the function";
  if (NOT_SUPPORTED.includes(errno) || errno === EOPNOTSUPP)
    return "This function may be one that cannot be traced";
  return undefined;
};

/** Describes an fentry, fexit, fmod_ret or fsession program. */
export const tracing: ProgramDescriptor<TracingProgram> = {
  types: ["tracing"],
  hint: traceHint,
  create: (handle) => new TracingProgram(handle),
};
