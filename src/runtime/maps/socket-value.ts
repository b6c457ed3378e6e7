/** Sockets as values: written as a descriptor, read as a cookie. */
import { codec, type Codec } from "../codec/codec.ts";
import { TinyBpfError } from "../errors.ts";

/**
 * What the kernel takes and gives for a socket. A map whose values have 4 bytes cannot be read (sock_map.c,
 * sock_map_lookup_sys): cookies have 8.
 */
export function socketValue(size: number): Codec<bigint, number> {
  return codec<bigint, number>({
    name: "socket",
    size,
    align: size,
    type: { kind: "integer" },
    read: (view, at) => view.getBigUint64(at, true),
    write: (view, at, fd) =>
      size === 8 ? view.setBigUint64(at, BigInt(fd), true) : view.setUint32(at, fd, true),
  });
}

/** @throws {TinyBpfError} when the map's values are too small to be read */
export function assertReadable(map: { readonly valueSize: number; readonly name: string }): void {
  if (map.valueSize !== 8)
    throw new TinyBpfError(
      `map ${map.name} cannot be read: cookies of sockets have 8 bytes, so declare it with __type(value, __u64)`,
    );
}
