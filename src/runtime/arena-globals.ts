/** The memory behind global variables in an arena: libbpf's until the object is loaded, then the arena's own. */
import { randomFillSync } from "node:crypto";
import type { Address, BpfMapPointer } from "./c.ts";
import { closedView } from "./codec/cursor.ts";
import { SkeletonError, TinyBpfError } from "./errors.ts";
import { type GlobalsDescriptor, initialValue, type SectionMemory } from "./globals.ts";
import { GlobalsMemory } from "./globals-memory.ts";
import { arenaMapping } from "./maps/arena-memory.ts";
import { mapTypeName } from "./maps/types.ts";
import { pageAlign } from "./memory.ts";
import { addressOf, copyFrom, copyTo, init, libbpf, viewOf } from "./native.ts";

export const ARENA_SECTION = ".addr_space.1";

/** The arena of an object, which has at most one with variables. */
export function findArena(maps: Iterable<BpfMapPointer>): BpfMapPointer | undefined {
  for (const map of maps) if (mapTypeName(libbpf.bpf_map__type(map)) === "arena") return map;
  return undefined;
}

/** The section of an object, from opening to closing. */
export class ArenaSection implements SectionMemory {
  readonly memory: GlobalsMemory;
  readonly #map: BpfMapPointer;
  readonly #title: string;
  readonly #initial: Address;
  readonly #values: Uint8Array<ArrayBuffer>;
  /** What libbpf puts into the arena in place of the values, for us to find. */
  readonly #mark: Uint8Array<ArrayBuffer>;

  constructor(source: string, { section, size }: GlobalsDescriptor, map: BpfMapPointer) {
    this.#map = map;
    this.#title = `${section} of ${source}`;
    this.#initial = initialValue(this.#title, size, map);
    this.#values = copyFrom(this.#initial, size);
    this.#mark = randomFillSync(new Uint8Array(size)).map((byte) => byte || 1);
    this.memory = new GlobalsMemory(new DataView(this.#values.buffer));
  }

  prepare(): void {
    copyTo(this.#initial, this.#mark);
  }

  /** No program has run yet that could have seen the mark. */
  load(): void {
    const buffer = viewOf(this.#find(), this.#values.length);
    new Uint8Array(buffer).set(this.#values);
    this.memory.move(new DataView(buffer));
  }

  close(): void {
    this.memory.close(closedView(this.#title));
  }

  /**
   * libbpf puts them at the start of the arena, and newer versions at its end, without saying so (libbpf.c,
   * init_arena_map_data). The likelier place comes first: what is looked at and was free is not any more.
   */
  #find(): Address {
    const { length } = this.#mark;
    const mapping = arenaMapping(this.#map);
    if (mapping === undefined)
      throw new TinyBpfError(`${this.#title} is not in this process: a pinned arena was reused`);
    const [start, end] = mapping;
    const places = [start, end - BigInt(pageAlign(length))];
    const [major = 0, minor = 0] = init().version.split(".").map(Number);
    for (const place of major === 1 && minor < 7 ? places : places.toReversed()) {
      const address = addressOf(place);
      if (Buffer.compare(copyFrom(address, length), this.#mark) === 0) return address;
    }
    throw new SkeletonError(`libbpf ${init().version} has put ${this.#title} where it is not found`);
  }
}
