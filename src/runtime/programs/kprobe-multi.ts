/** `SEC("kprobe.multi/pattern")`, `SEC("kretprobe.multi/pattern")`, `SEC("kprobe.session/pattern")` */
import { assertOptions, flag, text } from "../arguments.ts";
import { withArguments } from "../c-arguments.ts";
import type { BigIntInput } from "../codec/check.ts";
import { EINVAL, ENOENT, EOPNOTSUPP, ESRCH } from "../errno.ts";
import { ValueError } from "../errors.ts";
import { missingFromKernel } from "../kernel-facts.ts";
import { missingFunction } from "../kernel-names.ts";
import type { Link } from "../links/link.ts";
import { libbpf } from "../native.ts";
import { numbers, texts } from "./arguments.ts";
import { BaseProgram, type ProgramDescriptor } from "./base.ts";
import type { ProgramHandle } from "./handle.ts";

/** Functions of the kernel's: by a pattern, or by their names. */
export type KprobeMultiTarget = KprobeMultiPattern | KprobeMultiFunctions;

export interface KprobeMultiPattern {
  /** `*` stands for any characters, `?` for one, as in `tcp_*`. */
  readonly pattern: string;
  readonly functions?: never;
  readonly cookies?: never;
  /** Run when the functions return; by default as the section says. */
  readonly retprobe?: boolean;
}

export interface KprobeMultiFunctions {
  readonly functions: readonly string[];
  readonly pattern?: never;
  /** What `bpf_get_attach_cookie` gives the program, for each function. */
  readonly cookies?: readonly BigIntInput[];
  /** Run when the functions return; by default as the section says. */
  readonly retprobe?: boolean;
}

/**
 * A program on many functions of the kernel at once, through one link: much faster to attach than as many kprobes. It needs
 * Linux 5.18 and CONFIG_FPROBE; a `kprobe.session`, which sees entry and return of a call, Linux 6.10 and libbpf 1.5.
 */
export class KprobeMultiProgram extends BaseProgram {
  readonly #handle: ProgramHandle;

  constructor(handle: ProgramHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Attaches the program.
   *
   * @param target - a pattern, or more; by default as the section says
   * @throws {BpfError} when no function fits, one of them does not exist, or the kernel cannot do it
   * @throws {ValueError} when something is not what it should be
   *
   * @example
   * ```ts
   * net.programs.on_tcp.attach("tcp_*");
   * net.programs.on_tcp.attach({ functions: ["tcp_connect", "tcp_close"], cookies: [1, 2] });
   * ```
   */
  attach(target?: string | KprobeMultiTarget): Link {
    this.#handle.assertOpen();
    if (target === undefined) return this.#handle.attachBySection('attach("tcp_*")');
    const to = typeof target === "string" ? { pattern: target } : target;
    assertOptions<KprobeMultiTarget>(to, "target", {
      pattern: true,
      functions: true,
      cookies: true,
      retprobe: true,
    });
    const pattern = to.pattern === undefined ? null : text(to.pattern, "pattern");
    const functions = texts(to.functions, "functions");
    if ((pattern === null) === (functions === undefined))
      throw new ValueError("must have either a pattern or functions", "target");
    const cookies = numbers(to.cookies, "cookies", functions?.length ?? 0);
    const retprobe = flag(to.retprobe ?? /^\??kretprobe/.test(this.section), "retprobe");
    const session = /^\??kprobe\.session/.test(this.section);
    return withArguments((c) =>
      this.#handle.attach(
        `${retprobe ? "the return of " : ""}${pattern ?? functions?.join(", ") ?? ""}`,
        (program) =>
          libbpf.bpf_program__attach_kprobe_multi_opts(program, pattern, {
            syms: c.strings(functions),
            addrs: null,
            cookies: c.u64s(cookies),
            cnt: functions?.length ?? 0,
            retprobe,
            session,
          }),
        (errno) => missingHint(errno, functions),
      ),
    );
  }
}

/** The kernel does not say which of many functions it could not find (ftrace_lookup_symbols: ESRCH). */
function missingHint(errno: number, functions: readonly string[] = []): string | undefined {
  if ((errno !== ESRCH && errno !== ENOENT) || missingFromKernel("", ["CONFIG_FPROBE"]) !== undefined)
    return undefined;
  return functions.map(missingFunction).find((missing) => missing !== undefined);
}

/** Describes a kprobe.multi program. */
export const kprobeMulti: ProgramDescriptor<KprobeMultiProgram> = {
  types: ["kprobe"],
  hint(errno, _log, { section }) {
    const session = /^\??kprobe\.session/.test(section);
    const missing = missingFromKernel(
      session ? "kprobe.session" : "kprobe.multi",
      ["CONFIG_FPROBE"],
      session ? "6.10" : "5.18",
    );
    if (missing !== undefined) return missing;
    if (errno === ENOENT)
      return "No function that can be traced fits: see /sys/kernel/tracing/available_filter_functions";
    if (errno === EINVAL || errno === EOPNOTSUPP)
      return "A function may be one that cannot be traced: see /sys/kernel/tracing/available_filter_functions";
    return undefined;
  },
  create: (handle) => new KprobeMultiProgram(handle),
};
