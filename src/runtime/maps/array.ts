/** `BPF_MAP_TYPE_ARRAY` */
import { assertFunction, assertIterable } from "../arguments.ts";
import { type BigIntInput, i32, i64, show, u32, u64 } from "../codec/check.ts";
import type { Codec } from "../codec/codec.ts";
import { closedView } from "../codec/cursor.ts";
import { le } from "../codec/kinds.ts";
import { IndexError } from "../errors.ts";
import { GlobalsMemory } from "../globals-memory.ts";
import { mapMemory } from "../memory.ts";
import { Elements } from "./elements.ts";
import { isFrozen } from "./kernel-info.ts";
import { BpfMap, type MapDescriptor, type MapHandle } from "./map.ts";
import { hasKernelFields } from "./spin-lock.ts";
import { UPDATE_MODES } from "./update-mode.ts";

/** How single elements of an array are reached: by syscalls, or in mapped memory. */
interface ElementAccess<V, VI> {
  get(index: number): V;
  set(index: number, value: VI): void;
  /** Lets go of memory, until the next use. */
  release?(): void;
}

/** How an array's elements are reached. */
export interface ArrayAccess<V, VI> extends ElementAccess<V, VI> {
  values(): Generator<V, undefined>;
  setMany(entries: Iterable<readonly [number, VI]>): void;
}

/**
 * An array of fixed length. What is read is a copy.
 *
 * With `BPF_F_MMAPABLE` its elements are read and written in mapped memory, else, and once it is frozen, each call is a system
 * call. Every use
 * throws a `ClosedError` once the skeleton is closed, an `IndexError` beyond the array's end, and a `ValueError` for a
 * value that does not fit its C type.
 *
 * @typeParam V - an element when read
 * @typeParam VI - what writing an element accepts
 */
export class ArrayMap<V, VI = V> extends BpfMap {
  readonly #handle: MapHandle;
  readonly #access: ArrayAccess<V, VI>;

  /** @internal */
  constructor(handle: MapHandle, access: ArrayAccess<V, VI>) {
    super(handle);
    this.#handle = handle;
    this.#access = access;
  }

  /** How many elements there are. */
  get length(): number {
    return this.#handle.maxEntries;
  }

  get(index: number): V {
    return this.#access.get(this.#check(index));
  }

  set(index: number, value: VI): this {
    this.#access.set(this.#check(index), value);
    return this;
  }

  /** The elements at indices, in their order. Of all elements, iterating reads many in a system call. */
  getMany(indices: Iterable<number>): V[] {
    assertIterable(indices, "indices");
    const elements: V[] = [];
    for (const index of indices) elements.push(this.get(index));
    return elements;
  }

  /**
   * Sets many elements, about a thousand in a system call where the kernel can (arrays from Linux 5.6, per-CPU arrays from
   * 5.14). All are checked before the first is set.
   *
   * @throws {IndexError} beyond the array's end, or {ValueError} for a value that does not fit; nothing is set then
   * @throws {BatchError} when the kernel refuses one: those before it are set, and `done` counts them
   */
  setMany(entries: Iterable<readonly [index: number, value: VI]>): this {
    assertIterable(entries, "entries");
    this.#access.setMany(this.#checked(entries));
    return this;
  }

  /** Every index with its element. */
  *entries(): Generator<[number, V], undefined> {
    let index = 0;
    for (const value of this.#access.values()) yield [index++, value];
  }

  *keys(): Generator<number, undefined> {
    for (let index = 0; index < this.length; index++) yield index;
  }

  values(): Generator<V, undefined> {
    return this.#access.values();
  }

  forEach(callback: (value: V, index: number, map: this) => void): void {
    assertFunction(callback, "callback");
    for (const [index, value] of this.entries()) callback(value, index, this);
  }

  /** The elements, as with a JavaScript array. */
  [Symbol.iterator](): Generator<V, undefined> {
    return this.values();
  }

  override freeze(): void {
    // The kernel freezes nothing that is mapped to be written (syscall.c, map_freeze).
    this.#access.release?.();
    super.freeze();
  }

  *#checked(entries: Iterable<readonly [number, VI]>): Generator<readonly [number, VI], undefined> {
    for (const entry of entries) {
      // What is no pair is told by who takes it.
      if (Array.isArray(entry)) this.#check(entry[0]);
      yield entry;
    }
  }

  #check(index: number): number {
    if (Number.isInteger(index) && index >= 0 && index < this.#handle.maxEntries) return index;
    throw new IndexError(
      `${this.#handle.title} has no element ${show(index)}: they are 0 to ${this.length - 1}`,
    );
  }
}

/** Elements through the bpf syscall. */
export function syscallAccess<V, VI>(handle: MapHandle, value: Codec<V, VI>): ArrayAccess<V, VI> {
  const elements = new Elements(handle, le.u32, value);
  return {
    get(index) {
      const element = elements.get(index);
      // The kernel has every element of an array.
      if (element === undefined) throw new IndexError(`${handle.title} has no element ${index}`);
      return element;
    },
    set(index, element) {
      const errno = elements.update(index, element, UPDATE_MODES.any);
      if (errno !== 0) throw elements.failure("set an element of", errno);
    },
    values: () => elements.values(),
    setMany: (entries) => elements.updateMany(entries),
  };
}

