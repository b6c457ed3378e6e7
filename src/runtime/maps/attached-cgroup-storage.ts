/** `BPF_MAP_TYPE_CGROUP_STORAGE`, `BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE`: deprecated in favour of `BPF_MAP_TYPE_CGRP_STORAGE` */
import type { Codec } from "../codec/codec.ts";
import { ENOENT } from "../errno.ts";
import { Elements } from "./elements.ts";
import { BpfMap, type MapDescriptor, type MapHandle } from "./map.ts";
import { perCpu, possibleCpus } from "./per-cpu.ts";
import { type Addend, sumOf } from "./per-cpu-values.ts";
import { UPDATE_MODES } from "./update-mode.ts";

/**
 * A value for each cgroup that a program is attached to: the kernel adds it when the program is attached, and it stays as
 * long as the cgroup (before Linux 5.9, until the program is detached). The key is a `struct bpf_cgroup_storage_key`, or, with values that all of a cgroup's attachments
 * share (Linux 5.9), the cgroup's id alone: the inode of its folder. Linux 4.19; a `CgroupStorage` is what Linux 6.2 has in
 * its place.
 *
 * Every call is a system call, and throws a `ClosedError` once the map is closed, a `ValueError` for a key or value that does
 * not fit its C type, and a `BpfError` for anything that the kernel refuses.
 */
export class AttachedCgroupStorage<K, V, KI = K, VI = V> extends BpfMap {
  readonly #elements: Elements<K, V, KI, VI>;

  /** @internal */
  constructor(handle: MapHandle, key: Codec<K, KI>, value: Codec<V, VI>) {
    super(handle);
    this.#elements = new Elements(handle, key, value, "keys");
  }

  /** How many there are: this walks through all of them. */
  get size(): number {
    return this.#elements.count();
  }

  /** The value of an attachment; `undefined` when there is no such one. */
  get(key: KI): V | undefined {
    return this.#elements.get(key);
  }

  has(key: KI): boolean {
    return this.#elements.has(key);
  }

  /** Sets the value of an attachment. @returns whether there is one: `ENOENT` is `false` */
  set(key: KI, value: VI): boolean {
    const errno = this.#elements.update(key, value, UPDATE_MODES.any);
    if (errno === 0) return true;
    if (errno === ENOENT) return false;
    throw this.#elements.failure("set a key in", errno);
  }

  /** Every key with its value. Those that come or go meanwhile may be seen or not. */
  entries(): Generator<[K, V], undefined> {
    return this.#elements.entries();
  }

  keys(): Generator<K, undefined> {
    return this.#elements.keys();
  }

  values(): Generator<V, undefined> {
    return this.#elements.values();
  }

  [Symbol.iterator](): Generator<[K, V], undefined> {
    return this.entries();
  }
}

/** The same with a value of its own for each CPU: reading gives an array, by CPU, and writing takes {@link cpus} values. */
export class PerCpuAttachedCgroupStorage<K, V, KI = K, VI = V> extends AttachedCgroupStorage<
  K,
  V[],
  KI,
  readonly VI[]
> {
  /** @internal */
  constructor(handle: MapHandle, key: Codec<K, KI>, value: Codec<V, VI>) {
    super(handle, key, perCpu(value));
  }

  /** Values of a key: one for each possible CPU. */
  get cpus(): number {
    return possibleCpus();
  }

  /** The sum of a key's values, or of what `of` picks from each; `undefined` when there is no such key. */
  sum<N extends number | bigint = V extends number | bigint ? V : never>(
    key: KI,
    ...of: Addend<V, N>
  ): N | undefined {
    return sumOf(this.get(key), of);
  }
}

/** Describes storage by attachment to cgroups. */
export function attachedCgroupStorage<K, KI, V, VI>(
  key: Codec<K, KI>,
  value: Codec<V, VI>,
): MapDescriptor<AttachedCgroupStorage<K, V, KI, VI>> {
  return {
    types: ["cgroup_storage"],
    keySize: key.size,
    valueSize: value.size,
    create: (handle) => new AttachedCgroupStorage(handle, key, value),
  };
}

/** Describes the same with values of each CPU; `value` is the value of one. */
export function perCpuAttachedCgroupStorage<K, KI, V, VI>(
  key: Codec<K, KI>,
  value: Codec<V, VI>,
): MapDescriptor<PerCpuAttachedCgroupStorage<K, V, KI, VI>> {
  return {
    types: ["percpu_cgroup_storage"],
    keySize: key.size,
    valueSize: value.size,
    create: (handle) => new PerCpuAttachedCgroupStorage(handle, key, value),
  };
}
