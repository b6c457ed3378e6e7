/** `BPF_MAP_TYPE_HASH`, `BPF_MAP_TYPE_LRU_HASH` */
import type { Codec } from "../codec/codec.ts";
import { KeyedMap } from "./keyed.ts";
import type { MapDescriptor, MapHandle } from "./map.ts";

/**
 * A hash map, used like a JavaScript `Map`. Iterating reads it in batches (Linux 5.6), key by key before.
 *
 * An LRU map is never full: setting a key may push out one that was not used for long. Reading it from here does not
 * count as a use.
 *
 * @example
 * ```ts
 * exec.maps.per_pid.set(42, { execs: 0n, last_ts: 0n });
 * for (const [pid, stats] of exec.maps.per_pid) console.log(pid, stats.execs);
 * ```
 */
export class HashMap<K, V, KI = K, VI = V> extends KeyedMap<K, V, KI, VI> {
  /**
   * Reads and deletes at once: what a program writes goes either into the value or into a new one. Needs Linux 5.14.
   *
   * @returns the value; `undefined` when the key is absent
   */
  take(key: KI): V | undefined {
    return this.elements.take(key);
  }

  /**
   * Reads and deletes every element, many at a time: what a program writes meanwhile is not lost, but goes into new
   * elements. Needs Linux 5.6.
   *
   * @throws {TakeError} when it fails after some were taken; `taken` has these
   */
  takeAll(): [K, V][] {
    return this.elements.takeAll();
  }
}

/** Describes a hash map. */
export function hashMap<K, KI, V, VI>(
  key: Codec<K, KI>,
  value: Codec<V, VI>,
): MapDescriptor<HashMap<K, V, KI, VI>> {
  return {
    types: ["hash", "lru_hash"],
    keySize: key.size,
    valueSize: value.size,
    create: (handle: MapHandle) => new HashMap(handle, key, value),
  };
}
