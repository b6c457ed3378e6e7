/** Many keys or values as C takes them: one after the other, about a thousand in a piece of memory. */
import type { Address } from "../c.ts";
import type { Codec } from "../codec/codec.ts";
import { ValueError } from "../errors.ts";
import { addressIn, allocate, type Memory, recycle } from "../native.ts";

/** Elements in one call: more gain nothing. */
const AT_ONCE = 1024;

/** A list of keys or values, encoded as they come. */
export class Chunks<I> {
  readonly #codec: Codec<unknown, I>;
  readonly #memories: Memory[] = [];
  #length = 0;

  constructor(codec: Codec<unknown, I>) {
    this.#codec = codec;
  }

  /** What a batch gave, whose memory the next one will reuse. */
  static copyOf<I>(view: DataView, count: number, codec: Codec<unknown, I>): Chunks<I> {
    const chunks = new Chunks(codec);
    const bytes = new Uint8Array(view.buffer, view.byteOffset, count * codec.size);
    for (let at = 0; at < bytes.length; at += AT_ONCE * codec.size)
      chunks.#add().bytes.set(bytes.subarray(at, at + AT_ONCE * codec.size));
    chunks.#length = count;
    return chunks;
  }

  get length(): number {
    return this.#length;
  }

  /** @throws {ValueError} naming the element, and `part` of it */
  push(value: I, part = ""): void {
    const at = this.#length % AT_ONCE;
    const memory = at === 0 ? this.#add() : this.#memory(this.#length);
    try {
      this.#codec.write(memory.view, at * this.#codec.size, value);
    } catch (error) {
      throw ValueError.within(ValueError.within(error, part), `[${this.#length}]`);
    }
    this.#length++;
  }

  /** Where an element is; those behind it are behind it, up to the end of its piece. */
  address(index: number): Address {
    return addressIn(this.#memory(index), (index % AT_ONCE) * this.#codec.size);
  }

  /** How many lie together from an element on. */
  together(index: number): number {
    return Math.min(AT_ONCE - (index % AT_ONCE), this.#length - index);
  }

  /** Gives the memory back: nothing may be asked for after that. */
  release(): void {
    for (const memory of this.#memories) recycle(memory);
    this.#memories.length = 0;
    this.#length = 0;
  }

  #add(): Memory {
    const memory = allocate(AT_ONCE * this.#codec.size);
    this.#memories.push(memory);
    return memory;
  }

  #memory(index: number): Memory {
    const memory = this.#memories[Math.floor(index / AT_ONCE)];
    if (memory === undefined) throw new RangeError(`there is no element ${index}`);
    return memory;
  }
}
