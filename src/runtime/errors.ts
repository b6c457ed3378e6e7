/** Every error that the runtime throws on purpose. Recognise them by `name` across realms and bundles. */
import { MEMCG_ACCOUNTING, missingCapabilities, permissionHint } from "./capabilities.ts";
import { EACCES, EPERM, errnoCode, errnoText } from "./errno.ts";
import { olderThan } from "./kernel-facts.ts";

/** The base of all errors here. */
export class TinyBpfError extends Error {
  override readonly name: string = "TinyBpfError";
}

/** Something was used after it was closed, or after what owns it was. */
export class ClosedError extends TinyBpfError {
  override readonly name = "ClosedError";

  /** @param why - what closed it and what to use instead, where that is not plain */
  constructor(what: string, why?: string) {
    super(why === undefined ? `${what} is closed` : `${what} is closed: ${why}`);
  }
}

/** A value that does not fit its C type. `path` names the place, as in `limits[2].max`. */
export class ValueError extends TinyBpfError {
  override readonly name = "ValueError";
  /** Where in the value: `config.limits[2].max`; empty when it is the value itself. */
  readonly path: string;
  /** What is wrong, without the path. */
  readonly reason: string;

  constructor(reason: string, path = "") {
    super(path === "" ? reason : `${path}: ${reason}`);
    this.path = path;
    this.reason = reason;
  }

  /** `error` seen from one level further out; anything but a `ValueError` is passed through. */
  static within(error: unknown, outer: string): unknown {
    if (!(error instanceof ValueError) || outer === "") return error;
    const joint = error.path === "" || error.path.startsWith("[") ? "" : ".";
    return new ValueError(error.reason, outer + joint + error.path);
  }

  /** The same, unless the path starts with a name: what is read names its struct, and more would say nothing. */
  static unnamedWithin(error: unknown, outer: string): unknown {
    const named = error instanceof ValueError && error.path !== "" && !error.path.startsWith("[");
    return named ? error : ValueError.within(error, outer);
  }
}

/** libbpf cannot be found or loaded, or is too old. */
export class LibraryError extends TinyBpfError {
  override readonly name = "LibraryError";
}

/** A skeleton does not fit its object, or a name in a configuration is not in it. */
export class SkeletonError extends TinyBpfError {
  override readonly name = "SkeletonError";
}

/** A codec, or a list of fields, does not describe the C type that it was said to describe. */
export class TypeMismatchError<M = unknown> extends TinyBpfError {
  override readonly name = "TypeMismatchError";
  /** All differences. */
  readonly mismatches: readonly M[];

  /** @param lines - the differences in words */
  constructor(what: string, mismatches: readonly M[], lines: readonly string[]) {
    super([`${what} is not what it is said to be:`, ...lines.map((line) => `  ${line}`)].join("\n"));
    this.mismatches = mismatches;
  }
}

/** Constants of a loaded object were written: the kernel has frozen them. */
export class ReadOnlyError extends TinyBpfError {
  override readonly name = "ReadOnlyError";

  constructor(what: string) {
    super(`${what} is read-only once loaded: set it between open() and load(), or give it to load()`);
  }
}

/** An index beyond the end of an array. */
export class IndexError extends TinyBpfError {
  override readonly name = "IndexError";
}

/** What is known of a failed operation. */
export interface BpfFailure {
  /** What was attempted, as in `attach program on_exec`. */
  readonly operation: string;
  /** The positive error number. */
  readonly errno: number;
  /** What libbpf said meanwhile, one message a line. */
  readonly log?: string;
  /** What to do about it; for a missing permission there is one by itself. */
  readonly hint?: string | undefined;
}

/** The kernel or libbpf refused an operation. */
export class BpfError extends TinyBpfError {
  override readonly name: string = "BpfError";
  /** Name of the error number: `EPERM`. */
  readonly code: string;
  /** The positive error number. */
  readonly errno: number;
  /** What was attempted. */
  readonly operation: string;
  readonly #log: string;

  constructor(failure: BpfFailure, decisive?: readonly string[]) {
    const { operation, errno, log = "" } = failure;
    const code = errnoCode(errno);
    const lines = decisive ?? lastLines(log);
    // Of what the verifier refuses, the decisive lines say why.
    const hint = failure.hint ?? (decisive === undefined ? hintFor(errno) : undefined);
    super(
      [
        `cannot ${operation}: ${errnoText(errno)} (${code})`,
        ...lines.map((line) => `  ${line}`),
        ...(hint === undefined ? [] : [hint]),
      ].join("\n"),
    );
    this.code = code;
    this.errno = errno;
    this.operation = operation;
    this.#log = log;
  }

  /**
   * What libbpf said meanwhile, whole; empty when it said nothing. No member of its own, so that what shows the error
   * does not show thousands of lines: its message has the last ones.
   */
  get log(): string {
    return this.#log;
  }
}

/** The kernel's verifier rejected a program. */
export class VerifierError extends BpfError {
  override readonly name = "VerifierError";
  /** The program's name. */
  readonly program: string;

  /** @param decisive - the lines of `failure.log`, the verifier's whole log, that say why */
  constructor(program: string, failure: BpfFailure & { readonly log: string }, decisive: readonly string[]) {
    super(failure, decisive);
    this.program = program;
  }
}

const SHOWN_LINES = 6;

/**
 * What libbpf says when no program can be loaded, whatever the kernel and the reason (bump_rlimit_memlock,
 * bpf_object__probe_loading): true of kernels only that count locked memory.
 */
const MEMLOCK_ADVICE =
  / Make sure your kernel supports BPF \(CONFIG_BPF_SYSCALL=y\) and\/or that RLIMIT_MEMLOCK is .*$|^.*Failed to bump RLIMIT_MEMLOCK.*$/gm;

function lastLines(log: string): string[] {
  const said = olderThan(MEMCG_ACCOUNTING) ? log : log.replaceAll(MEMLOCK_ADVICE, "");
  return said
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-SHOWN_LINES);
}

function hintFor(errno: number): string | undefined {
  // EACCES is also what an unprivileged process gets, from perf_event_open or the verifier; but not only that.
  if (errno === EPERM || (errno === EACCES && missingCapabilities() !== "")) return permissionHint();
  return undefined;
}
