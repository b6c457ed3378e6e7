/** `BPF_MAP_TYPE_PERCPU_HASH`, `BPF_MAP_TYPE_LRU_PERCPU_HASH` */
import type { Codec } from "../codec/codec.ts";
import { HashMap } from "./hash.ts";
import type { MapDescriptor, MapHandle } from "./map.ts";
import { type Addend, reduceOf, sumOf } from "./per-cpu-values.ts";
import { perCpu, possibleCpus } from "./per-cpu.ts";

/**
 * A hash map with a value of its own for each CPU: reading gives an array, by CPU, and writing takes exactly
 * {@link cpus} values.
 *
 * @example
 * ```ts
 * const packets = traffic.maps.by_protocol.sum(0x0800, (value) => value.packets);
 * ```
 */
export class PerCpuHashMap<K, V, KI = K, VI = V> extends HashMap<K, V[], KI, readonly VI[]> {
  /** @internal */
  constructor(handle: MapHandle, key: Codec<K, KI>, value: Codec<V, VI>) {
    super(handle, key, perCpu(value));
  }

  /** Values of a key: one for each possible CPU. */
  get cpus(): number {
    return possibleCpus();
  }

  /**
   * The sum of a key's values, or of what `of` picks from each; `undefined` when the key is absent. Numbers are added as
   * numbers, bigints as bigints.
   */
  sum<N extends number | bigint = V extends number | bigint ? V : never>(
    key: KI,
    ...of: Addend<V, N>
  ): N | undefined {
    return sumOf(this.get(key), of);
  }

  /** Folds a key's values, by CPU; `undefined` when the key is absent. */
  reduce<A>(key: KI, fold: (total: A, value: V, cpu: number) => A, initial: A): A | undefined {
    return reduceOf(this.get(key), fold, initial);
  }
}

/** Describes a per-CPU hash map; `value` is the value of one CPU. */
export function perCpuHashMap<K, KI, V, VI>(
  key: Codec<K, KI>,
  value: Codec<V, VI>,
): MapDescriptor<PerCpuHashMap<K, V, KI, VI>> {
  return {
    types: ["percpu_hash", "lru_percpu_hash"],
    keySize: key.size,
    valueSize: value.size,
    create: (handle) => new PerCpuHashMap(handle, key, value),
  };
}
