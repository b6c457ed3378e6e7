/**
 * How far a ring was read: 64 bits that the kernel reads, and we write. They only grow.
 *
 * Callers keep the lower half, a signed 32-bit number that wraps: two positions are at most the ring's size apart, so
 * their difference is right all the same.
 */
export class ConsumerPosition {
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

  /** Tells the kernel that everything before `to` may be overwritten; `from` is what it was told before. */
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