/** Elements in memory that the kernel and we share; through the syscall, where that cannot be mapped to be written. */
function mappedAccess<V, VI>(handle: MapHandle, value: Codec<V, VI>): ArrayAccess<V, VI> {
  let opened: ElementAccess<V, VI> | undefined;
  let through: ArrayAccess<V, VI> | undefined;
  const release = (): void => {
    opened?.release?.();
    opened = undefined;
  };
  // When it is first used: somebody may have frozen it until then (syscall.c, bpf_map_mmap), and cannot while it is mapped.
  const access = (): ElementAccess<V, VI> => {
    if (opened !== undefined) return opened;
    opened = isFrozen(handle.fd) ? syscallAccess(handle, value) : memoryAccess(handle, value);
    handle.onClose(release);
    return opened;
  };
  return {
    get: (index) => access().get(index),
    set: (index, element) => access().set(index, element),
    *values(): Generator<V, undefined> {
      for (let index = 0; index < handle.maxEntries; index++) yield access().get(index);
    },
    // It is the same memory.
    setMany: (entries) => (through ??= syscallAccess(handle, value)).setMany(entries),
    release,
  };
}

function memoryAccess<V, VI>(handle: MapHandle, value: Codec<V, VI>): ElementAccess<V, VI> {
  // arraymap.c, array_map_alloc: elements are rounded up to 8 bytes.
  const stride = Math.ceil(value.size / 8) * 8;
  const mapping = mapMemory(handle.fd, stride * handle.maxEntries, 0, true, handle.title);
  const memory = new GlobalsMemory(mapping.view);
  const { load, store } = elementOf(value);
  return {
    get: (index) => load(memory, index * stride),
    set: (index, element) => store(memory, index * stride, element),
    release() {
      memory.close(closedView(handle.title));
      mapping.close();
    },
  };
}

/** How an element is read and written in memory. */
interface Element<V, VI> {
  readonly load: (memory: GlobalsMemory, at: number) => V;
  readonly store: (memory: GlobalsMemory, at: number, value: VI) => void;
}

/** Numbers, by their codec: one load and one store each, since a BPF program may use them meanwhile. */
const NUMBERS: ReadonlyMap<unknown, unknown> = new Map<unknown, unknown>([
  [
    le.u32,
    number(
      (memory, at) => memory.loadU32(at),
      (memory, at, value) => memory.storeU32(at, u32(value, "value")),
    ),
  ],
  [
    le.i32,
    number(
      (memory, at) => memory.loadI32(at),
      (memory, at, value) => memory.storeI32(at, i32(value, "value")),
    ),
  ],
  [
    le.u64,
    bigint(
      (memory, at) => memory.loadU64(at),
      (memory, at, value) => memory.storeU64(at, u64(value, "value")),
    ),
  ],
  [
    le.i64,
    bigint(
      (memory, at) => memory.loadI64(at),
      (memory, at, value) => memory.storeI64(at, i64(value, "value")),
    ),
  ],
  [
    le.safeU64,
    number(
      (memory, at) => memory.loadSafeU64(at, "value"),
      (memory, at, value) => memory.storeSafeU64(at, value, "value"),
    ),
  ],
  [
    le.safeI64,
    number(
      (memory, at) => memory.loadSafeI64(at, "value"),
      (memory, at, value) => memory.storeSafeI64(at, value, "value"),
    ),
  ],
]);

function number(
  load: Element<number, number>["load"],
  store: Element<number, number>["store"],
): Element<number, number> {
  return { load, store };
}

function bigint(
  load: Element<bigint, BigIntInput>["load"],
  store: Element<bigint, BigIntInput>["store"],
): Element<bigint, BigIntInput> {
  return { load, store };
}

function elementOf<V, VI>(value: Codec<V, VI>): Element<V, VI> {
  // The codec that is the key of an entry is the one whose types the entry has.
  const single = NUMBERS.get(value) as Element<V, VI> | undefined;
  return (
    single ?? {
      load: (memory, at) => value.read(memory.view, at),
      store: (memory, at, element) => memory.write(at, element, value, "value"),
    }
  );
}

const BPF_F_RDONLY = 1 << 3;
const BPF_F_WRONLY = 1 << 4;
const BPF_F_RDONLY_PROG = 1 << 7;
const BPF_F_MMAPABLE = 1 << 10;
/** With these the kernel maps no memory to be written (syscall.c, bpf_map_mmap). */
const UNMAPPABLE = BPF_F_RDONLY | BPF_F_WRONLY | BPF_F_RDONLY_PROG;
/** One mapping shows less than 4 GiB; larger arrays are reached through syscalls. */
const MAPPABLE = 2 ** 32;

/** Describes an array. */
export function arrayMap<V, VI>(value: Codec<V, VI>): MapDescriptor<ArrayMap<V, VI>> {
  return {
    types: ["array"],
    keySize: 4,
    valueSize: value.size,
    create(handle) {
      const { flags, maxEntries } = handle;
      const mappable =
        (flags & (BPF_F_MMAPABLE | UNMAPPABLE)) === BPF_F_MMAPABLE &&
        (value.size + 8) * maxEntries < MAPPABLE &&
        !hasKernelFields(value);
      return new ArrayMap(handle, mappable ? mappedAccess(handle, value) : syscallAccess(handle, value));
    },
  };
}
