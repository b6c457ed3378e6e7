/** A small seeded generator of pseudo-random numbers, so that every mutation can be made again. */

/** Numbers that depend on the seed and on nothing else. */
export class Random {
  #state: number;

  /** Generators of different `index` are unrelated, so that one mutation needs none of those before it. */
  constructor(seed: number, index: number) {
    this.#state = (Math.imul(seed ^ 0x9e37_79b9, 0x85eb_ca6b) + Math.imul(index, 0xc2b2_ae35)) >>> 0;
    for (let round = 0; round < 4; round++) this.next();
  }

  /** 32 random bits (splitmix32). */
  next(): number {
    this.#state = (this.#state + 0x9e37_79b9) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0_aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }

  /** From 0 to `end - 1`; 0 if there is nothing to choose from. */
  below(end: number): number {
    return end <= 1 ? 0 : this.next() % end;
  }

  /** True once in `times`. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(from: readonly [T, ...T[]]): T {
    return from[this.below(from.length)] ?? from[0];
  }
}
