/** An arena: what was written is read, and nothing beside it. */
import { type ArenaMap, type ArenaPlace, type Codec, le } from "tinybpf";
import { hostile } from "./hostile.ts";
import { attempt, expectSame, Finding, must, mustBeClosed } from "./outcome.ts";
import type { Actor, Owned, Step, World } from "./world.ts";

const PAGE = 4096;

/** Where nobody else writes: behind the globals, or before them. */
const FROM = 8 * PAGE;
const TO = 24 * PAGE;

export class ArenaActor implements Actor {
  readonly title = "arena";
  readonly owner: Owned;
  readonly #arena: ArenaMap;
  readonly #start: bigint;
  readonly #model = new Uint8Array(TO - FROM);

  constructor(owner: Owned, arena: ArenaMap) {
    this.owner = owner;
    this.#arena = arena;
    this.#start = must(() => arena.address);
  }

  resync(): void {
    if (this.owner.open) this.#model.set(must(() => this.#arena.read(FROM, TO - FROM)));
  }

  poke(world: World): void {
    this.#write(this.#place(world, 1), Uint8Array.of(world.random.below(256)));
  }

  step(world: World): Step {
    const length = world.random.below(world.random.oneIn(8) ? 3 * PAGE : 40);
    const at = this.#place(world, length);
    const is = (text: string, run: () => unknown): Step => ({ text: `arena: ${text} at ${at}`, run });
    switch (world.random.below(6)) {
      case 0:
        return is(`write ${length}`, () =>
          this.#write(
            at,
            Uint8Array.from({ length }, () => world.random.below(256)),
          ),
        );
      case 1:
        return is(`read ${length}`, () => this.#read(at, length));
      case 2:
        return is("set and get", () => this.#setAndGet(this.#place(world, 8), BigInt(world.random.next())));
      case 3:
        return is("read hostile", () => this.#readAnywhere(world));
      case 4:
        return is("write hostile", () => this.#writeAnything(world, at));
      default:
        return is("read at an end", () => this.#readAtEnds(world));
    }
  }

  /** An offset or an address, in our part, with so many bytes behind it. */
  #place(world: World, length: number): number {
    return FROM + world.random.below(TO - FROM - length);
  }

  /** The same place, now as a number, now as an address. */
  #as(at: number): ArenaPlace {
    return at % 2 === 0 ? at : this.#start + BigInt(at);
  }

  #write(at: number, bytes: Uint8Array): void {
    if (!this.owner.open) return mustBeClosed(() => this.#arena.write(this.#as(at), bytes));
    must(() => this.#arena.write(this.#as(at), bytes));
    this.#model.set(bytes, at - FROM);
  }

  #read(at: number, length: number): void {
    if (!this.owner.open) return mustBeClosed(() => this.#arena.read(this.#as(at), length));
    const found = must(() => this.#arena.read(this.#as(at), length));
    expectSame("bytes", found, this.#model.slice(at - FROM, at - FROM + length));
  }

  #setAndGet(at: number, value: bigint): void {
    if (!this.owner.open) return mustBeClosed(() => this.#arena.set(this.#as(at), le.u64, value));
    must(() => this.#arena.set(this.#as(at), le.u64, value));
    new DataView(this.#model.buffer).setBigUint64(at - FROM, value, true);
    expectSame(
      "value",
      must(() => this.#arena.get(this.#as(at), le.u64)),
      value,
    );
  }

  #readAnywhere(world: World): void {
    const wrong = hostile(world, 8) as number;
    const { value } = attempt(() => this.#arena.read(wrong, 8));
    if (value !== undefined && value.length !== 8) throw new Finding(`${value.length} bytes are read`);
    const { value: much } = attempt(() => this.#arena.read(FROM, wrong));
    if (much !== undefined) expectSame("length", much.length, wrong);
    attempt(() => this.#arena.get(FROM, wrong as unknown as Codec<unknown, never>));
    if (value !== undefined && !this.owner.open) throw new Finding("a closed arena is read");
  }

  #writeAnything(world: World, at: number): void {
    const wrong = hostile(world, new Uint8Array(8)) as Uint8Array;
    attempt(() => this.#arena.write(this.#as(at), wrong));
    attempt(() => this.#arena.set(this.#as(at), le.u32, wrong as unknown as number));
    attempt(() => this.#arena.write(-1, wrong));
    this.resync();
  }

  /** All that is inside can be read, and nothing that is not wholly so. */
  #readAtEnds(world: World): void {
    if (!this.owner.open) return mustBeClosed(() => this.#arena.size);
    const { size } = this.#arena;
    const length = world.random.below(20);
    for (const at of [
      -length - 1,
      -1,
      0,
      1,
      size - length - 1,
      size - length,
      size - length + 1,
      size,
      size + 1,
    ])
      for (const place of [at, this.#start + BigInt(at)]) {
        const { value } = attempt(() => this.#arena.read(place, length));
        expectSame(`${length} at ${at}`, value?.length, at >= 0 && at + length <= size ? length : undefined);
      }
  }
}
