/** `BPF_MAP_TYPE_PERCPU_ARRAY` */
import type { Codec } from "../codec/codec.ts";
import { ArrayMap, syscallAccess } from "./array.ts";
import type { MapDescriptor, MapHandle } from "./map.ts";
import { perCpu, possibleCpus } from "./per-cpu.ts";

/**
 * An array with elements of its own for each CPU: reading gives an array, by CPU, and writing takes exactly
 * {@link cpus} values.
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
