import { describe, expect, test } from "vitest";
import { RingReader } from "../../../src/runtime/maps/ring-reader.ts";

const BUSY = 0x8000_0000;
const DISCARD = 0x4000_0000;
const PAGE = 4096;

/** The kernel's side of a ring buffer, in ordinary memory; data is written twice, as the kernel maps it twice. */
class FakeRing {
  readonly size: number;
  readonly consumer = new ArrayBuffer(PAGE);
  readonly producer: ArrayBuffer;
  readonly dataOffset = PAGE;
  readonly #data: DataView;
  readonly #positions: BigUint64Array;
  readonly #consumed: BigUint64Array;

  constructor(size: number, start = 0n) {
    this.size = size;
    this.producer = new ArrayBuffer(PAGE + 2 * size);
    this.#data = new DataView(this.producer, PAGE);
    this.#positions = new BigUint64Array(this.producer, 0, 1);
    this.#consumed = new BigUint64Array(this.consumer, 0, 1);
    this.#positions[0] = start;
    this.#consumed[0] = start;
  }

  get produced(): bigint {
    return this.#positions[0] ?? 0n;
  }

  get consumed(): bigint {
    return this.#consumed[0] ?? 0n;
  }

  get free(): number {
    return this.size - Number(this.produced - this.consumed);
  }

  /** Reserves a record that is not committed yet; its position. */
  reserve(length: number): bigint {
    const total = (length + 8 + 7) & ~7;
    if (total > this.free) throw new Error("the ring is full");
    const position = this.produced;
    this.#header(position, length | BUSY);
    this.#positions[0] = position + BigInt(total);
    return position;
  }

  commit(position: bigint, length: number, value: number, discard = false): void {
    const at = Number(position % BigInt(this.size)) + 8;
    for (const copy of [at, (at + this.size) % (2 * this.size)])
      if (length >= 4) this.#data.setUint32(copy, value, true);
    this.#header(position, discard ? length | DISCARD : length);
  }

  push(length: number, value: number): void {
    this.commit(this.reserve(length), length, value);
  }

  #header(position: bigint, word: number): void {
    const at = Number(position % BigInt(this.size));
    for (const copy of [at, at + this.size]) this.#data.setUint32(copy, word >>> 0, true);
  }
}

function values(reader: RingReader, limit = Number.POSITIVE_INFINITY): number[] {
  const seen: number[] = [];
  reader.drain((data, at) => void seen.push(data.getUint32(at, true)), limit);
  return seen;
}

