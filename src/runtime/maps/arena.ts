/** `BPF_MAP_TYPE_ARENA` */
import { assertObject, copyOf } from "../arguments.ts";
import { show, wrong } from "../codec/check.ts";
import type { Codec } from "../codec/codec.ts";
import { IndexError } from "../errors.ts";
import { ArenaMemory } from "./arena-memory.ts";
import { encoded } from "./elements.ts";
import { BpfMap, type MapDescriptor, type MapHandle } from "./map.ts";

/**
 * A place in an arena: a `number` counts bytes from its start; a `bigint` is an address, as in the pointers that programs
 * leave in it.
 */
export type ArenaPlace = number | bigint;

/**
 * Memory of up to 4 GiB that programs and this process share at the same addresses, so that pointers in it can be followed
 * from both sides. Linux 6.9, libbpf 1.4; an object has at most one. Its memory is there for the object's own map, not for
 * one that was opened by a pin or id.
 *
 * What is read is a copy, made by a system call. Programs may write meanwhile: the copy may have parts of both.
 *
 * Every call throws a `ClosedError` once the skeleton is closed, an `IndexError` for a place that is not wholly inside, and
 * a `BpfError` with `EFAULT` for a page that nobody has allocated and the kernel does not allocate on access.
 *
 * @example
 * ```ts
 * let node = list.maps.arena.get(head, Node); // head: an address that a program left in a global variable
 * while (node.next !== 0n) node = list.maps.arena.get(node.next, Node);
 * ```
 */
export class ArenaMap extends BpfMap {
  readonly #handle: MapHandle;
  #memory: ArenaMemory | undefined;

  /** @internal */
  constructor(handle: MapHandle) {
    super(handle);
    this.#handle = handle;
  }

  /** Bytes: its `max_entries` are pages. */
  get size(): number {
    return this.#open().size;
  }

  /** Where it starts, for this process and for what programs store in it. */
  get address(): bigint {
    return this.#open().start;
  }

  /** Copies bytes. */
  read(at: ArenaPlace, length: number): Uint8Array<ArrayBuffer> {
    return this.#open().read(this.#offset(at, length), length);
  }

  /** Writes bytes. Programs may see a part of them before the others. */
  write(at: ArenaPlace, bytes: Uint8Array): void {
    const copy = copyOf(bytes, "bytes");
    this.#open().write(this.#offset(at, copy.length), copy);
  }

  /** Reads a value. */
  get<T>(at: ArenaPlace, codec: Codec<T, never>): T {
    assertCodec(codec, "read");
    const bytes = this.read(at, codec.size);
    return codec.read(new DataView(bytes.buffer), 0);
  }

  /**
   * Writes a value. Programs may see a part of it before the others.
   *
   * @throws {ValueError} when it does not fit; nothing is written then
   */
  set<I>(at: ArenaPlace, codec: Codec<unknown, I>, value: I): this {
    assertCodec(codec, "write");
    this.write(at, encoded(codec, value, "value"));
    return this;
  }

  #open(): ArenaMemory {
    this.#handle.assertOpen();
    return (this.#memory ??= new ArenaMemory(this.#handle));
  }

  #offset(at: ArenaPlace, length: number): number {
    const { start, size } = this.#open();
    if (!Number.isInteger(length) || length < 0) throw wrong(length, "a number of bytes", "length");
    const offset = typeof at === "bigint" ? Number(at - start) : at;
    if (Number.isInteger(offset) && offset >= 0 && offset + length <= size) return offset;
    const place = typeof at === "bigint" ? `address 0x${at.toString(16)}` : `byte ${show(at)}`;
    throw new IndexError(
      `${this.#handle.title} has no ${length} bytes at ${place}: it has ${size} at 0x${start.toString(16)}`,
    );
  }
}

/** @throws {ValueError} for what cannot do that with values of one size */
function assertCodec(codec: Codec<unknown, never>, does: "read" | "write"): void {
  assertObject(codec, "codec");
  if (typeof codec[does] !== "function" || !Number.isInteger(codec.size))
    throw wrong(codec, "a codec", "codec");
}

/** Describes an arena. */
export const arenaMap: MapDescriptor<ArenaMap> = {
  types: ["arena"],
  keySize: 0,
  valueSize: 0,
  create: (handle) => new ArenaMap(handle),
};
