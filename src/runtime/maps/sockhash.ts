/** `BPF_MAP_TYPE_SOCKHASH` */
import type { Codec } from "../codec/codec.ts";
import { Elements } from "./elements.ts";
import { type SocketDescriptor, socketDescriptor } from "./fd-argument.ts";
import { BpfMap, type MapDescriptor, type MapHandle } from "./map.ts";
import { assertReadable, socketValue } from "./socket-value.ts";
import { UPDATE_MODES } from "./update-mode.ts";

/**
 * Sockets by a key, which sk_skb and sk_msg programs redirect data to. A closed socket leaves it. Needs Linux 4.18.
 *
 * @typeParam K - a key when read
 * @typeParam KI - what writing a key accepts
 */
export class SockHash<K, KI = K> extends BpfMap {
  readonly #elements: Elements<K, bigint, KI, number>;

  /** @internal */
  constructor(handle: MapHandle, key: Codec<K, KI>) {
    super(handle);
    this.#elements = new Elements(handle, key, socketValue(handle.valueSize), "keys");
  }

  /**
   * The cookie of a key's socket (`SO_COOKIE`); `undefined` when there is none.
   *
   * @throws {TinyBpfError} when the map's values have 4 bytes: declare it with `__type(value, __u64)`
   */
  get(key: KI): bigint | undefined {
    assertReadable(this);
    return this.#elements.get(key);
  }

  has(key: KI): boolean {
    return this.get(key) !== undefined;
  }

  /**
   * @param socket - its descriptor, or one of Node's that is open
   * @throws {BpfError} `E2BIG` when the map is full, `EOPNOTSUPP` when the map does not take such a socket
   */
  set(key: KI, socket: SocketDescriptor): this {
    const errno = this.#elements.update(key, socketDescriptor(socket, "socket"), UPDATE_MODES.any);
    if (errno !== 0) throw this.#elements.failure("put a socket into", errno);
    return this;
  }

  /** @returns whether the key was there */
  delete(key: KI): boolean {
    return this.#elements.delete(key);
  }

  /** Every key with the cookie of its socket. */
  entries(): Generator<[K, bigint], undefined> {
    assertReadable(this);
    return this.#elements.entries();
  }

  [Symbol.iterator](): Generator<[K, bigint], undefined> {
    return this.entries();
  }
}

/** Describes a hash map of sockets; its values are declared with 4 or 8 bytes. */
export function sockHash<K, KI>(key: Codec<K, KI>, valueSize: number): MapDescriptor<SockHash<K, KI>> {
  return {
    types: ["sockhash"],
    keySize: key.size,
    valueSize,
    create: (handle) => new SockHash(handle, key),
  };
}
