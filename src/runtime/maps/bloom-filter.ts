/** `BPF_MAP_TYPE_BLOOM_FILTER` */
import type { Codec } from "../codec/codec.ts";
import { ENOENT } from "../errno.ts";
import { BpfError } from "../errors.ts";
import { allocate, libbpf, type Memory } from "../native.ts";
import { encoded } from "./elements.ts";
import { BpfMap, type MapDescriptor, type MapHandle } from "./map.ts";

/**
 * A Bloom filter: a set that never forgets a value, and sometimes says that one is in it that is not. Nothing can be
 * deleted or listed. Needs Linux 5.16.
 *
 * @typeParam V - what it holds, as it is given
 */
export class BloomFilter<V> extends BpfMap {
  readonly #handle: MapHandle;
  readonly #value: Codec<unknown, V>;
  /** For every call: nobody else's code runs between filling it and the call. */
  readonly #memory: Memory;

  /** @internal */
  constructor(handle: MapHandle, value: Codec<unknown, V>) {
    super(handle);
    this.#handle = handle;
    this.#value = value;
    this.#memory = allocate(value.size);
  }

  /** @throws {ValueError} for a value that does not fit its C type */
  add(value: V): this {
    const memory = this.#encode(value);
    const result = libbpf.bpf_map_update_elem(this.#handle.fd, null, memory.address, 0);
    if (result === 0) return this;
    const hint = this.#handle.hint(-result);
    throw new BpfError({ operation: `add a value to ${this.#handle.title}`, errno: -result, hint });
  }

  /** @returns `false` when the value was never added; `true` when it was, or by chance looks so */
  has(value: V): boolean {
    const memory = this.#encode(value);
    const result = libbpf.bpf_map_lookup_elem(this.#handle.fd, null, memory.address);
    if (result === 0) return true;
    if (result === -ENOENT) return false;
    throw new BpfError({ operation: `look for a value in ${this.#handle.title}`, errno: -result });
  }

  #encode(value: V): Memory {
    this.#handle.assertOpen();
    const bytes = encoded(this.#value, value, "value");
    this.#memory.bytes.set(bytes);
    return this.#memory;
  }
}

/** Describes a Bloom filter. */
export function bloomFilter<V, VI>(value: Codec<V, VI>): MapDescriptor<BloomFilter<VI>> {
  return {
    types: ["bloom_filter"],
    keySize: 0,
    valueSize: value.size,
    create: (handle) => new BloomFilter(handle, value),
  };
}
