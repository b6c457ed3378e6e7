/** `BPF_MAP_TYPE_PERCPU_ARRAY` */
import { assertFunction } from "../arguments.ts";
import type { Codec } from "../codec/codec.ts";
import { ArrayMap, syscallAccess } from "./array.ts";
import type { MapDescriptor, MapHandle } from "./map.ts";
import { type Addend, sumOf } from "./per-cpu-values.ts";
import { perCpu, possibleCpus } from "./per-cpu.ts";

/**
 * An array with elements of its own for each CPU: reading gives an array, by CPU, and writing takes exactly
 * {@link cpus} values.
 *
 * @example
 * ```ts
 * const packets = traffic.maps.counters.sum(0, (value) => value.packets);
 * ```
 */
export class PerCpuArrayMap<V, VI = V> extends ArrayMap<V[], readonly VI[]> {
  /** @internal */
  constructor(handle: MapHandle, value: Codec<V, VI>) {
    super(handle, syscallAccess(handle, perCpu(value)));
  }

  /** Values of an element: one for each possible CPU. */
  get cpus(): number {
    return possibleCpus();
  }

  /**
   * The sum of an element's values, or of what `of` picks from each. Numbers are added as numbers, bigints as bigints.
   *
   * @throws {IndexError} beyond the array's end
   */
  sum<N extends number | bigint = V extends number | bigint ? V : never>(
    index: number,
    ...of: Addend<V, N>
  ): N {
    // There is at least one CPU, and every element of an array is there.
    return sumOf(this.get(index), of) as N;
  }

  /**
   * Folds an element's values, by CPU.
   *
   * @throws {IndexError} beyond the array's end
   */
  reduce<A>(index: number, fold: (total: A, value: V, cpu: number) => A, initial: A): A {
    assertFunction(fold, "fold");
    return this.get(index).reduce<A>((total, value, cpu) => fold(total, value, cpu), initial);
  }
}

/** Describes a per-CPU array; `value` is the value of one CPU. */
export function perCpuArrayMap<V, VI>(value: Codec<V, VI>): MapDescriptor<PerCpuArrayMap<V, VI>> {
  return {
    types: ["percpu_array"],
    keySize: 4,
    valueSize: value.size,
    create: (handle) => new PerCpuArrayMap(handle, value),
  };
}
