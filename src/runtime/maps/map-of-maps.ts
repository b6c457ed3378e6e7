/** `BPF_MAP_TYPE_ARRAY_OF_MAPS`, `BPF_MAP_TYPE_HASH_OF_MAPS` */
import type { Codec } from "../codec/codec.ts";
import { le } from "../codec/kinds.ts";
import { EINVAL } from "../errno.ts";
import { Elements } from "./elements.ts";
import { descriptor } from "./fd-argument.ts";
import { BpfMap, type MapDescriptor, type MapHandle } from "./map.ts";
import { openCurrent } from "./open-current.ts";
import { createLike, type NewMap, type Opened, openMapById } from "./opened.ts";
import { SlotArray } from "./slots.ts";
import { UPDATE_MODES } from "./update-mode.ts";

/** What the C source says of the maps inside: how they are made. */
export interface InnerMap<M> extends NewMap {
  readonly descriptor: MapDescriptor<M>;
}

/**
 * An array of maps, which are all of one kind with the same keys and values.
 *
 * @typeParam M - the maps inside
 * @example
 * ```ts
 * using counters = traffic.maps.by_cpu.createInner();
 * traffic.maps.by_cpu.set(0, counters);
 * ```
 */
export class ArrayOfMaps<M extends BpfMap> extends SlotArray<number, number> {
  readonly #inner: InnerMap<M>;

  /** @internal */
  constructor(handle: MapHandle, inner: InnerMap<M>) {
    super(handle, le.u32);
    this.#inner = inner;
  }

  /**
   * Opens the map in a slot: close it when done with it. `undefined` when the slot is empty. Needs CAP_SYS_ADMIN.
   *
   * @throws {IndexError} beyond the array's end
   */
  get(index: number): Opened<M> | undefined {
    return openCurrent(
      () => this.read(index),
      (id) => openMapById(id, this.#inner.descriptor),
    );
  }

  /** The id of the map in a slot, as `bpftool map` shows it; `undefined` when it is empty. */
  idOf(index: number): number | undefined {
    return this.read(index);
  }

  has(index: number): boolean {
    return this.read(index) !== undefined;
  }

  /**
   * Puts a map into a slot.
   *
   * @throws {BpfError} `EINVAL` when the map is not like the one in the C source
   * @throws {IndexError} beyond the array's end
   */
  set(index: number, map: M): this {
    return this.write(index, descriptor(map, "map"), "a map", mustBeLike(this.#inner));
  }

  /** Makes a map to be put in: as in the C source, but for what `options` says. Close it when done with it. */
  createInner(options: Partial<NewMap> = {}): Opened<M> {
    return createLike(this.#inner, options);
  }

  /** The slots with a map, and its id. */
  ids(): Generator<[number, number], undefined> {
    return this.filled();
  }
}

/**
 * Maps by a key, which are all of one kind with the same keys and values.
 *
 * @typeParam K - a key when read
 * @typeParam M - the maps inside
 * @typeParam KI - what writing a key accepts
 */
export class HashOfMaps<K, M extends BpfMap, KI = K> extends BpfMap {
  readonly #elements: Elements<K, number, KI, number>;
  readonly #inner: InnerMap<M>;

  /** @internal */
  constructor(handle: MapHandle, key: Codec<K, KI>, inner: InnerMap<M>) {
    super(handle);
    this.#elements = new Elements(handle, key, le.u32);
    this.#inner = inner;
  }

  /** How many keys there are: the kernel does not say, so this walks through the whole map. */
  get size(): number {
    return this.#elements.count();
  }

  /** Opens a key's map: close it when done with it. `undefined` when there is none. Needs CAP_SYS_ADMIN. */
  get(key: KI): Opened<M> | undefined {
    return openCurrent(
      () => this.#elements.get(key),
      (id) => openMapById(id, this.#inner.descriptor),
    );
  }

  /** The id of a key's map, as `bpftool map` shows it; `undefined` when there is none. */
  idOf(key: KI): number | undefined {
    return this.#elements.get(key);
  }

  has(key: KI): boolean {
    return this.#elements.has(key);
  }

  /**
   * Puts a map in.
   *
   * @throws {BpfError} `EINVAL` when the map is not like the one in the C source, `E2BIG` when this one is full
   */
  set(key: KI, map: M): this {
    const errno = this.#elements.update(key, descriptor(map, "map"), UPDATE_MODES.any);
    if (errno !== 0)
      throw this.#elements.failure(
        "put a map into",
        errno,
        errno === EINVAL ? mustBeLike(this.#inner) : undefined,
      );
    return this;
  }

  /** @returns whether the key was there */
  delete(key: KI): boolean {
    return this.#elements.delete(key);
  }

  /** Deletes every key. Those that are added meanwhile may stay. */
  clear(): void {
    this.#elements.clear();
  }

  /** Makes a map to be put in: as in the C source, but for what `options` says. Close it when done with it. */
  createInner(options: Partial<NewMap> = {}): Opened<M> {
    return createLike(this.#inner, options);
  }

  keys(): Generator<K, undefined> {
    return this.#elements.keys();
  }

  /** Every key, and the id of its map. */
  ids(): Generator<[K, number], undefined> {
    return this.#elements.entries();
  }
}

/** What the kernel compares (map_in_map.c, bpf_map_meta_equal; arraymap.c, array_map_meta_equal). */
function mustBeLike<M>({
  descriptor: { types, keySize, valueSize },
  type = types[0],
  ...inner
}: InnerMap<M>): string {
  const entries = type === "array" ? `, ${inner.maxEntries} entries` : "";
  return (
    `It must be as createInner() makes it: of type ${type}, with keys of ${keySize} and values of ${valueSize} bytes, ` +
    `flags ${inner.flags ?? 0}${entries}`
  );
}

/** Describes an array of maps. */
export function arrayOfMaps<M extends BpfMap>(inner: InnerMap<M>): MapDescriptor<ArrayOfMaps<M>> {
  return {
    types: ["array_of_maps"],
    keySize: 4,
    valueSize: 4,
    inner,
    create: (handle) => new ArrayOfMaps(handle, inner),
  };
}

/** Describes a hash map of maps. */
export function hashOfMaps<K, KI, M extends BpfMap>(
  key: Codec<K, KI>,
  inner: InnerMap<M>,
): MapDescriptor<HashOfMaps<K, M, KI>> {
  return {
    types: ["hash_of_maps"],
    keySize: key.size,
    valueSize: 4,
    inner,
    create: (handle) => new HashOfMaps(handle, key, inner),
  };
}
