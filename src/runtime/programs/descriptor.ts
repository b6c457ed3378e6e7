/** Things of the system's that a program is attached to, given by their path or by a descriptor. */
import { closeSync, constants, openSync } from "node:fs";
import { text } from "../arguments.ts";
import { show, wrong } from "../codec/check.ts";
import { EBADF } from "../errno.ts";
import { BpfError, ValueError } from "../errors.ts";

/** The number of a descriptor; the kernel says whether it is one. */
export function descriptorNumber(value: unknown, name: string): number {
  if (typeof value !== "number") throw wrong(value, "the number of a descriptor", name);
  if (!Number.isInteger(value) || Math.abs(value) > 0x7fff_ffff)
    throw new ValueError(`${show(value)} is no descriptor`);
  return value;
}

/**
 * Calls `use` with a descriptor. One that is opened here is closed afterwards: links hold what they are attached to.
 *
 * @param place - path or descriptor
 * @param what - as in `cgroup`
 * @param folder - whether only a folder will do
 * @throws {BpfError} when it cannot be opened
 */
export function withDescriptor<T>(
  place: string | number,
  what: string,
  folder: boolean,
  hint: (errno: number) => string | undefined,
  use: (fd: number, title: string) => T,
): T {
  if (typeof place === "number") return use(descriptorNumber(place, what), `${what} descriptor ${place}`);
  const path = text(place, what);
  const fd = open(path, what, folder, hint);
  try {
    return use(fd, `${what} ${path}`);
  } finally {
    closeSync(fd);
  }
}

function open(
  path: string,
  what: string,
  folder: boolean,
  hint: (errno: number) => string | undefined,
): number {
  try {
    // Some things wait for somebody (fifo_open) or do something when they are opened.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | (folder ? constants.O_DIRECTORY : 0));
  } catch (error) {
    const errno = error instanceof Error && "errno" in error ? Math.abs(Number(error.errno)) : EBADF;
    throw new BpfError({ operation: `open ${what} ${path}`, errno, hint: hint(errno) });
  }
}
