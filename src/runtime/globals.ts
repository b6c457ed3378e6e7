/** The memory behind global variables: ours before the object is loaded, the kernel's own afterwards. */
import { assertObject } from "./arguments.ts";
import type { Address, BpfMapPointer } from "./c.ts";
import { closedView } from "./codec/cursor.ts";
import { ReadOnlyError, SkeletonError } from "./errors.ts";
import { GlobalsMemory } from "./globals-memory.ts";
import { mapMemory } from "./memory.ts";
import { allocate, copyFrom, copyTo, libbpf } from "./native.ts";

/** What generated code says about a section of global variables. */
export interface GlobalsDescriptor {
  /** `.data`, `.rodata`, `.bss`, or one of one's own such as `.data.custom` */
  readonly section: string;
  /** Bytes of the section. */
  readonly size: number;
  readonly Class: new (memory: GlobalsMemory) => object;
}

/** The memory of a section, from opening to closing. */
export interface SectionMemory {
  readonly memory: GlobalsMemory;
  /** Just before libbpf loads the object. */
  prepare(): void;
  /** Just after. */
  load(): void;
  close(): void;
}

/** One section of global variables, from opening to closing. */
export class GlobalsSection implements SectionMemory {
  readonly memory: GlobalsMemory;
  readonly #map: BpfMapPointer;
  readonly #title: string;
  readonly #size: number;
  readonly #readOnly: boolean;
  /** libbpf's memory of the values that the section starts with. */
  readonly #initial: Address;
  /** Ours of the same, until the object is loaded: a setter may run code that closes the object under its hands. */
  readonly #values: Uint8Array<ArrayBuffer>;
  #unmap: (() => void) | undefined;

  /** Opens the section of an object that is not loaded yet. */
  constructor(source: string, descriptor: GlobalsDescriptor, map: BpfMapPointer) {
    this.#map = map;
    this.#size = descriptor.size;
    this.#title = `${descriptor.section} of ${source}`;
    this.#readOnly = descriptor.section.startsWith(".rodata");
    this.#initial = initialValue(this.#title, descriptor.size, map);
    this.#values = copyFrom(this.#initial, descriptor.size);
    this.memory = new GlobalsMemory(new DataView(this.#values.buffer));
  }

  /** Hands the configured values to libbpf, just before it loads the object. */
  prepare(): void {
    copyTo(this.#initial, this.#values);
  }

  /** Moves to the kernel's memory: libbpf does that on its own only for the skeletons that bpftool makes. */
  load(): void {
    const fd = libbpf.bpf_map__fd(this.#map);
    const mapping = mapMemory(fd, this.#size, 0, !this.#readOnly, this.#title);
    this.#unmap = () => mapping.close();
    this.memory.move(mapping.view, this.#readOnly ? readOnlyView(this.#title) : undefined);
  }

  close(): void {
    this.memory.close(closedView(this.#title));
    this.#unmap?.();
    this.#unmap = undefined;
  }
}

/**
 * Where libbpf has the values that a section starts with.
 *
 * @throws {SkeletonError} when it is not of that size
 */
export function initialValue(title: string, size: number, map: BpfMapPointer): Address {
  const told = allocate(8);
  const initial = libbpf.bpf_map__initial_value(map, told.address);
  const actual = Number(told.view.getBigUint64(0, true));
  if (initial !== null && actual === size) return initial;
  throw new SkeletonError(
    `${title} has ${actual} bytes, but the skeleton was made for ${size}: run tinybpf-gen again`,
  );
}

/** A `DataView` whose every use says that the section cannot be written any more. */
export function readOnlyView(title: string): DataView {
  return new Proxy(new DataView(new ArrayBuffer(0)), {
    get() {
      throw new ReadOnlyError(title);
    },
  });
}

/** Of a map's name in the kernel: `BPF_OBJ_NAME_LEN` with its NUL is 16. */
const NAME_LENGTH = 15;

/**
 * Finds the map that libbpf makes for a section. It names those of `.data`, `.rodata` and `.bss` after object and
 * section, cut to 15 characters, and others after the section (libbpf.c, `internal_map_name`, `map_uses_real_name`); of
 * `.bss.x` the name is cut, too, and has `_` for signs that the kernel does not take.
 */
export function findGlobalsMap(
  maps: Iterable<readonly [name: string, map: BpfMapPointer]>,
  section: string,
): BpfMapPointer | undefined {
  const cut = section.slice(0, NAME_LENGTH).replaceAll(/[^A-Za-z0-9_.]/g, "_");
  for (const [name, map] of maps) {
    if (!libbpf.bpf_map__is_internal(map)) continue;
    if (
      name === section ||
      (section.startsWith(".bss.") && name === cut) ||
      (!name.startsWith(".") && name.endsWith(section))
    )
      return map;
  }
  return undefined;
}

/** Assigns configured values to global variables, each through its accessor. */
export function assignGlobals(globals: object, values: object, section: string): void {
  assertObject(values, "");
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    const accessor = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(globals), name);
    if (accessor?.set === undefined) throw new SkeletonError(`there is no variable ${name} in ${section}`);
    accessor.set.call(globals, value);
  }
}
