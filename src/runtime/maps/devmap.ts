/** `BPF_MAP_TYPE_DEVMAP`, `BPF_MAP_TYPE_DEVMAP_HASH` */
import { text } from "../arguments.ts";
import { show, u32 } from "../codec/check.ts";
import { le } from "../codec/kinds.ts";
import { TinyBpfError, ValueError } from "../errors.ts";
import { libc } from "../native.ts";
import { Elements } from "./elements.ts";
import { type Descriptor, descriptor } from "./fd-argument.ts";
import { BpfMap, type MapDescriptor, type MapHandle } from "./map.ts";
import { redirectValue, type RedirectValue } from "./redirect-value.ts";
import { UPDATE_MODES } from "./update-mode.ts";

/** Where a packet goes that is redirected to a key. */
export interface DevMapEntry {
  /** Index of the network interface. */
  readonly ifindex: number;
  /** Id of the XDP program that runs on the way out; undefined when there is none. */
  readonly programId: number | undefined;
}

/**
 * Network interfaces that XDP programs redirect packets to. An interface that is removed leaves the map. A `devmap` has
 * the keys from 0 to below `maxEntries`, a `devmap_hash` any 32-bit number. Needs Linux 4.14; `devmap_hash` 5.4.
 *
 * @example
 * ```ts
 * router.maps.ports.set(1, "eth1");
 * ```
 */
export class DevMap extends BpfMap {
  readonly #handle: MapHandle;
  readonly #elements: Elements<number, RedirectValue, number, RedirectValue>;

  /** @internal */
  constructor(handle: MapHandle) {
    super(handle);
    this.#handle = handle;
    this.#elements = new Elements(handle, le.u32, redirectValue(handle.valueSize), "keys");
  }

  /** Where packets for a key go; `undefined` when nowhere. */
  get(key: number): DevMapEntry | undefined {
    const value = this.#elements.get(key);
    return value === undefined ? undefined : entry(value);
  }

  has(key: number): boolean {
    return this.#elements.has(key);
  }

  /**
   * @param netInterface - its name, as in `eth0`, or its index
   * @param program - an XDP program with `SEC("xdp/devmap")` that runs on the way out; needs Linux 5.8, and values
   *   declared as `struct bpf_devmap_val`
   * @throws {ValueError} when there is no such interface
   * @throws {BpfError} `E2BIG` for a key beyond `maxEntries` or a full map, `EINVAL` for a program that does not fit
   */
  set(key: number, netInterface: string | number, program?: Descriptor): this {
    this.#handle.assertOpen();
    const value = { number: interfaceIndex(netInterface), program: programOf(this, program) };
    const errno = this.#elements.update(key, value, UPDATE_MODES.any);
    if (errno !== 0) throw this.#elements.failure(`put interface ${netInterface} into`, errno);
    return this;
  }

  /** @returns whether the key was there */
  delete(key: number): boolean {
    // Of an empty slot of a `devmap` the kernel does not say so (devmap.c, dev_map_delete_elem).
    return (this.type !== "devmap" || this.has(key)) && this.#elements.delete(key);
  }

  /** Every key that has an interface. */
  *entries(): Generator<[number, DevMapEntry], undefined> {
    for (const [key, value] of this.#elements.entries()) yield [key, entry(value)];
  }

  [Symbol.iterator](): Generator<[number, DevMapEntry], undefined> {
    return this.entries();
  }
}

function entry({ number, program }: RedirectValue): DevMapEntry {
  return { ifindex: number, programId: program === 0 ? undefined : program };
}

/** @throws {ValueError} when there is no such interface */
function interfaceIndex(netInterface: string | number): number {
  const index =
    typeof netInterface === "number"
      ? u32(netInterface, "netInterface")
      : libc.if_nametoindex(text(netInterface, "netInterface"));
  if (index !== 0) return index;
  throw new ValueError(`there is no interface ${show(netInterface)}: see \`ip link\``);
}

/** @throws {TinyBpfError} when the values have no room for a program */
export function programOf(map: BpfMap, program: Descriptor | undefined): number {
  if (program === undefined) return 0;
  if (map.valueSize >= 8) return descriptor(program, "program");
  const type = map.type === "cpumap" ? "cpumap" : "devmap";
  throw new TinyBpfError(
    `values of map ${map.name} have no room for a program: declare it with __type(value, struct bpf_${type}_val)`,
  );
}

/** Describes a map of interfaces; its values are declared with 4 or 8 bytes. */
export function devMap(valueSize: number): MapDescriptor<DevMap> {
  return {
    types: ["devmap", "devmap_hash"],
    keySize: 4,
    valueSize,
    create: (handle) => new DevMap(handle),
  };
}
