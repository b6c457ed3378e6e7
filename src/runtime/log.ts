/** Collects what libbpf prints during an operation, so that errors can carry it and stderr stays clean. */
import { BpfError, type BpfFailure } from "./errors.ts";
import { libbpf, type PrintHandler, withPrint } from "./native.ts";
import { withProcessLock } from "./process-lock.ts";

// enum libbpf_print_level
const LIBBPF_DEBUG = 2;

/** libbpf prints the verifier's log of a program that loads only as a debug message (`bpf_object_load_prog`). */
const PROGRAM_LOG = "-- BEGIN PROG LOAD LOG --";

/** Runs `action` and passes it a function that returns what libbpf has said by then. */
export function withLog<T>(action: (log: () => string) => T): T {
  const messages: string[] = [];
  const print: PrintHandler = (level, format, text) => {
    if (level < LIBBPF_DEBUG || format.includes(PROGRAM_LOG)) messages.push(text());
  };
  const said = (): string => messages.map((message) => message.replace(/^libbpf: /, "")).join("");
  return withProcessLock(forgetPrint, () => withPrint(print, () => action(said)));
}

/** The callback of a thread that is gone is gone with it. */
function forgetPrint(): void {
  libbpf.libbpf_set_print(null);
}

/**
 * Calls a function of libbpf that returns a negative error number on failure.
 *
 * @returns what it returned, 0 or more
 * @throws {BpfError} with what libbpf said
 */
export function check(
  operation: string,
  call: () => number,
  hint?: (errno: number, log: string) => string | undefined,
): number {
  return withLog((log) => {
    const result = call();
    if (result < 0) throw failure(operation, -result, log(), hint);
    return result;
  });
}

/** The error of a failed operation. */
export function failure(
  operation: string,
  errno: number,
  log: string,
  hint?: (errno: number, log: string) => string | undefined,
): BpfError {
  const parts: BpfFailure = { operation, errno, log, hint: hint?.(errno, log) };
  return new BpfError(parts);
}
