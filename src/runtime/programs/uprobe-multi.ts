/** `SEC("uprobe.multi/binary:pattern")`, `SEC("uretprobe.multi/…")`, `SEC("uprobe.session/…")` */
import { assertOptions, flag, text } from "../arguments.ts";
import { withArguments } from "../c-arguments.ts";
import type { BigIntInput } from "../codec/check.ts";
import { ENOENT } from "../errno.ts";
import { ValueError } from "../errors.ts";
import { missingFromKernel } from "../kernel-facts.ts";
import type { Link } from "../links/link.ts";
import { libbpf } from "../native.ts";
import { numbers, pidOf, texts } from "./arguments.ts";
import { BaseProgram, type ProgramDescriptor } from "./base.ts";
import type { ProgramHandle } from "./handle.ts";

/** Places in one binary: by a pattern of symbols, by symbols, or by offsets. */
export type UprobeMultiTarget = UprobeMultiPlace &
  (
    | {
        readonly pattern: string;
        readonly symbols?: never;
        readonly offsets?: never;
        readonly cookies?: never;
      }
    | (UprobeMultiLists & { readonly symbols: readonly string[]; readonly offsets?: never })
    | (UprobeMultiLists & { readonly offsets: readonly BigIntInput[]; readonly symbols?: never })
  );

interface UprobeMultiPlace {
  /** Path of an executable or shared library. For a pattern, and only then, libbpf searches its folders for a bare name. */
  readonly binary: string;
  /** The one process to watch; by default every process. */
  readonly pid?: number;
  /** Run when the functions return; by default as the section says. */
  readonly retprobe?: boolean;
}

interface UprobeMultiLists {
  readonly pattern?: never;
  /** What `bpf_get_attach_cookie` gives the program, for each place. */
  readonly cookies?: readonly BigIntInput[];
  /** Where in the file the counters of USDT probes are, for each place. */
  readonly refCtrOffsets?: readonly BigIntInput[];
}

/**
 * A program on many places of one binary at once, through one link. It needs Linux 6.6 and libbpf 1.3; a `uprobe.session`,
 * which sees entry and return of a call, Linux 6.13 and libbpf 1.6.
 */
export class UprobeMultiProgram extends BaseProgram {
  readonly #handle: ProgramHandle;

  constructor(handle: ProgramHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Attaches the program.
   *
   * @param target - the places; by default as the section says
   * @throws {BpfError} when the binary or a symbol is not found, or the kernel cannot do it
   * @throws {ValueError} when something is not what it should be
   * @throws {LibraryError} when libbpf is older than 1.3
   *
   * @example
   * ```ts
   * heap.programs.on_alloc.attach({ binary: "libc.so.6", pattern: "mall*", pid: 42 });
   * heap.programs.on_alloc.attach({ binary: "/usr/lib/libc.so.6", symbols: ["malloc", "free"], cookies: [1, 2] });
   * ```
   */
  attach(target?: UprobeMultiTarget): Link {
    this.#handle.assertOpen();
    if (target === undefined)
      return this.#handle.attachBySection('attach({ binary: "libc.so.6", pattern: "mall*" })');
    assertOptions<UprobeMultiTarget>(target, "target", {
      binary: true,
      pid: true,
      retprobe: true,
      pattern: true,
      symbols: true,
      offsets: true,
      cookies: true,
      refCtrOffsets: true,
    });
    const binary = text(target.binary, "binary");
    const pattern = target.pattern === undefined ? null : text(target.pattern, "pattern");
    const symbols = texts(target.symbols, "symbols");
    const offsets = numbers(target.offsets, "offsets");
    if ([pattern ?? undefined, symbols, offsets].filter((one) => one !== undefined).length !== 1)
      throw new ValueError("must have one of pattern, symbols, offsets", "target");
    if (pattern === null && !binary.includes("/"))
      throw new ValueError("must be a path: libbpf searches its folders only for a pattern", "binary");
    const count = symbols?.length ?? offsets?.length ?? 0;
    const cookies = numbers(target.cookies, "cookies", count);
    const counters = pattern === null && "refCtrOffsets" in target ? target.refCtrOffsets : undefined;
    const refCtrOffsets = numbers(counters, "refCtrOffsets", count);
    const pid = pidOf(target.pid);
    const retprobe = flag(target.retprobe ?? /^\??uretprobe/.test(this.section), "retprobe");
    const session = /^\??uprobe\.session/.test(this.section);
    const places = pattern ?? (symbols ?? offsets ?? []).join(", ");
    return withArguments((c) =>
      this.#handle.attach(`${retprobe ? "the return of " : ""}${binary}:${places}`, (program) =>
        libbpf.bpf_program__attach_uprobe_multi(program, pid, binary, pattern, {
          syms: c.strings(symbols),
          offsets: c.u64s(offsets),
          ref_ctr_offsets: c.u64s(refCtrOffsets),
          cookies: c.u64s(cookies),
          cnt: count,
          retprobe,
          session,
        }),
      ),
    );
  }
}

// elf_resolve_syms_offsets (elf.c of libbpf, 1.3 to 1.7) fails on a binary without .symtab, whatever it found in .dynsym.
const NOT_FOUND =
  "Is there such a binary, and such symbols in it? libbpf finds symbols only in binaries that are not stripped: " +
  "give a pattern or offsets for others";

/** Describes a uprobe.multi program. */
export const uprobeMulti: ProgramDescriptor<UprobeMultiProgram> = {
  types: ["kprobe"],
  hint(errno, _log, { section }) {
    const session = /^\??uprobe\.session/.test(section);
    return (
      missingFromKernel(
        session ? "uprobe.session" : "uprobe.multi",
        ["CONFIG_UPROBES"],
        session ? "6.13" : "6.6",
      ) ?? (errno === ENOENT ? NOT_FOUND : undefined)
    );
  },
  create: (handle) => new UprobeMultiProgram(handle),
};
