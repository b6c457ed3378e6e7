/** What the maps with keys and values have in common. */
import type { Codec } from "../codec/codec.ts";
import { EEXIST, ENOENT } from "../errno.ts";
import { ValueError } from "../errors.ts";
import type { Walk } from "./batches.ts";
import { Elements } from "./elements.ts";
import { BpfMap, type MapHandle } from "./map.ts";
import { UPDATE_MODES, updateFlags, type UpdateMode } from "./update-mode.ts";

/**
 * A map from keys to values, used like a JavaScript `Map`; but keys are equal when their bytes are, and what is read is
 * a copy. (The copy of a value that a program writes meanwhile may have parts of both; and `get` of a key that is deleted
 * meanwhile may give the value of another key, which the kernel has put into its place.)
 *
 * Every call is a system call, and throws a `ClosedError` once the map is closed, a `ValueError` for a key or value that
 * does not fit its C type, and a `BpfError` for anything that the kernel refuses.
 *
 * @typeParam K - a key when read
 * @typeParam V - a value when read
 * @typeParam KI - what writing a key accepts
 * @typeParam VI - what writing a value accepts
 */
export abstract class KeyedMap<K, V, KI = K, VI = V> extends BpfMap {
  /** @internal */
  protected readonly elements: Elements<K, V, KI, VI>;

  /** @internal */
  constructor(handle: MapHandle, key: Codec<K, KI>, value: Codec<V, VI>, walk: Walk = "batches") {
    super(handle);
    this.elements = new Elements(handle, key, value, walk);
  }

  /**
   * How many keys there are: the kernel does not say, so this walks through the whole map. Programs may change it
   * meanwhile.
   */
  get size(): number {
    return this.elements.count();
  }

  /** The value of a key; `undefined` when it is absent. */
  get(key: KI): V | undefined {
    return this.elements.get(key);
  }

  /** The values of keys, in their order; `undefined` for each that is absent. A system call for each. */
  getMany(keys: Iterable<KI>): (V | undefined)[] {
    const values: (V | undefined)[] = [];
    for (const key of keys) {
      try {
        values.push(this.elements.get(key));
      } catch (error) {
        throw ValueError.within(error, `[${values.length}]`);
      }
    }
    return values;
  }

  has(key: KI): boolean {
    return this.elements.has(key);
  }

  /**
   * Sets the value of a key, whether it is there or not.
   *
   * @throws {BpfError} `E2BIG` when the map is full
   */
  set(key: KI, value: VI): this {
    const errno = this.elements.update(key, value, UPDATE_MODES.any);
    if (errno !== 0) throw this.elements.failure("set a key in", errno);
    return this;
  }

  /**
   * Sets the value of a key only when it is absent (`noexist`), or only when it is there (`exist`): atomically, also
   * with regard to BPF programs.
   *
   * @returns whether it was set: `EEXIST` and `ENOENT` are `false`
   * @throws {BpfError} `E2BIG` when the map is full
   */
  update(key: KI, value: VI, mode: UpdateMode): boolean {
    const errno = this.elements.update(key, value, updateFlags(mode));
    if (errno === 0) return true;
    if ((mode === "noexist" && errno === EEXIST) || (mode === "exist" && errno === ENOENT)) return false;
    throw this.elements.failure("set a key in", errno);
  }

  /**
   * Sets many keys, about a thousand in a system call where the kernel can (hash maps from Linux 5.6). All are checked
   * before the first is set.
   *
   * @throws {ValueError} for a key or value that does not fit; nothing is set then
   * @throws {BatchError} when the kernel refuses one: those before it are set, and `done` counts them
   */
  setMany(entries: Iterable<readonly [KI, VI]>): this {
    this.elements.updateMany(entries);
    return this;
  }

  /** @returns whether the key was there */
  delete(key: KI): boolean {
    return this.elements.delete(key);
  }

  /**
   * Deletes many keys, about a thousand in a system call where the kernel can.
   *
   * @returns how many of them were there
   * @throws {BatchError} when the kernel refuses one; `done` counts those before it
   */
  deleteMany(keys: Iterable<KI>): number {
    return this.elements.deleteMany(keys);
  }

  /** Deletes every key. Those that programs add meanwhile may stay. */
  clear(): void {
    this.elements.clear();
  }

  /**
   * Every key with its value, in the kernel's order. Elements that come or go meanwhile may be seen or not; no key is
   * seen twice, and the iteration ends however much is written meanwhile.
   */
  entries(): Generator<[K, V], undefined> {
    return this.elements.entries();
  }

  keys(): Generator<K, undefined> {
    return this.elements.keys();
  }

  values(): Generator<V, undefined> {
    return this.elements.values();
  }

  forEach(callback: (value: V, key: K, map: this) => void): void {
    for (const [key, value] of this.entries()) callback(value, key, this);
  }

  [Symbol.iterator](): Generator<[K, V], undefined> {
    return this.entries();
  }
}
