import { describe, expect, test } from "vitest";
import { parseCpuList } from "../../../src/runtime/maps/online-cpus.ts";
import { PerfReader } from "../../../src/runtime/maps/perf-reader.ts";

const PAGE = 4096;
const LOST = 2;
const THROTTLE = 5;
const SAMPLE = 9;

/** The kernel's side of one CPU's perf buffer, in ordinary memory. */
class FakeBuffer {
  readonly cpu = 3;
  readonly buffer: ArrayBuffer;
  readonly dataOffset = PAGE;
  readonly size: number;
  readonly #positions: BigUint64Array;
  readonly #data: Uint8Array;

  constructor(size: number, start = 0n) {
    this.size = size;
    this.buffer = new ArrayBuffer(PAGE + size);
    this.#positions = new BigUint64Array(this.buffer, 1024, 2);
    this.#data = new Uint8Array(this.buffer, PAGE);
    this.#positions.fill(start);
  }

  get head(): bigint {
    return this.#positions[0] ?? 0n;
  }

  get tail(): bigint {
    return this.#positions[1] ?? 0n;
  }

  /** A record of this type and body, which wraps around the end where it has to. */
  push(type: number, body: Uint8Array, size = 8 + body.length): void {
    if (size % 8 !== 0) throw new Error("records are multiples of 8 bytes");
    const bytes = new Uint8Array(8 + body.length);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, type, true);
    view.setUint16(6, size, true);
    bytes.set(body, 8);
    for (const [i, byte] of bytes.entries())
      this.#data[Number((this.head + BigInt(i)) % BigInt(this.size))] = byte;
    this.#positions[0] = this.head + BigInt(size);
  }

  /** `length` bytes of data, rounded up as the kernel does, that begin with `value`. */
  sample(length: number, value: number): void {
    const body = new Uint8Array(Math.ceil((length + 4) / 8) * 8);
    const view = new DataView(body.buffer);
    view.setUint32(0, body.length - 4, true);
    view.setUint32(4, value, true);
    body.fill(value & 0xff, 8, 4 + length);
    this.push(SAMPLE, body);
  }

  lost(count: bigint): void {
    this.push(LOST, new Uint8Array(new BigUint64Array([77n, count]).buffer));
  }
}

/** The first number of each record, and its length. */
function read(reader: PerfReader, into: unknown[], limit = Number.POSITIVE_INFINITY): number {
  return reader.drain((data, at, length, cpu) => {
    expect(cpu).toBe(3);
    into.push([data.getUint32(at, true), length]);
  }, limit);
}

function readerOf(buffer: FakeBuffer, into: unknown[] = []): PerfReader {
  return new PerfReader(buffer, (count, cpu) => into.push(cpu === buffer.cpu ? `lost ${count}` : cpu));
}

