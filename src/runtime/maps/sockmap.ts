/** `BPF_MAP_TYPE_SOCKMAP`, `BPF_MAP_TYPE_REUSEPORT_SOCKARRAY` */
import { EINVAL } from "../errno.ts";
import { BpfError } from "../errors.ts";
import { type SocketDescriptor, socketDescriptor } from "./fd-argument.ts";
import type { MapDescriptor, MapHandle } from "./map.ts";
import { SlotArray } from "./slots.ts";
import { assertReadable, socketValue } from "./socket-value.ts";

/** What arrays of sockets have in common. */
abstract class SocketArray extends SlotArray<bigint, number> {
  /** @internal */
  constructor(handle: MapHandle) {
    super(handle, socketValue(handle.valueSize));
  }

  /**
   * The cookie of the socket in a slot (`SO_COOKIE`); `undefined` when it is empty.
   *
   * @throws {TinyBpfError} when the map's values have 4 bytes: declare it with `__type(value, __u64)`
   * @throws {IndexError} beyond the array's end
   */
  get(index: number): bigint | undefined {
    assertReadable(this);
    return this.read(index);
  }

  /** Whether a slot has a socket. */
  has(index: number): boolean {
    return this.get(index) !== undefined;
  }

  /**
   * Puts a socket into a slot.
   *
   * @param socket - its descriptor, or one of Node's that is open
   * @throws {BpfError} `EOPNOTSUPP` or `EINVAL` when the socket is of a kind, or in a state, that the map does not take
   * @throws {IndexError} beyond the array's end
   */
  set(index: number, socket: SocketDescriptor): this {
    return this.write(index, socketDescriptor(socket, "socket"), "a socket");
  }

  /** The slots with a socket, and its cookie. */
  entries(): Generator<[number, bigint], undefined> {
    assertReadable(this);
    return this.filled();
  }

  [Symbol.iterator](): Generator<[number, bigint], undefined> {
    return this.entries();
  }
}

/** Sockets that sk_skb and sk_msg programs redirect data to. Needs Linux 4.14. */
export class SockMap extends SocketArray {
  override delete(index: number): boolean {
    try {
      return super.delete(index);
    } catch (error) {
      // Of an index below the length, that is what the kernel says when the slot is empty (sock_map.c, __sock_map_delete).
      if (error instanceof BpfError && error.errno === EINVAL) return false;
      throw error;
    }
  }
}

/** Sockets that sk_reuseport programs choose from. Needs Linux 4.19. */
export class ReuseportSockArray extends SocketArray {}

/** Describes an array of sockets; its values are declared with 4 or 8 bytes. */
export function sockMap(valueSize: number): MapDescriptor<SockMap> {
  return { types: ["sockmap"], keySize: 4, valueSize, create: (handle) => new SockMap(handle) };
}

/** Describes an array of sockets that share a port; its values are declared with 4 or 8 bytes. */
export function reuseportSockArray(valueSize: number): MapDescriptor<ReuseportSockArray> {
  return {
    types: ["reuseport_sockarray"],
    keySize: 4,
    valueSize,
    create: (handle) => new ReuseportSockArray(handle),
  };
}
