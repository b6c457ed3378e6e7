/** Single elements of a map with keys and values, through the bpf syscall. */
import { assertIterable } from "../arguments.ts";
import { wrong } from "../codec/check.ts";
import type { Codec } from "../codec/codec.ts";
import { E2BIG, ENOENT } from "../errno.ts";
import { BpfError, ValueError } from "../errors.ts";
import { allocate, libbpf, type Memory } from "../native.ts";
import { batches, type Walk } from "./batches.ts";
import { deleteAll, putAll, takeAll, TakeError, takeFailure } from "./bulk.ts";
import { Chunks } from "./chunks.ts";
import type { MapHandle } from "./map.ts";
import { lockFlag } from "./spin-lock.ts";

/** The elements of one map. `KI` and `VI` are what writing a key and a value accepts. */
export class Elements<K, V, KI, VI> {
  readonly #map: MapHandle;
  readonly #keyCodec: Codec<K, KI>;
  readonly #valueCodec: Codec<V, VI>;
  readonly #walk: Walk;
  // Reused by every call: what C reads and writes here is done when a call returns.
  readonly #key: Memory;
  readonly #value: Memory;
  // A member of `libbpf` costs a search by name each time, one of this class does not.
  readonly #lookupElem = libbpf.bpf_map_lookup_elem;
  readonly #updateElem = libbpf.bpf_map_update_elem;
  readonly #deleteElem = libbpf.bpf_map_delete_elem;
  /** `BPF_F_LOCK` when values have a lock. */
  readonly #flags: number;
  /** Whether a call is filling them: a getter of a key or value may call us again. */
  #encoding = false;

  /** @param walk - how to iterate: `keys` for kinds whose walk can start over */
  constructor(map: MapHandle, key: Codec<K, KI>, value: Codec<V, VI>, walk: Walk = "batches") {
    this.#map = map;
    this.#keyCodec = key;
    this.#valueCodec = value;
    this.#walk = walk;
    this.#flags = lockFlag(map, value);
    this.#key = allocate(key.size);
    this.#value = allocate(value.size);
  }