describe("PerfReader", () => {
  test("an empty buffer gives nothing", () => {
    const buffer = new FakeBuffer(PAGE);
    expect(read(readerOf(buffer), [])).toBe(0);
  });

  test("records come in order, once, with the rounded lengths, and their space is given back", () => {
    const buffer = new FakeBuffer(PAGE);
    const seen: unknown[] = [];
    const reader = readerOf(buffer, seen);
    buffer.sample(4, 1);
    buffer.sample(12, 2);
    buffer.lost(3n);
    buffer.push(THROTTLE, new Uint8Array(24));
    buffer.sample(16, 4);
    expect(read(reader, seen)).toBe(3);
    expect(seen).toEqual([[1, 4], [2, 12], "lost 3", [4, 20]]);
    expect(buffer.tail).toBe(buffer.head);
    expect(read(reader, seen)).toBe(0);
  });

  test("lost and other records count as none, also with a limit", () => {
    const buffer = new FakeBuffer(PAGE);
    const seen: unknown[] = [];
    const reader = readerOf(buffer, seen);
    buffer.lost(1n);
    buffer.sample(4, 1);
    buffer.lost(2n ** 40n);
    buffer.sample(4, 2);
    expect(read(reader, seen, 1)).toBe(1);
    expect(seen).toEqual(["lost 1", [1, 4]]);
    expect(read(reader, seen, 1)).toBe(1);
    expect(seen.slice(2)).toEqual([`lost ${2 ** 40}`, [2, 4]]);
  });

  test("what nobody wants after lost ones were told of stays", () => {
    const buffer = new FakeBuffer(PAGE);
    const seen: unknown[] = [];
    const reader = readerOf(buffer, seen);
    buffer.sample(4, 1);
    buffer.lost(1n);
    buffer.sample(4, 2);
    const drain = (wanted: () => boolean): number =>
      reader.drain((data, at) => void seen.push(data.getUint32(at, true)), 100, wanted);
    expect(drain(() => false)).toBe(1);
    expect(seen).toEqual([1, "lost 1"]);
    expect(drain(() => true)).toBe(1);
    expect(seen.slice(2)).toEqual([2]);
  });

  test.each([
    ["from the start", 0n],
    ["the lower half wraps", (1n << 32n) - 4096n],
    ["the lower half changes its sign", (1n << 31n) - 4096n],
    ["far along", 5n * (1n << 40n) + 8n],
  ])("records that wrap around the end are whole: %s", (_what, start) => {
    const buffer = new FakeBuffer(PAGE, start);
    const reader = readerOf(buffer);
    for (let round = 0; round < 500; round++) {
      // Of 16, 24, 32... bytes: every place to wrap at comes.
      const lengths = [4 + 8 * (round % 60), 12 + 8 * (round % 7)];
      for (const length of lengths) buffer.sample(length, round);
      const seen: number[] = [];
      reader.drain((data, at, length) => {
        seen.push(length);
        expect(data.getUint32(at, true)).toBe(round);
        const rest = new Uint8Array(data.buffer, data.byteOffset + at + 4, length - 4);
        expect(rest.every((byte) => byte === (round & 0xff))).toBe(true);
      }, 100);
      expect(seen).toEqual(lengths);
      expect(buffer.tail).toBe(buffer.head);
    }
  });

  test("`false` and exceptions end it after the record at hand; so does stop", () => {
    const buffer = new FakeBuffer(PAGE);
    const reader = readerOf(buffer);
    for (let i = 1; i <= 4; i++) buffer.sample(4, i);
    expect(reader.drain(() => false, 100)).toBe(1);
    expect(() => {
      reader.drain(() => {
        expect(reader.draining).toBe(true);
        throw new Error("mine");
      }, 100);
    }).toThrow("mine");
    expect(reader.draining).toBe(false);
    expect(buffer.tail).toBe(32n);
    expect(reader.drain(() => reader.stop(), 100)).toBe(1);
    expect(read(reader, [])).toBe(0);
  });

  test("what comes meanwhile is for the next drain; a long one gives space back on the way", () => {
    const buffer = new FakeBuffer(PAGE);
    const reader = readerOf(buffer);
    for (let i = 0; i < 100; i++) buffer.sample(4, i);
    const tails: bigint[] = [];
    const visit = (): void => {
      if (tails.push(buffer.tail) === 1) buffer.sample(4, 100);
    };
    expect(reader.drain(visit, 1000)).toBe(100);
    expect(Math.max(...tails.map(Number))).toBeGreaterThan(1000);
    expect(reader.drain(visit, 1000)).toBe(1);
  });

  test("what cannot be a record ends it, and is passed over", () => {
    const buffer = new FakeBuffer(PAGE);
    const reader = readerOf(buffer);
    buffer.sample(4, 1);
    buffer.push(SAMPLE, new Uint8Array(8), 0);
    const seen: unknown[] = [];
    expect(read(reader, seen)).toBe(1);
    buffer.sample(4, 2);
    expect(read(reader, seen)).toBe(1);
    expect(buffer.tail).toBe(buffer.head);
  });
});

test.each([
  ["0\n", [0]],
  ["0-3", [0, 1, 2, 3]],
  ["0,2-3,7\n", [0, 2, 3, 7]],
  ["", []],
])("CPUs %j", (text, cpus) => {
  expect(parseCpuList(text)).toEqual(cpus);
});
