import { describe, expect, test } from "vitest";
import { RingWriter } from "../../../src/runtime/maps/ring-writer.ts";

const PAGE = 4096;

/** The kernel's side of a user ring buffer, in ordinary memory; what is mapped twice there is looked up in both places. */
class FakeRing {
  readonly size: number;
  readonly consumer = new ArrayBuffer(PAGE);
  readonly producer: ArrayBuffer;
  readonly dataOffset = PAGE;
  readonly #written: BigUint64Array;
  readonly #read: BigUint64Array;
  readonly #bytes: Uint8Array;

  constructor(size: number, start = 0n) {
    this.size = size;
    this.producer = new ArrayBuffer(PAGE + 2 * size);
    this.#bytes = new Uint8Array(this.producer, PAGE);
    this.#written = new BigUint64Array(this.producer, 0, 1);
    this.#read = new BigUint64Array(this.consumer, 0, 1);
    this.#written[0] = start;
    this.#read[0] = start;
  }

  get written(): bigint {
    return this.#written[0] ?? 0n;
  }

  /** Reads one record, as __bpf_user_ringbuf_peek does; undefined when there is none. */
  read(): number[] | undefined {
    const at = this.#read[0] ?? 0n;
    if (at >= this.written) return undefined;
    const byte = (offset: number): number => {
      const place = Number((at + BigInt(offset)) % BigInt(this.size));
      const first = Number(at % BigInt(this.size)) + offset;
      // Written where the record lies, which is beyond the end of the first mapping when it wraps.
      return this.#bytes[first] ?? this.#bytes[place] ?? 0;
    };
    const word = (offset: number): number =>
      new DataView(new Uint8Array([0, 1, 2, 3].map((i) => byte(offset + i))).buffer).getUint32(0, true);
    const length = word(0);
    expect(word(4)).toBe(0);
    const total = (length + 8 + 7) & ~7;
    if (BigInt(total) > this.written - at) throw new Error("the record is longer than what was written");
    this.#read[0] = at + BigInt(total);
    return Array.from({ length }, (_, i) => byte(8 + i));
  }
}

const record = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

describe("RingWriter", () => {
  test("records come in order, with their lengths, padded to 8 bytes", () => {
    const ring = new FakeRing(PAGE);
    const writer = new RingWriter(ring);
    for (const length of [0, 1, 7, 8, 9]) expect(writer.write(record(length, length))).toBe(true);
    expect(ring.written).toBe(8n + 16n + 16n + 16n + 24n);
    for (const length of [0, 1, 7, 8, 9]) expect(ring.read()).toEqual([...record(length, length)]);
    expect(ring.read()).toBeUndefined();
  });

  test("one that finds no room changes nothing; the last byte is used", () => {
    const ring = new FakeRing(PAGE);
    const writer = new RingWriter(ring);
    expect(writer.maxLength).toBe(PAGE - 8);
    expect(writer.write(record(PAGE - 8, 1))).toBe(true);
    expect(writer.write(record(0, 2))).toBe(false);
    expect(ring.written).toBe(BigInt(PAGE));
    expect(ring.read()).toHaveLength(PAGE - 8);
    expect(writer.write(record(PAGE - 15, 2))).toBe(true);
    expect(writer.write(record(1, 3))).toBe(false);
    expect(writer.positions()).toEqual({ consumer: BigInt(PAGE), producer: 2n * BigInt(PAGE) });
  });

  test.each([0n, 2n ** 31n - 4096n, 2n ** 32n - 4096n, 2n ** 40n])(
    "many times around from position %s, nothing is lost, torn or doubled",
    (start) => {
      const ring = new FakeRing(PAGE, start);
      const writer = new RingWriter(ring);
      let next = 0;
      let expected = 0;
      for (let round = 0; round < 2000; round++) {
        while (writer.write(record(1 + (next % 100), next & 0xff))) next++;
        for (let i = 0; i < 1 + (round % 40); i++) {
          const read = ring.read();
          if (read === undefined) break;
          expect(read).toEqual([...record(1 + (expected % 100), expected & 0xff)]);
          expected++;
        }
      }
      expect(expected).toBeGreaterThan(10_000);
    },
  );

  test("it goes on where another writer ended", () => {
    const ring = new FakeRing(PAGE);
    expect(new RingWriter(ring).write(record(3, 1))).toBe(true);
    expect(new RingWriter(ring).write(record(3, 2))).toBe(true);
    expect([ring.read(), ring.read()]).toEqual([
      [1, 1, 1],
      [2, 2, 2],
    ]);
  });
});
