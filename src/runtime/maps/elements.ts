/** Single elements of a map with keys and values, through the bpf syscall. */
import type { Codec } from "../codec/codec.ts";
import { E2BIG, ENOENT } from "../errno.ts";
import { BpfError, ValueError } from "../errors.ts";
import { allocate, libbpf, type Memory } from "../native.ts";
import { batches } from "./batches.ts";
import type { MapHandle } from "./map.ts";

/** The elements of one map. `KI` and `VI` are what writing a key and a value accepts. */
export class Elements<K, V, KI, VI> {
  readonly #map: MapHandle;
  readonly #keyCodec: Codec<K, KI>;
  readonly #valueCodec: Codec<V, VI>;
  // Reused by every call: what C reads and writes here is done when a call returns.
  readonly #key: Memory;
  readonly #value: Memory;
  /** Whether a call is filling them: a getter of a key or value may call us again. */
  #encoding = false;

  constructor(map: MapHandle, key: Codec<K, KI>, value: Codec<V, VI>) {
    this.#map = map;
    this.#keyCodec = key;
    this.#valueCodec = value;
    this.#key = allocate(key.size);
    this.#value = allocate(value.size);
  }

  get(key: KI): V | undefined {
    if (this.#encoding) return this.#another().get(key);
    return this.has(key) ? this.#valueCodec.read(this.#value.view, 0) : undefined;
  }

  has(key: KI): boolean {
    if (this.#encoding) return this.#another().has(key);
    this.#encode(key);
    const result = libbpf.bpf_map_lookup_elem(this.#map.fd, this.#key.address, this.#value.address);
    if (result === 0) return true;
    if (result === -ENOENT) return false;
    throw this.failure("look up a key in", -result);
  }

  /** @returns 0, or the error number */
  update(key: KI, value: VI, flags: number): number {
    if (this.#encoding) return this.#another().update(key, value, flags);
    this.#encode(key, value);
    return -libbpf.bpf_map_update_elem(this.#map.fd, this.#key.address, this.#value.address, flags);
  }

  delete(key: KI): boolean {
    if (this.#encoding) return this.#another().delete(key);
    this.#encode(key);
    const result = libbpf.bpf_map_delete_elem(this.#map.fd, this.#key.address);
    if (result === 0) return true;
    if (result === -ENOENT) return false;
    throw this.failure("delete a key from", -result);
  }

  failure(operation: string, errno: number): BpfError {
    const hint =
      errno === E2BIG
        ? `The map is full: delete keys, or give load() { maps: { ${this.#map.member}: { maxEntries: … } } }`
        : undefined;
    return new BpfError({ operation: `${operation} ${this.#map.title}`, errno, hint });
  }

  *entries(): Generator<[K, V], undefined> {
    for (const { keys, values, count } of this.#batches()) {
      for (let i = 0; i < count; i++) yield [this.#readKey(keys, i), this.#readValue(values, i)];
    }
  }

  *keys(): Generator<K, undefined> {
    for (const { keys, count } of this.#batches()) {
      for (let i = 0; i < count; i++) yield this.#readKey(keys, i);
    }
  }

  *values(): Generator<V, undefined> {
    for (const { values, count } of this.#batches()) {
      for (let i = 0; i < count; i++) yield this.#readValue(values, i);
    }
  }

  #batches(): ReturnType<typeof batches> {
    return batches(this.#map, this.#keyCodec.size, this.#valueCodec.size);
  }

  #readKey(keys: DataView, index: number): K {
    this.#map.assertOpen();
    return this.#keyCodec.read(keys, index * this.#keyCodec.size);
  }

  #readValue(values: DataView, index: number): V {
    this.#map.assertOpen();
    return this.#valueCodec.read(values, index * this.#valueCodec.size);
  }

  #encode(key: KI, ...value: [] | [VI]): void {
    this.#map.assertOpen();
    let part = "value";
    this.#encoding = true;
    try {
      if (value.length === 1) this.#valueCodec.write(this.#value.view, 0, value[0]);
      part = "key";
      this.#keyCodec.write(this.#key.view, 0, key);
    } catch (error) {
      throw ValueError.within(error, part);
    } finally {
      this.#encoding = false;
    }
  }

  /** The same map with memory of its own. */
  #another(): Elements<K, V, KI, VI> {
    return new Elements(this.#map, this.#keyCodec, this.#valueCodec);
  }
}
