/**
 * How far a ring was read, or written: 64 bits that we write, and the kernel reads. They only grow.
 *
 * Callers keep the lower half, a signed 32-bit number that wraps: two positions are at most the ring's size apart, so
 * their difference is right all the same.
 */
export class RingPosition {
  readonly #halves: Int32Array;
  readonly #whole: BigInt64Array;

  constructor(memory: ArrayBuffer, byteOffset: number) {
    this.#halves = new Int32Array(memory, byteOffset, 2);
    this.#whole = new BigInt64Array(memory, byteOffset, 1);
  }

  /** The lower half. */
  load(): number {
    return Atomics.load(this.#halves, 0);
  }

  /** All of it. */
  loadWhole(): bigint {
    return Atomics.load(this.#whole, 0);
  }

  /**
   * Tells the kernel that everything before `to` was read, or written; `from` is what it was told before. All that was
   * written to memory before becomes visible before.
   */
  advance(from: number, to: number): void {
    if (to === from) return;
    // The kernel reads 64 bits at once. While the upper half stays, storing the lower half alone is the same
    // store; when it changes, both must go together.
    if (to >>> 0 > from >>> 0) {
      Atomics.store(this.#halves, 0, to);
    } else {
      const upper = (Atomics.load(this.#halves, 1) + 1) | 0;
      Atomics.store(this.#whole, 0, (BigInt(upper) << 32n) | BigInt(to >>> 0));
    }
  }
}
