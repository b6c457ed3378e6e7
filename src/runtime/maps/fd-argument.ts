/** Descriptors that callers give: as a number, as something that has one, or as a path. */
import type { Server, Socket } from "node:net";
import { text } from "../arguments.ts";
import { wrong } from "../codec/check.ts";
import { ValueError } from "../errors.ts";
import { withPath } from "../own-descriptor.ts";

/** A descriptor, or something that has one: a program, a map. */
export type Descriptor = number | { readonly fd: number };

/** @throws {ValueError} when it is no descriptor */
export function descriptor(value: Descriptor, name: string): number {
  const given: unknown = value;
  const fd = typeof given === "object" && given !== null ? Reflect.get(given, "fd") : given;
  if (fd === undefined && given !== undefined)
    throw new ValueError("has no descriptor: give a number, or an object with one as `fd`", name);
  if (typeof fd === "number" && Number.isInteger(fd) && fd >= 0 && fd <= 0x7fff_ffff) return fd;
  throw wrong(fd, "a descriptor", name);
}

/** A socket: its descriptor, something that has one, or one of Node's for TCP, pipes or servers. */
export type SocketDescriptor = Descriptor | Socket | Server;

/**
 * The descriptor of a socket. Node's sockets have theirs in a handle, while they are open.
 *
 * @throws {ValueError} when it is none, or not open
 */
export function socketDescriptor(value: SocketDescriptor, name: string): number {
  if (typeof value !== "object" || value === null || "fd" in value || !("_handle" in value))
    return descriptor(value as Descriptor, name);
  const handle: unknown = value._handle;
  const fd: unknown = typeof handle === "object" && handle !== null ? Reflect.get(handle, "fd") : undefined;
  if (typeof fd === "number" && fd >= 0) return descriptor(fd, name);
  throw new ValueError(
    "has no descriptor: it is not open, or of a kind of socket that Node gives none for",
    name,
  );
}

/**
 * Calls `action` with a descriptor of a path, which is open for that time only, or with the one that is given.
 *
 * @param flags - of open(2)
 */
export function withDescriptor<T>(
  value: Descriptor | string,
  name: string,
  flags: number,
  action: (fd: number) => T,
): T {
  if (typeof value !== "string") return action(descriptor(value, name));
  return withPath(text(value, name), name, flags, () => undefined, action);
}
