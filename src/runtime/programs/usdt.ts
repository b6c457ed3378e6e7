/** `SEC("usdt/binary:provider:name")` */
import { assertOptions, text } from "../arguments.ts";
import type { BigIntInput } from "../codec/check.ts";
import { ENOENT } from "../errno.ts";
import type { Link } from "../links/link.ts";
import { libbpf } from "../native.ts";
import { cookieOf, pidOf } from "./arguments.ts";
import { nearNames, orRather } from "../near-names.ts";
import { BaseProgram, type ProgramDescriptor } from "./base.ts";
import { probesOf } from "./elf-names.ts";
import type { ProgramHandle } from "./handle.ts";
import { uprobePermission } from "./uprobe.ts";

/** A probe that the authors of a binary put into it: user-level statically defined tracing. */
export interface UsdtTarget {
  /** Path of an executable or shared library; without a `/`, libbpf searches the library or command folders. */
  readonly binary: string;
  /** As `readelf -n` shows it. */
  readonly provider: string;
  /** As `readelf -n` shows it. */
  readonly name: string;
  /** The one process to watch; by default every process. */
  readonly pid?: number;
  /** What `bpf_usdt_cookie` gives the program. */
  readonly cookie?: BigIntInput;
}

/** A program that runs when a process passes a USDT probe. Its C source includes `bpf/usdt.bpf.h`. */
export class UsdtProgram extends BaseProgram {
  readonly #handle: ProgramHandle;

  constructor(handle: ProgramHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Attaches the program, to every place in the binary where the probe is.
   *
   * @param target - the probe; by default the one in the section
   * @throws {BpfError} when the binary or the probe is not found
   * @throws {ValueError} when something is not what it should be
   * @throws {LibraryError} when the object was compiled with a `bpf/usdt.bpf.h` that does not go with the libbpf in use
   *
   * @example
   * ```ts
   * probes.programs.on_query.attach({ binary: "/usr/bin/postgres", provider: "postgresql", name: "query__start" });
   * ```
   */
  attach(target?: UsdtTarget): Link {
    this.#handle.assertOpen();
    if (target === undefined)
      return this.#handle.attachBySection(
        'attach({ binary: "/usr/bin/postgres", provider: "postgresql", name: "query__start" })',
      );
    assertOptions<UsdtTarget>(target, "target", {
      binary: true,
      provider: true,
      name: true,
      pid: true,
      cookie: true,
    });
    const binary = text(target.binary, "binary");
    const provider = text(target.provider, "provider");
    const name = text(target.name, "name");
    const pid = pidOf(target.pid);
    const usdt_cookie = cookieOf(target.cookie);
    const probe = `${provider}:${name}`;
    return this.#handle.attach(
      `${binary}:${probe}`,
      (program) =>
        libbpf.bpf_program__attach_usdt(program, pid, binary, provider, name, {
          usdt_cookie,
        }),
      (errno) => (errno === ENOENT ? nearProbes(binary, probe) : undefined),
    );
  }
}

/** Of a library that libbpf searches for we do not know the path. */
function nearProbes(binary: string, probe: string): string | undefined {
  const near = nearNames(probe, probesOf(binary));
  return near.length === 0 ? undefined : `${binary} has no probe ${probe}${orRather(near)}`;
}

/** Describes a USDT program. */
export const usdt: ProgramDescriptor<UsdtProgram> = {
  types: ["kprobe"],
  hint(errno, log) {
    if (log.includes("failed to resolve full path"))
      return "The binary is in none of the folders that libbpf searches: give its path";
    if (errno === ENOENT) return "Is there such a binary, and such a probe in it? List them with readelf -n";
    return uprobePermission(errno);
  },
  create: (handle) => new UsdtProgram(handle),
};
