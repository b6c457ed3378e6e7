/** Descriptors that callers give: as a number, as something that has one, or as a path. */
import { closeSync, constants, openSync } from "node:fs";
import { text } from "../arguments.ts";
import { wrong } from "../codec/check.ts";
import { EBADF } from "../errno.ts";
import { BpfError } from "../errors.ts";

/** A descriptor, or something that has one: a program, a map. */
export type Descriptor = number | { readonly fd: number };

/** @throws {ValueError} when it is no descriptor */
export function descriptor(value: Descriptor, name: string): number {
  const fd = typeof value === "object" && value !== null ? value.fd : value;
  if (typeof fd === "number" && Number.isInteger(fd) && fd >= 0 && fd <= 0x7fff_ffff) return fd;
  throw wrong(fd, "a descriptor", name);
}

/**
 * Calls `action` with a descriptor of a path, which is open for that time only, or with the one that is given.
 *
 * @param flags - beyond those that keep a fifo or device from being waited for
 */
export function withDescriptor<T>(
  value: Descriptor | string,
  name: string,
  flags: number,
  action: (fd: number) => T,
): T {
  if (typeof value !== "string") return action(descriptor(value, name));
  const fd = open(text(value, name), name, flags);
  try {
    return action(fd);
  } finally {
    // Not libc's: a worker thread closes, when it ends, what it does not know to be closed, whoever has it by then.
    closeSync(fd);
  }
}

function open(path: string, name: string, flags: number): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | flags);
  } catch (error) {
    const errno = error instanceof Error && "errno" in error ? Math.abs(Number(error.errno)) : EBADF;
    throw new BpfError({ operation: `open ${name} ${path}`, errno });
  }
}