  get(key: KI): V | undefined {
    if (this.#encoding) return this.#another().get(key);
    this.#encodeKey(key);
    const result =
      this.#flags === 0
        ? this.#lookupElem(this.#fd(), this.#key.address, this.#value.address)
        : libbpf.bpf_map_lookup_elem_flags(this.#fd(), this.#key.address, this.#value.address, this.#flags);
    if (result === 0) return this.#valueCodec.read(this.#value.view, 0);
    if (result === -ENOENT) return undefined;
    throw this.failure("look up a key in", -result);
  }

  has(key: KI): boolean {
    if (this.#encoding) return this.#another().has(key);
    this.#encodeKey(key);
    const result = this.#lookupElem(this.#fd(), this.#key.address, this.#value.address);
    if (result === 0) return true;
    if (result === -ENOENT) return false;
    throw this.failure("look up a key in", -result);
  }

  /** @returns 0, or the error number */
  update(key: KI, value: VI, flags: number): number {
    if (this.#encoding) return this.#another().update(key, value, flags);
    this.#fd();
    let part = "value";
    this.#encoding = true;
    try {
      this.#valueCodec.write(this.#value.view, 0, value);
      part = "key";
      this.#keyCodec.write(this.#key.view, 0, key);
    } catch (error) {
      throw ValueError.within(error, part);
    } finally {
      this.#encoding = false;
    }
    return -this.#updateElem(this.#fd(), this.#key.address, this.#value.address, flags | this.#flags);
  }

  delete(key: KI): boolean {
    if (this.#encoding) return this.#another().delete(key);
    this.#encodeKey(key);
    const result = this.#deleteElem(this.#fd(), this.#key.address);
    if (result === 0) return true;
    if (result === -ENOENT) return false;
    throw this.failure("delete a key from", -result);
  }

  /** Reads and deletes at once. */
  take(key: KI): V | undefined {
    if (this.#encoding) return this.#another().take(key);
    this.#encodeKey(key);
    const result =
      this.#flags === 0
        ? libbpf.bpf_map_lookup_and_delete_elem(this.#fd(), this.#key.address, this.#value.address)
        : libbpf.bpf_map_lookup_and_delete_elem_flags(
            this.#fd(),
            this.#key.address,
            this.#value.address,
            this.#flags,
          );
    if (result === 0) return this.#valueCodec.read(this.#value.view, 0);
    if (result === -ENOENT) return undefined;
    throw takeFailure(this.#map, -result);
  }

  /** Sets many, checking all before the first is set. @throws {BatchError} */
  updateMany(entries: Iterable<readonly [KI, VI]>): void {
    this.#map.assertOpen();
    assertIterable(entries, "entries");
    const keys = new Chunks(this.#keyCodec);
    const values = new Chunks(this.#valueCodec);
    try {
      for (const entry of entries) {
        if (!Array.isArray(entry)) throw wrong(entry, "a key and a value", `[${keys.length}]`);
        const [key, value] = entry;
        keys.push(key, "key");
        values.push(value, "value");
      }
      putAll(this.#map, keys, values, this.#flags, (operation, errno) => this.failure(operation, errno));
    } finally {
      keys.release();
      values.release();
    }
  }

  /** @returns how many were there */
  deleteMany(keys: Iterable<KI>): number {
    this.#map.assertOpen();
    assertIterable(keys, "keys");
    const all = new Chunks(this.#keyCodec);
    try {
      for (const key of keys) all.push(key);
      return deleteAll(this.#map, all);
    } finally {
      all.release();
    }
  }

  /** Deletes every key that a walk meets. */
  clear(): void {
    for (const { keys, count } of this.#batches()) {
      const all = Chunks.copyOf(keys, count, this.#keyCodec);
      try {
        deleteAll(this.#map, all);
      } finally {
        all.release();
      }
    }
  }

  /** Takes every element that a walk meets. @throws {TakeError} */
  takeAll(): [K, V][] {
    const all: [K, V][] = [];
    let failed: { readonly error: unknown } | undefined;
    const { size: keySize, read: readKey } = this.#keyCodec;
    const { size: valueSize, read: readValue } = this.#valueCodec;
    try {
      for (const { keys, values, count } of takeAll(this.#map, keySize, valueSize, this.#flags))
        for (let i = 0; i < count; i++) {
          try {
            all.push([readKey(keys, i * keySize), readValue(values, i * valueSize)]);
          } catch (error) {
            failed ??= { error };
          }
        }
    } catch (error) {
      failed ??= { error };
    }
    if (failed === undefined) return all;
    throw all.length === 0 ? failed.error : new TakeError(this.#map.title, all, failed.error);
  }

  count(): number {
    let total = 0;
    for (const { count } of this.#batches()) total += count;
    return total;
  }

  /** @param known - what it may mean, when the caller knows more */
  failure(operation: string, errno: number, known?: string): BpfError {
    const hint =
      known ??
      (errno === E2BIG
        ? `The map is full: delete keys, or give load() { maps: { ${this.#map.member}: { maxEntries: … } } }`
        : this.#map.hint(errno));
    return new BpfError({ operation: `${operation} ${this.#map.title}`, errno, hint });
  }

  *entries(): Generator<[K, V], undefined> {
    const map = this.#map;
    const { size: keySize, read: readKey } = this.#keyCodec;
    const { size: valueSize, read: readValue } = this.#valueCodec;
    for (const { keys, values, count } of this.#batches()) {
      for (let i = 0; i < count; i++) {
        map.assertOpen();
        yield [readKey(keys, i * keySize), readValue(values, i * valueSize)];
      }
    }
  }

  *keys(): Generator<K, undefined> {
    const { size, read } = this.#keyCodec;
    for (const { keys, count } of this.#batches()) {
      for (let i = 0; i < count; i++) {
        this.#map.assertOpen();
        yield read(keys, i * size);
      }
    }
  }

  *values(): Generator<V, undefined> {
    const { size, read } = this.#valueCodec;
    for (const { values, count } of this.#batches()) {
      for (let i = 0; i < count; i++) {
        this.#map.assertOpen();
        yield read(values, i * size);
      }
    }
  }

  #batches(): ReturnType<typeof batches> {
    return batches(this.#map, this.#keyCodec.size, this.#valueCodec.size, this.#walk, this.#flags);
  }

  /** The descriptor; what encoding called may have closed the map. */
  #fd(): number {
    const { usableFd } = this.#map;
    return usableFd >= 0 ? usableFd : this.#map.fd;
  }

  #encodeKey(key: KI): void {
    this.#fd();
    this.#encoding = true;
    try {
      this.#keyCodec.write(this.#key.view, 0, key);
    } catch (error) {
      throw ValueError.within(error, "key");
    } finally {
      this.#encoding = false;
    }
  }

  /** The same map with memory of its own. */
  #another(): Elements<K, V, KI, VI> {
    return new Elements(this.#map, this.#keyCodec, this.#valueCodec, this.#walk);
  }
}

/** Encodes a key or value; what does not fit is named by `part`. */
export function encoded<T, I>(codec: Codec<T, I>, value: I, part: string): Uint8Array {
  const bytes = new Uint8Array(codec.size);
  try {
    codec.write(new DataView(bytes.buffer), 0, value);
  } catch (error) {
    throw ValueError.within(error, part);
  }
  return bytes;
}
