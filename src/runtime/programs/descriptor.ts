/** Things of the system's that a program is attached to, given by their path or by a descriptor. */
import { constants } from "node:fs";
import { text } from "../arguments.ts";
import { show, wrong } from "../codec/check.ts";
import { ValueError } from "../errors.ts";
import { withPath } from "../own-descriptor.ts";

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
  return withPath(path, what, folder ? constants.O_DIRECTORY : 0, hint, (fd) => use(fd, `${what} ${path}`));
}
