/** `SEC("ksyscall/name")`, `SEC("kretsyscall/name")` */
import { assertOptions, flag, text } from "../arguments.ts";
import type { BigIntInput } from "../codec/check.ts";
import { ENOENT } from "../errno.ts";
import { missingFromKernel } from "../kernel-facts.ts";
import type { Link } from "../links/link.ts";
import { libbpf } from "../native.ts";
import { cookieOf } from "./arguments.ts";
import { BaseProgram, type ProgramDescriptor } from "./base.ts";
import type { ProgramHandle } from "./handle.ts";

/** A system call. */
export interface KsyscallTarget {
  /** Its name without any prefix, as in `openat`. */
  readonly syscall: string;
  /** Run when it returns; by default as the section says (`kretsyscall`). */
  readonly retprobe?: boolean;
  /** What `bpf_get_attach_cookie` gives the program. Linux 5.15. */
  readonly cookie?: BigIntInput;
}

/**
 * A program that runs when a process makes a system call: a kprobe on the kernel's function for it, whose name libbpf finds
 * out (`__x64_sys_openat`). It needs CONFIG_KPROBES; the C source needs BPF_KSYSCALL and so a `.kconfig` section.
 */
export class KsyscallProgram extends BaseProgram {
  readonly #handle: ProgramHandle;

  constructor(handle: ProgramHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Attaches the program.
   *
   * @param target - the system call, or more; by default as the section says
   * @throws {BpfError} when the kernel has no such system call, or no kprobes
   * @throws {ValueError} when something is not what it should be
   */
  attach(target?: string | KsyscallTarget): Link {
    this.#handle.assertOpen();
    if (target === undefined) return this.#handle.attachBySection('attach("openat")');
    const to = typeof target === "string" ? { syscall: target } : target;
    assertOptions<KsyscallTarget>(to, "target", { syscall: true, retprobe: true, cookie: true });
    const name = text(to.syscall, "syscall");
    const retprobe = flag(to.retprobe ?? /^\??kretsyscall/.test(this.section), "retprobe");
    const bpf_cookie = cookieOf(to.cookie);
    return this.#handle.attach(`${retprobe ? "the return of " : ""}system call ${name}`, (program) =>
      libbpf.bpf_program__attach_ksyscall(program, name, {
        bpf_cookie,
        retprobe,
      }),
    );
  }
}

/** Describes a ksyscall program. */
export const ksyscall: ProgramDescriptor<KsyscallProgram> = {
  types: ["kprobe"],
  hint: (errno) =>
    missingFromKernel("A kprobe", ["CONFIG_KPROBES"]) ??
    (errno === ENOENT
      ? "This kernel has no such system call: give its name without a prefix, as in openat"
      : undefined),
  create: (handle) => new KsyscallProgram(handle),
};
