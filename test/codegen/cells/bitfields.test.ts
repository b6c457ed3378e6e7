/** Bitfields: `number`, or `bigint` when they are wider than 32 bits; range checked by their width. */
import { describe, expect, test } from "vitest";
import { BitfieldsBeData } from "../../golden/bitfields.be.skel.ts";
import { BitfieldsData, HugeBits } from "../../golden/bitfields.skel.ts";
import { Bits as BitsBe } from "../../golden/cells.be.skel.ts";
import { Bits } from "../../golden/cells.skel.ts";
import { initialBytes, memoryOf } from "../support.ts";
import { describeCells, expectRefusal } from "./cell.ts";
import { describeCompiled, other } from "./compiled.ts";

describeCells([
  {
    name: "old_bitfield",
    // Before kind_flag compilers gave each bitfield an INT of its own, offset within its storage.
    type: (btf) =>
      btf.composite("STRUCT", "old_bits", 4, [
        { name: "low", type: btf.int("unsigned int", 4, 0, 4, 0), bits: 0 },
        { name: "next", type: btf.int("unsigned int", 4, 0, 12, 4), bits: 0 },
      ]),
    little: "e5de0000",
    big: "5dee0000",
    value: { low: 5, next: 0xdee },
    refuses: [
      [{ low: 16, next: 0 }, "16 is out of range for an unsigned bitfield of 4 bits", ".low"],
      [{ low: 0, next: -1 }, "-1 is out of range for an unsigned bitfield of 12 bits", ".next"],
      [{ low: 0 }, "is missing", ".next"],
    ],
  },
]);

describeCompiled({
  bits: { low: 5, level: -16, rest: 0xabcdef, flag: true, wide: 0xfedcba9876n, deep: -2 },
});

describe.each([
  ["little-endian", Bits],
  ["big-endian", BitsBe],
])("%s: what a bitfield does not take", (_order, codec) => {
  const zero = { low: 0, level: 0, rest: 0, flag: false, wide: 0n, deep: 0 };

  test.each([
    [{ low: 8 }, "low", "8 is out of range for an unsigned bitfield of 3 bits"],
    [{ low: -1 }, "low", "-1 is out of range for an unsigned bitfield of 3 bits"],
    [{ low: 1.5 }, "low", "1.5 is not an integer"],
    [{ low: Number.NaN }, "low", "NaN is not an integer"],
    [{ low: "1" }, "low", '"1" is not'],
    [{ low: true }, "low", "true is not"],
    [{ low: null }, "low", "null is not"],
    [{ low: undefined }, "low", "is missing"],
    [{ low: {} }, "low", "an object is not"],
    [{ level: 16 }, "level", "16 is out of range for a signed bitfield of 5 bits"],
    [{ level: -17 }, "level", "-17 is out of range for a signed bitfield of 5 bits"],
    [{ rest: 2 ** 24 }, "rest", "16777216 is out of range for an unsigned bitfield of 24 bits"],
    [{ flag: 1 }, "flag", "1 is not a boolean"],
    [{ flag: undefined }, "flag", "is missing (a boolean)"],
    [{ wide: 1n << 40n }, "wide", "1099511627776 is out of range for an unsigned bitfield of 40 bits"],
    [{ wide: -1n }, "wide", "-1 is out of range for an unsigned bitfield of 40 bits"],
    [{ wide: 2 ** 53 }, "wide", "is no exact integer"],
    [{ wide: 0.5 }, "wide", "0.5 is not an integer"],
    [{ wide: "1" }, "wide", '"1" is not'],
    [{ deep: 2 ** 22 }, "deep", "4194304 is out of range for a signed bitfield of 23 bits"],
    [{ deep: -(2 ** 22) - 1 }, "deep", "-4194305 is out of range for a signed bitfield of 23 bits"],
  ])("%o", (change, member, reason) => {
    expectRefusal(() => codec.encode({ ...zero, ...change } as never), `bits.${member}`, reason);
  });

  test.each([
    { low: 7, level: 15, rest: 2 ** 24 - 1, flag: true, wide: (1n << 40n) - 1n, deep: 2 ** 22 - 1 },
    { low: 0, level: -16, rest: 0, flag: false, wide: 0n, deep: -(2 ** 22) },
    { low: 7, level: 0, rest: 0, flag: false, wide: 0n, deep: -1 },
    { low: 0, level: -1, rest: 0, flag: true, wide: 1n << 39n, deep: 0 },
    zero,
  ])("%o is written and read back: no bitfield touches its neighbours", (value) => {
    expect(codec.decode(codec.encode(value))).toEqual(value);
    // Padding is 0 over whatever was there.
    const bytes = new Uint8Array(codec.size).fill(0xee);
    codec.write(new DataView(bytes.buffer), 0, value);
    expect(bytes).toEqual(codec.encode(value));
  });

  test("a number that is exact is taken for a bigint", () => {
    expect(codec.decode(codec.encode({ ...zero, wide: 5, low: -0 })).wide).toBe(5n);
  });
});

const STORED = {
  packed_bits: { lead: 0xff, x: 17, straddles: 0x2aaaaaaaaaaaan, tail: 5, after: 0xbeef },
  bits: {
    a: 1,
    b: 5,
    c: 0xabcdef,
    minus: -3,
    other: 0,
    wide: 0x123456789an,
    rest: 0,
    swide: -1n,
    flag: true,
    half: 0x155,
    byte: 0,
    next: 0,
    colour: 0,
    temperature: -1,
    plain: 0,
    all: 0xffff_ffff_ffff_ffffn,
  },
};

describe.each([
  { fixture: "bitfields.bpf.o", Class: BitfieldsData, raw: 1 | (2 << 16), nibble: 1 },
  { fixture: "bitfields.be.bpf.o", Class: BitfieldsBeData, raw: (1 << 16) | 2, nibble: 0 },
])("$fixture, as clang compiled it", ({ fixture, Class, raw, nibble }) => {
  const initial = initialBytes(fixture, ".data");

  test.each(Object.entries(STORED))("%s is read and written", (name, value) => {
    const memory = memoryOf(initial);
    const data = new Class(memory);
    expect(Reflect.get(data, name)).toEqual(value);
    Reflect.set(data, name, other(value));
    expect(memory.bytes).not.toEqual(initial);
    Reflect.set(data, name, value);
    expect(memory.bytes).toEqual(initial);
  });

  test("beside and in a union", () => {
    const data = new Class(memoryOf(initial));
    expect(data.nested_bits).toMatchObject({ head: 9, inner: 0xabc, signed_inner: -2 });
    expect(data.nested_bits.u).toMatchObject({ raw, halves: { low: 1, high: 2 }, nibble });
  });
});

test("of more than 64 bits", () => {
  const value = { low: (1n << 100n) - 1n, high: -(2 ** 27) };
  expect(HugeBits.decode(HugeBits.encode(value))).toEqual(value);
  expectRefusal(
    () => HugeBits.encode({ ...value, low: 1n << 100n }),
    "huge_bits.low",
    "out of range for an unsigned bitfield of 100 bits",
  );
});