describe("RingReader", () => {
  test("an empty ring gives nothing", () => {
    const ring = new FakeRing(PAGE);
    expect(values(new RingReader(ring))).toEqual([]);
    expect(ring.consumed).toBe(0n);
  });

  test("records come in order, once, with their lengths, and their space is given back", () => {
    const ring = new FakeRing(PAGE);
    const reader = new RingReader(ring);
    ring.push(4, 1);
    ring.push(16, 2);
    ring.push(21, 3);
    const seen: (readonly [number, number])[] = [];
    const count = reader.drain((data, at, length) => void seen.push([data.getUint32(at, true), length]), 100);
    expect(count).toBe(3);
    expect(seen).toEqual([
      [1, 4],
      [2, 16],
      [3, 21],
    ]);
    expect(ring.consumed).toBe(ring.produced);
    expect(values(reader)).toEqual([]);
  });

  test("a reader that starts late starts where the last one ended", () => {
    const ring = new FakeRing(PAGE);
    ring.push(8, 1);
    ring.push(8, 2);
    expect(values(new RingReader(ring), 1)).toEqual([1]);
    expect(values(new RingReader(ring))).toEqual([2]);
  });

  test("it stops before a record that is not committed, and goes on when it is", () => {
    const ring = new FakeRing(PAGE);
    const reader = new RingReader(ring);
    ring.push(8, 1);
    const busy = ring.reserve(8);
    ring.push(8, 3);
    expect(values(reader)).toEqual([1]);
    expect(ring.consumed).toBe(busy);
    ring.commit(busy, 8, 2);
    expect(values(reader)).toEqual([2, 3]);
  });

  test("discarded records are passed over and their space given back", () => {
    const ring = new FakeRing(PAGE);
    const reader = new RingReader(ring);
    ring.commit(ring.reserve(100), 100, 9, true);
    ring.push(8, 1);
    ring.commit(ring.reserve(100), 100, 9, true);
    expect(values(reader)).toEqual([1]);
    expect(ring.consumed).toBe(ring.produced);
  });

  test("records that come meanwhile are for the next drain, so that none is without end", () => {
    const ring = new FakeRing(PAGE);
    const reader = new RingReader(ring);
    ring.push(8, 1);
    ring.push(8, 2);
    const seen: number[] = [];
    // Each visit commits the next record, as another CPU would at that moment.
    const visit = (data: DataView, at: number): void => {
      seen.push(data.getUint32(at, true));
      ring.push(8, seen.length + 2);
    };
    expect(reader.drain(visit, 1000)).toBe(2);
    expect(reader.drain(visit, 1000)).toBe(2);
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(ring.produced - ring.consumed).toBe(32n);
  });

  test("two readers of one ring, one after the other, share the position", () => {
    const ring = new FakeRing(PAGE);
    const first = new RingReader(ring);
    const second = new RingReader(ring);
    for (let round = 0; round < 1000; round += 3) {
      for (let i = 0; i < 3; i++) ring.push(8, round + i);
      expect(values(first, 1)).toEqual([round]);
      expect(values(second, 1)).toEqual([round + 1]);
      expect(values(first)).toEqual([round + 2]);
      expect(values(second)).toEqual([]);
    }
    expect(ring.consumed).toBe(ring.produced);
  });

  test("the limit leaves the rest for later", () => {
    const ring = new FakeRing(PAGE);
    const reader = new RingReader(ring);
    for (let i = 1; i <= 5; i++) ring.push(8, i);
    expect(values(reader, 2)).toEqual([1, 2]);
    expect(ring.consumed).toBe(32n);
    expect(values(reader, 2)).toEqual([3, 4]);
    expect(values(reader, 2)).toEqual([5]);
  });

  test("`false` ends the drain after that record; other values do not", () => {
    const ring = new FakeRing(PAGE);
    const reader = new RingReader(ring);
    for (let i = 1; i <= 4; i++) ring.push(8, i);
    expect(reader.drain((data, at) => (data.getUint32(at, true) === 2 ? false : 0), 100)).toBe(2);
    expect(values(reader)).toEqual([3, 4]);
  });

  test("an exception reaches the caller; the record it was about is read, the next is not lost", () => {
    const ring = new FakeRing(PAGE);
    const reader = new RingReader(ring);
    for (let i = 1; i <= 3; i++) ring.push(8, i);
    expect(() => {
      reader.drain((data, at) => {
        if (data.getUint32(at, true) === 2) throw new Error("from the callback");
      }, 100);
    }).toThrow("from the callback");
    expect(reader.draining).toBe(false);
    expect(ring.consumed).toBe(32n);
    expect(values(reader)).toEqual([3]);
  });

  test("stop ends a drain after the record at hand, and leaves the rest unread", () => {
    const ring = new FakeRing(PAGE);
    const reader = new RingReader(ring);
    for (let i = 1; i <= 3; i++) ring.push(8, i);
    expect(reader.drain(() => reader.stop(), 100)).toBe(1);
    expect(ring.consumed).toBe(16n);
    expect(values(reader)).toEqual([]);
  });

  test("a long drain gives space back on the way, before it is over", () => {
    const ring = new FakeRing(PAGE);
    const reader = new RingReader(ring);
    for (let i = 0; ring.free >= 16; i++) ring.push(8, i);
    const free: number[] = [];
    expect(reader.drain(() => void free.push(ring.free), 1000)).toBe(PAGE / 16);
    expect(free[0]).toBe(0);
    expect(Math.max(...free)).toBeGreaterThan(PAGE / 2);
  });

  test.each([
    ["the lower half wraps", (1n << 32n) - 4096n],
    ["the lower half changes its sign", (1n << 31n) - 4096n],
    ["the upper half wraps to negative", (1n << 63n) - 4096n],
    ["far along", 5n * (1n << 40n) + 8n],
  ])("positions of 64 bits: %s", (_name, start) => {
    const ring = new FakeRing(PAGE, start);
    const reader = new RingReader(ring);
    for (let round = 0; round < 200; round++) {
      ring.push(52, round);
      ring.push(8, ~round);
      expect(values(reader)).toEqual([round, ~round >>> 0]);
      expect(ring.consumed).toBe(ring.produced);
    }
  });
});
