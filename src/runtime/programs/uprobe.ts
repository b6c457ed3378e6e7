/** `SEC("uprobe/…")`, `SEC("uretprobe/…")` */
import { assertOptions, flag, optionalText, text } from "../arguments.ts";
import { type Capability, missingCapabilities, permissionHint } from "../capabilities.ts";
import type { BigIntInput } from "../codec/check.ts";
import type { Link } from "../links/link.ts";
import { libbpf } from "../native.ts";
import { ValueError } from "../errors.ts";
import { cookieOf, offsetOf, pidOf } from "./arguments.ts";
import { BaseProgram, type ProgramDescriptor } from "./base.ts";
import type { ProgramHandle } from "./handle.ts";
import { EACCES, ENOENT } from "../errno.ts";
import { olderThan } from "../kernel-facts.ts";
import { nearNames, orRather } from "../near-names.ts";
import { functionsOf } from "./elf-names.ts";

/** A place in a user-space program. */
export interface UprobeTarget {
  /** Path of an executable or shared library; without a `/`, libbpf searches the library or command folders. */
  readonly binary: string;
  /** Name of a function in its symbol table; without it, `offset` is needed, and counts from the start of the file. */
  readonly symbol?: string;
  /** Bytes from the function's start, 0 by default, or from the file's. */
  readonly offset?: number;
  /** The one process to watch; by default every process, also those that start later. */
  readonly pid?: number;
  /** Run when the function returns; by default as the section says (`uretprobe`). */
  readonly retprobe?: boolean;
  /** What `bpf_get_attach_cookie` gives the program. Linux 5.15. */
  readonly cookie?: BigIntInput;
  /** Where in the file the counter (semaphore) of a USDT probe is, which the kernel counts up meanwhile. Linux 4.20. */
  readonly refCtrOffset?: number;
}

/** A program that runs when a process passes a place in user-space code. */
export class UprobeProgram extends BaseProgram {
  readonly #handle: ProgramHandle;

  constructor(handle: ProgramHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Attaches the program.
   *
   * @param target - the place; by default the one in the section, as in `SEC("uprobe/libc.so.6:getpriority")`
   * @throws {BpfError} when the binary or the symbol is not found, or the section names none; `EACCES` without CAP_SYS_ADMIN, since Linux 6.16
   * @throws {ValueError} when there is neither symbol nor offset, or something is not what it should be
   */
  attach(target?: UprobeTarget): Link {
    this.#handle.assertOpen();
    if (target === undefined)
      return this.#handle.attachBySection('attach({ binary: "libc.so.6", symbol: "getpriority" })');
    assertOptions<UprobeTarget>(target, "target", {
      binary: true,
      symbol: true,
      offset: true,
      pid: true,
      retprobe: true,
      cookie: true,
      refCtrOffset: true,
    });
    const offset = offsetOf(target.offset);
    const pid = pidOf(target.pid);
    const bpf_cookie = cookieOf(target.cookie);
    const ref_ctr_offset = offsetOf(target.refCtrOffset);
    const binary = text(target.binary, "binary");
    const symbol = optionalText(target.symbol, "symbol");
    const retprobe = flag(target.retprobe ?? /^\??uretprobe/.test(this.section), "retprobe");
    // The file begins with the ELF header: nobody runs that.
    if (symbol === null && offset === 0) throw new ValueError("is missing: give it, or an offset", "symbol");
    return this.#handle.attach(
      `${retprobe ? "the return of " : ""}${binary}:${place(symbol, offset)}`,
      (program) =>
        libbpf.bpf_program__attach_uprobe_opts(program, pid, binary, offset, {
          ref_ctr_offset,
          bpf_cookie,
          retprobe,
          func_name: symbol,
        }),
      (errno, log) => symbolHint(errno, log, symbol, binary),
    );
  }
}

function place(symbol: string | null, offset: number): string {
  const bytes = `0x${offset.toString(16)}`;
  if (symbol === null) return bytes;
  return offset === 0 ? symbol : `${symbol}+${bytes}`;
}

function symbolHint(errno: number, log: string, symbol: string | null, binary: string): string | undefined {
  if (errno !== ENOENT || symbol === null || !/no suitable|failed to find/.test(log)) return undefined;
  // elf_find_func_offset (elf.c) tells where libbpf found a library that it searched for.
  const path = /symbol '[^'\n]*' in '([^'\n]+)'/.exec(log)?.[1] ?? binary;
  const near = nearNames(symbol, functionsOf(path));
  return near.length === 0 ? undefined : `${path} has no such symbol${orRather(near)}`;
}

/**
 * What to do when the kernel lets nobody place a breakpoint in everybody's memory who is not allowed everything
 * (perf_uprobe_event_init, kernel/events/core.c). Linux 6.16, and earlier ones with its fixes; others ask for CAP_PERFMON only.
 */
export function uprobePermission(errno: number): string | undefined {
  if (errno !== EACCES || (olderThan("6.16") && lacks(["CAP_PERFMON"]))) return undefined;
  return lacks(["CAP_SYS_ADMIN"]) ? permissionHint(["CAP_SYS_ADMIN"]) : undefined;
}

function lacks(needed: readonly Capability[]): boolean {
  return missingCapabilities(needed) !== "";
}

function hint(errno: number, log: string): string | undefined {
  if (errno === EACCES) return uprobePermission(errno);
  if (errno !== ENOENT) return undefined;
  if (log.includes("failed to resolve full path"))
    return "The binary is in none of the folders that libbpf searches: give its path";
  if (log.includes("no suitable") || log.includes("no .symtab") || log.includes("failed to find"))
    return "The binary has no such symbol: list them with nm -D, or nm for one that is not stripped";
  return "Is there such a binary, and such a symbol in it?";
}

/** Describes a uprobe program. */
export const uprobe: ProgramDescriptor<UprobeProgram> = {
  types: ["kprobe"],
  hint,
  create: (handle) => new UprobeProgram(handle),
};
