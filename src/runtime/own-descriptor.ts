/** Descriptors that are ours: duplicates, those of a path for a moment, and those that must be of one kind of thing. */
import { closeSync, constants, openSync } from "node:fs";
import { EBADF } from "./errno.ts";
import { BpfError } from "./errors.ts";
import { errno, libc } from "./native.ts";
import { type ObjectKind, objectKind } from "./object-info.ts";

// fcntl.h; the same on x86-64 and arm64
const F_DUPFD_CLOEXEC = 1030;

/**
 * Another descriptor of the same thing, which stays when the first is closed, or its number is another's by then.
 *
 * @returns it, or a negative error number
 */
export function duplicate(fd: number): number {
  const own = libc.fcntl(fd, F_DUPFD_CLOEXEC, 0);
  return own < 0 ? -errno() : own;
}

/**
 * Opens a path for the time of `use`. Some things wait for somebody (fifo_open) or do something when they are opened: not here.
 *
 * @param what - as in `cgroup`
 * @param flags - of open(2), as `O_DIRECTORY`
 * @throws {BpfError} when it cannot be opened
 */
export function withPath<T>(
  path: string,
  what: string,
  flags: number,
  hint: (errno: number) => string | undefined,
  use: (fd: number) => T,
): T {
  const fd = open(path, what, flags, hint);
  try {
    return use(fd);
  } finally {
    // Not libc's: a worker thread closes, when it ends, what it does not know to be closed, whoever has it by then.
    closeSync(fd);
  }
}

function open(
  path: string,
  what: string,
  flags: number,
  hint: (errno: number) => string | undefined,
): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | flags);
  } catch (error) {
    const code = error instanceof Error && "errno" in error ? Math.abs(Number(error.errno)) : EBADF;
    throw new BpfError({ operation: `open ${what} ${path}`, errno: code, hint: hint(code) });
  }
}

/**
 * Closes a descriptor unless it is of one kind of thing.
 *
 * @returns it
 * @throws what `wrong` makes, when it is of something else
 */
export function onlyOf(kind: ObjectKind, fd: number, wrong: () => Error): number {
  try {
    if (objectKind(fd) === kind) return fd;
    throw wrong();
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}
