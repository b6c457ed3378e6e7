/** `SEC("freplace/function")` */
import { assertOptions, text } from "../arguments.ts";
import { u32, wrong } from "../codec/check.ts";
import { EBUSY, EINVAL, ENOENT } from "../errno.ts";
import type { Link } from "../links/link.ts";
import { libbpf } from "../native.ts";
import type { AttachTarget } from "../open-program.ts";
import { BaseProgram, type ProgramDescriptor } from "./base.ts";
import type { ProgramHandle } from "./handle.ts";

/**
 * A program that replaces a global function of another BPF program. Linux 5.6; on several targets 5.10. The verifier needs to
 * know the other program: name it with `attachTarget` before load.
 *
 * @example
 * ```ts
 * using base = Base.load();
 * using plugin = Plugin.load({
 *   programs: { decide: { attachTarget: { program: base.programs.filter, function: "decide" } } },
 * });
 * plugin.programs.decide.attach();
 * ```
 */
export class ExtensionProgram extends BaseProgram {
  readonly #handle: ProgramHandle;

  constructor(handle: ProgramHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Attaches the program.
   *
   * @param target - another program than the one it was verified for, and the function in that; the function must have the
   * same type. By default the program and function of `attachTarget`; to attach there again, after a link is closed, give it
   * @throws {BpfError} when there is no such function, or it has another type
   */
  attach(target?: AttachTarget): Link {
    this.#handle.assertOpen();
    if (target === undefined) return this.#handle.attachBySection();
    assertOptions<AttachTarget>(target, "target", { program: true, function: true });
    if (typeof target.program !== "object" || target.program === null)
      throw wrong(target.program, "a loaded program", "program");
    const fd = u32(target.program.fd, "program.fd");
    const name = text(target.function, "function");
    return this.#handle.attach(`function ${name} of program descriptor ${fd}`, (program) =>
      libbpf.bpf_program__attach_freplace(program, fd, name),
    );
  }
}

/** Describes an freplace program. */
export const extension: ProgramDescriptor<ExtensionProgram> = {
  types: ["ext"],
  hint(errno) {
    // bpf_tracing_prog_attach (syscall.c): the first attachment uses up what the program was verified for. Before Linux 5.13 it
    // says ENOENT of that.
    if (errno === ENOENT)
      return "The other program has no such function: it must be global, and have BTF; attaching again takes { program, function }";
    if (errno === EINVAL)
      return "The function must be global and of the same type as this program's; attaching again takes { program, function }";
    if (errno === EBUSY) return "The function has been replaced already, or is being watched";
    return undefined;
  },
  create: (handle) => new ExtensionProgram(handle),
};
