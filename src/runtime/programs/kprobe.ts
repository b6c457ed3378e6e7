/** `SEC("kprobe/function")`, `SEC("kretprobe/function")` */
import { assertOptions, flag, text } from "../arguments.ts";
import type { BigIntInput } from "../codec/check.ts";
import { ENOENT } from "../errno.ts";
import { missingFromKernel } from "../kernel-facts.ts";
import { missingFunction } from "../kernel-names.ts";
import type { Link } from "../links/link.ts";
import { libbpf } from "../native.ts";
import { cookieOf, offsetOf } from "./arguments.ts";
import { BaseProgram, type ProgramDescriptor } from "./base.ts";
import type { ProgramHandle } from "./handle.ts";

/** A place in the kernel's code. */
export interface KprobeTarget {
  /** A function's name, as in /proc/kallsyms. */
  readonly function: string;
  /** Bytes from the function's start; 0 by default, and for a return probe. */
  readonly offset?: number;
  /** Run when the function returns; by default as the section says (`kretprobe`). */
  readonly retprobe?: boolean;
  /** What `bpf_get_attach_cookie` gives the program. Linux 5.15. */
  readonly cookie?: BigIntInput;
}

/**
 * A program that runs when the kernel passes a place in its code: almost any function, by name and without a promise that
 * the next kernel has it. It needs CONFIG_KPROBES; kernels before 4.17 are served through tracefs.
 */
export class KprobeProgram extends BaseProgram {
  readonly #handle: ProgramHandle;

  constructor(handle: ProgramHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Attaches the program.
   *
   * @param target - the function, or more; by default as the section says, as in `SEC("kprobe/do_unlinkat+0x10")`
   * @throws {BpfError} when the kernel has no such function, or no kprobes
   * @throws {ValueError} when something is not what it should be
   *
   * @example
   * ```ts
   * probes.programs.on_unlink.attach({ function: "do_unlinkat", cookie: 7 });
   * ```
   */
  attach(target?: string | KprobeTarget): Link {
    this.#handle.assertOpen();
    if (target === undefined) return this.#handle.attachBySection('attach("do_unlinkat")');
    const to = typeof target === "string" ? { function: target } : target;
    assertOptions<KprobeTarget>(to, "target", { function: true, offset: true, retprobe: true, cookie: true });
    const name = text(to.function, "function");
    const offset = offsetOf(to.offset);
    const retprobe = flag(to.retprobe ?? isReturnSection(this.section), "retprobe");
    const bpf_cookie = cookieOf(to.cookie);
    const place = offset === 0 ? name : `${name}+0x${offset.toString(16)}`;
    return this.#handle.attach(
      `${retprobe ? "the return of " : ""}${place}`,
      (program) =>
        libbpf.bpf_program__attach_kprobe_opts(program, name, {
          bpf_cookie,
          offset,
          retprobe,
        }),
      (errno) => kprobeHint(errno, name),
    );
  }
}

function isReturnSection(section: string): boolean {
  return /^\??kretprobe/.test(section);
}

function kprobeHint(errno: number, name: string | undefined): string | undefined {
  const missing = missingFromKernel("A kprobe", ["CONFIG_KPROBES"]);
  if (missing !== undefined) return missing;
  return errno === ENOENT && name !== undefined ? missingFunction(name) : undefined;
}

/** Describes a kprobe program. */
export const kprobe: ProgramDescriptor<KprobeProgram> = {
  types: ["kprobe"],
  hint: (errno, _log, { section }) => kprobeHint(errno, /\/([^+]+)/.exec(section)?.[1]),
  create: (handle) => new KprobeProgram(handle),
};
