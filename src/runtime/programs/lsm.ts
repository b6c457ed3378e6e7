/** `SEC("lsm/hook")` */
import { missingFromKernel } from "../kernel-facts.ts";
import type { Link } from "../links/link.ts";
import { BaseProgram, type ProgramDescriptor } from "./base.ts";
import type { ProgramHandle } from "./handle.ts";
import { attachTrace, traceHint, type TracingAttachOptions } from "./tracing.ts";

/**
 * A program on a hook of the kernel's security modules: it may refuse what a process is about to do. Linux 5.7 (arm64: 6.4), with
 * CONFIG_BPF_LSM and `bpf` among the active modules (/sys/kernel/security/lsm).
 */
export class LsmProgram extends BaseProgram {
  readonly #handle: ProgramHandle;

  constructor(handle: ProgramHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Attaches the program to the hook in its section.
   *
   * @throws {BpfError} when the kernel refuses; with code `EOPNOTSUPP` when `bpf` is none of the active security modules, where
   * the program would be attached, and never run
   */
  attach(options?: TracingAttachOptions): Link {
    return attachTrace(this.#handle, options);
  }
}

/** Describes an LSM program. */
export const lsm: ProgramDescriptor<LsmProgram> = {
  types: ["lsm"],
  hint: (errno, log, program) =>
    missingFromKernel("An LSM program", ["CONFIG_BPF_LSM"], "5.7") ?? traceHint(errno, log, program),
  create: (handle) => new LsmProgram(handle),
};
