import { describe, expect, test } from "vitest";
import { be, le, type Codec } from "tinybpf/gen-v1";

type Kind = Parameters<typeof le.numbers>[0];

const KINDS: readonly Kind[] = ["u8", "i8", "u16", "i16", "u32", "i32", "u64", "i64", "f32", "f64"];

/** Few enough for a loop, and so many that bytes are copied. */
const COUNTS = [0, 1, 7, 80];

/** Where an array of any kind is aligned, and where only that of bytes is. */
const PLACES = [0, 8, 5];

type AnyCodec = Codec<ArrayLike<number | bigint>, ArrayLike<number | bigint>>;

function numbers(order: "little" | "big", kind: Kind, count: number): AnyCodec {
  return (order === "little" ? le : be).numbers(kind, count);
}

function element(order: "little" | "big", kind: Kind): Codec<number | bigint> {
  return (order === "little" ? le : be)[kind] as unknown as Codec<number | bigint>;
}

/** Bytes of which none equals its neighbours; as floats they are no NaN, whose bits may change on their way. */
function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 37 + 11) & 0x6f);
}

const cases = KINDS.flatMap((kind) =>
  (["little", "big"] as const).flatMap((order) => COUNTS.map((count) => ({ kind, order, count }))),
);

describe.each(cases)("$count $kind, $order-endian", ({ kind, order, count }) => {
  const codec = numbers(order, kind, count);
  const one = element(order, kind);

  test.each(PLACES)("are what each element is, at byte %i", (place) => {
    const memory = pattern(place + codec.size + 3);
    const view = new DataView(memory.buffer);
    const values = codec.read(view, place);
    expect(Array.from(values)).toEqual(
      Array.from({ length: count }, (_, i) => one.read(view, place + i * one.size)),
    );
    for (const given of [values, Array.from(values)]) {
      const target = new Uint8Array(memory.length).fill(0xee);
      codec.write(new DataView(target.buffer), place, given);
      expect(target.subarray(place, place + codec.size)).toEqual(memory.subarray(place, place + codec.size));
      expect([...target.subarray(0, place), ...target.subarray(place + codec.size)]).toEqual(
        Array.from({ length: place + 3 }, () => 0xee),
      );
    }
  });

  test("are a copy", () => {
    const memory = pattern(codec.size);
    const values = Array.from(codec.decode(memory));
    const kept = codec.decode(memory);
    memory.fill(0);
    expect(Array.from(kept)).toEqual(values);
  });

  test("must be as many", () => {
    const tooMany = codec.decode(pattern(codec.size));
    expect(() => numbers(order, kind, count + 1).encode(tooMany)).toThrow(
      `has ${count} elements, not ${count + 1}`,
    );
    for (const wrong of [undefined, null, 5, "x".repeat(count), () => 0])
      expect(() => codec.encode(wrong as never)).toThrow(`an array of ${count}`);
  });
});

test.each(KINDS.filter((kind) => !kind.startsWith("f")))("%s: each element is checked", (kind) => {
  const big = kind.endsWith("64");
  const zeros: (number | bigint)[] = Array.from({ length: 20 }, () => (big ? 0n : 0));
  for (const wrong of [big ? 1n << 64n : 2 ** 32, 1.5, "1", undefined])
    expect(() => numbers("little", kind, 20).encode(zeros.with(13, wrong as number))).toThrow(/^\[13\]: /u);
});

test("a typed array of another class is checked", () => {
  expect(() => le.numbers("u8", 80).encode(new Uint16Array(80).fill(256))).toThrow(
    "[0]: 256 is out of range",
  );
  expect([...le.numbers("i16", 80).encode(new Int8Array(80).fill(-1))]).toEqual(
    Array.from({ length: 160 }, () => 255),
  );
});

test("an array in the memory that is written may overlap it", () => {
  const memory = pattern(400);
  const expected = memory.slice(0, 320);
  le.numbers("u32", 80).write(new DataView(memory.buffer), 4, new Uint32Array(memory.buffer, 0, 80));
  expect(memory.subarray(4, 324)).toEqual(expected);
});
