/**
 * Types by name: a hash index of two typed arrays, about 8 bytes for each type, where a Map of 130,000 strings would
 * take 20 MB and as many allocations.
 */
import { Buffer } from "node:buffer";
import { KINDS, kindOf, type TypeTable } from "./btf-index.ts";
import type { StringTable } from "./strings.ts";
import type { BtfKind, TypeId } from "./types.ts";
import { wordAt } from "./words.ts";

/** The strings a type's name can be in: at `offset - start` of `table`. */
interface Strings {
  readonly table: StringTable;
  readonly start: number;
}

const MULTIPLIER = 0x01000193;

/**
 * Hashes of the strings at all offsets of a table. Computed from the back, each is one step from its neighbour's:
 * the pass is linear even where strings share tails.
 */
function tailHashes(text: string): Uint32Array {
  const hashes = new Uint32Array(text.length + 1);
  let hash = 0;
  for (let at = text.length - 1; at >= 0; at--) {
    const byte = text.charCodeAt(at);
    // 0 stands for the empty string only.
    hash = byte === 0 ? 0 : (Math.imul(hash, MULTIPLIER) + byte + 1) >>> 0 || 1;
    hashes[at] = hash;
  }
  return hashes;
}

/** Spreads the low bits, which alone choose the bucket. */
function mix(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 12)) >>> 0;
}

export class NameIndex {
  readonly #table: TypeTable;
  /** Own strings last; split BTF also names types with strings of its base. */
  readonly #strings: readonly Strings[];
  /** By bucket: the first type plus one, or 0. */
  readonly #buckets: Uint32Array;
  /** By type: the next one of its bucket plus one, or 0. */
  readonly #next: Uint32Array;

  constructor(table: TypeTable, strings: readonly Strings[]) {
    this.#table = table;
    this.#strings = strings;
    const count = table.starts.length;
    this.#buckets = new Uint32Array(2 ** Math.ceil(Math.log2(count + 1)));
    this.#next = new Uint32Array(count);
    const hashes = strings.map((part) => tailHashes(part.table.latin1));
    // From the last type to the first: a chain then starts with the lowest id.
    for (let index = count - 1; index >= 0; index--) {
      const offset = this.#nameOffset(index);
      const part = this.#partOf(offset);
      const from = strings[part];
      const hash = from === undefined ? 0 : (hashes[part]?.[offset - from.start] ?? 0);
      if (hash === 0) continue;
      const bucket = mix(hash) & (this.#buckets.length - 1);
      this.#next[index] = wordAt(this.#buckets, bucket);
      this.#buckets[bucket] = index + 1;
    }
  }

  /** Ids of the types of this name, and kind if given, from the lowest. */
  *ids(name: string, kind: BtfKind | undefined): IterableIterator<TypeId> {
    const bytes = Buffer.from(name, "utf8").toString("latin1");
    if (bytes === "" || bytes.includes("\0")) return;
    const terminated = `${bytes}\0`;
    const bucket = mix(wordAt(tailHashes(bytes), 0)) & (this.#buckets.length - 1);
    const wanted = kind === undefined ? -1 : KINDS.indexOf(kind);
    for (let link = wordAt(this.#buckets, bucket); link !== 0; link = wordAt(this.#next, link - 1)) {
      const index = link - 1;
      if (wanted !== -1 && this.#kind(index) !== wanted) continue;
      const offset = this.#nameOffset(index);
      const part = this.#strings[this.#partOf(offset)];
      if (part?.table.latin1.startsWith(terminated, offset - part.start) === true) {
        yield this.#table.firstId + index;
      }
    }
  }

  #nameOffset(index: number): number {
    return wordAt(this.#table.words, wordAt(this.#table.starts, index));
  }

  #kind(index: number): number {
    return kindOf(wordAt(this.#table.words, wordAt(this.#table.starts, index) + 1));
  }

  #partOf(offset: number): number {
    let part = this.#strings.length - 1;
    while (part > 0 && offset < (this.#strings[part]?.start ?? 0)) part--;
    return part;
  }
}
