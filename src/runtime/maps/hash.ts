/** `BPF_MAP_TYPE_HASH`, `BPF_MAP_TYPE_LRU_HASH` */
import type { Codec } from "../codec/codec.ts";
import { EEXIST, ENOENT } from "../errno.ts";
import { Elements } from "./elements.ts";
import { BpfMap, type MapDescriptor, type MapHandle } from "./map.ts";
import { UPDATE_MODES, updateFlags, type UpdateMode } from "./update-mode.ts";

/**
 * A hash map, used like a JavaScript `Map`; but keys are equal when their bytes are, and what is read is a copy.
 *
 * Every call is a system call, and throws a `ClosedError` once the skeleton is closed, a `ValueError` for a key or value
 * that does not fit its C type, and a `BpfError` for anything that the kernel refuses.
 *
 * @typeParam K - a key when read
 * @typeParam V - a value when read
 * @typeParam KI - what writing a key accepts
 * @typeParam VI - what writing a value accepts
 *
 * @example
 * ```ts
 * exec.maps.per_pid.set(42, { execs: 0n, last_ts: 0n });
 * for (const [pid, stats] of exec.maps.per_pid) console.log(pid, stats.execs);
 * ```
 */
export class HashMap<K, V, KI = K, VI = V> extends BpfMap {
  readonly #elements: Elements<K, V, KI, VI>;

  /** @internal */
  constructor(handle: MapHandle, key: Codec<K, KI>, value: Codec<V, VI>) {
    super(handle);
    this.#elements = new Elements(handle, key, value);
  }

  /** The value of a key; `undefined` when it is absent. */
  get(key: KI): V | undefined {
    return this.#elements.get(key);
  }

  has(key: KI): boolean {
    return this.#elements.has(key);
  }

  /** Sets the value of a key, whether it is there or not. */
  set(key: KI, value: VI): this {
    const errno = this.#elements.update(key, value, UPDATE_MODES.any);
    if (errno !== 0) throw this.#elements.failure("set a key in", errno);
    return this;
  }

  /**
   * Sets the value of a key only when it is absent (`noexist`), or only when it is there (`exist`): atomically, also
   * with regard to BPF programs.
   *
   * @returns whether it was set
   */
  update(key: KI, value: VI, mode: UpdateMode): boolean {
    const errno = this.#elements.update(key, value, updateFlags(mode));
    if (errno === 0) return true;
    if ((mode === "noexist" && errno === EEXIST) || (mode === "exist" && errno === ENOENT)) return false;
    throw this.#elements.failure("set a key in", errno);
  }

  /** @returns whether the key was there */
  delete(key: KI): boolean {
    return this.#elements.delete(key);
  }

  /**
   * Every key with its value, in the kernel's order. Reads many at a time: elements that come or go meanwhile may be
   * seen or not.
   */
  entries(): Generator<[K, V], undefined> {
    return this.#elements.entries();
  }

  keys(): Generator<K, undefined> {
    return this.#elements.keys();
  }

  values(): Generator<V, undefined> {
    return this.#elements.values();
  }

  forEach(callback: (value: V, key: K, map: this) => void): void {
    for (const [key, value] of this.entries()) callback(value, key, this);
  }

  [Symbol.iterator](): Generator<[K, V], undefined> {
    return this.entries();
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
    create: (handle) => new HashMap(handle, key, value),
  };
}
