/** `BPF_MAP_TYPE_CPUMAP` */
import { u32 } from "../codec/check.ts";
import { programOf } from "./devmap.ts";
import type { Descriptor } from "./fd-argument.ts";
import type { MapDescriptor, MapHandle } from "./map.ts";
import { redirectValue, type RedirectValue } from "./redirect-value.ts";
import { SlotArray } from "./slots.ts";

/** How packets are queued that are redirected to a CPU. */
export interface CpuMapEntry {
  /** How many packets may wait. */
  readonly queueSize: number;
  /** Id of the XDP program that runs there; undefined when there is none. */
  readonly programId: number | undefined;
}

/** CPUs that XDP programs redirect packets to, by their numbers. Needs Linux 4.15. */
export class CpuMap extends SlotArray<RedirectValue, RedirectValue> {
  /** @internal */
  constructor(handle: MapHandle) {
    super(handle, redirectValue(handle.valueSize));
  }

  /** How packets for a CPU are queued; `undefined` when it takes none. @throws {IndexError} beyond `maxEntries` */
  get(cpu: number): CpuMapEntry | undefined {
    const value = this.read(cpu);
    return value === undefined ? undefined : entry(value);
  }

  has(cpu: number): boolean {
    return this.read(cpu) !== undefined;
  }

  /**
   * Lets a CPU take packets; the kernel starts a thread on it.
   *
   * @param queueSize - how many packets may wait, 1 to 16384
   * @param program - an XDP program with `SEC("xdp/cpumap")` that runs there; needs Linux 5.9, and values declared as
   *   `struct bpf_cpumap_val`
   * @throws {BpfError} `EOVERFLOW` for another queue size, `ENODEV` for a CPU that cannot be there
   * @throws {IndexError} beyond `maxEntries`
   */
  set(cpu: number, queueSize: number, program?: Descriptor): this {
    const value = { number: u32(queueSize, "queueSize"), program: programOf(this, program) };
    return this.write(cpu, value, "a CPU");
  }

  override delete(cpu: number): boolean {
    // Of an empty slot the kernel does not say so (cpumap.c, cpu_map_delete_elem).
    return this.has(cpu) && super.delete(cpu);
  }

  /** The CPUs that take packets. */
  *entries(): Generator<[number, CpuMapEntry], undefined> {
    for (const [cpu, value] of this.filled()) yield [cpu, entry(value)];
  }

  [Symbol.iterator](): Generator<[number, CpuMapEntry], undefined> {
    return this.entries();
  }
}

function entry({ number, program }: RedirectValue): CpuMapEntry {
  return { queueSize: number, programId: program === 0 ? undefined : program };
}

/** Describes a map of CPUs; its values are declared with 4 or 8 bytes. */
export function cpuMap(valueSize: number): MapDescriptor<CpuMap> {
  return { types: ["cpumap"], keySize: 4, valueSize, create: (handle) => new CpuMap(handle) };
}
