import { describe, expect, test } from "vitest";
import { alignOf, BtfParseError, layoutOf, sizeOf } from "tinybpf-btf";
import { BtfBuilder, type StructMember } from "./btf-builder.ts";

function scalars(): {
  readonly builder: BtfBuilder;
  readonly char: number;
  readonly short: number;
  readonly int: number;
  readonly long: number;
} {
  const builder = new BtfBuilder();
  return {
    builder,
    char: builder.int("char", 1),
    short: builder.int("short", 2),
    int: builder.int("int", 4),
    long: builder.int("long", 8),
  };
}

describe("sizes and alignments", () => {
  test.each<[what: string, size: number | undefined, align: number, make: (builder: BtfBuilder) => number]>([
    ["int", 4, 4, (b) => b.int("int", 4)],
    ["__int128", 16, 16, (b) => b.int("__int128", 16)],
    ["pointer", 8, 8, (b) => b.ref("PTR", 0)],
    ["double", 8, 8, (b) => b.add({ kind: "FLOAT", name: "double", sizeOrType: 8 })],
    ["long double", 16, 16, (b) => b.add({ kind: "FLOAT", name: "long double", sizeOrType: 16 })],
    ["enum of a byte", 1, 1, (b) => b.add({ kind: "ENUM", sizeOrType: 1 })],
    ["enum of 64 bits", 8, 8, (b) => b.add({ kind: "ENUM64", sizeOrType: 8 })],
    ["array of arrays", 24, 2, (b) => b.array(b.array(b.int("short", 2), 3), 4)],
    ["array without elements", 0, 4, (b) => b.array(b.int("int", 4), 0)],
    ["array of void", undefined, 1, (b) => b.array(0, 4)],
    ["typedef of const", 4, 4, (b) => b.ref("TYPEDEF", b.ref("CONST", b.int("int", 4)), "t")],
    ["variable", 4, 4, (b) => b.add({ kind: "VAR", name: "v", sizeOrType: b.int("int", 4), body: [1] })],
    ["section", 12, 1, (b) => b.add({ kind: "DATASEC", name: ".bss", sizeOrType: 12 })],
    ["forward declaration", undefined, 1, (b) => b.add({ kind: "FWD", name: "f" })],
    ["enum that is not defined", undefined, 1, (b) => b.add({ kind: "ENUM", name: "e", sizeOrType: 0 })],
    [
      "enum of 64 bits, not defined",
      undefined,
      1,
      (b) => b.add({ kind: "ENUM64", name: "e", sizeOrType: 0 }),
    ],
    ["function type", undefined, 1, (b) => b.proto(0, [])],
    ["function", undefined, 1, (b) => b.add({ kind: "FUNC", name: "f", sizeOrType: b.proto(0, []) })],
    ["void", undefined, 1, () => 0],
    ["empty struct", 0, 1, (b) => b.composite("STRUCT", "e", 0, [])],
    ["empty union of a size", 8, 1, (b) => b.composite("UNION", "e", 8, [])],
  ])("%s", (_what, size, align, make) => {
    const builder = new BtfBuilder();
    const id = make(builder);
    const btf = builder.parse();
    expect(sizeOf(btf, id)).toBe(size);
    expect(alignOf(btf, id)).toBe(align);
  });

  test("arrays too big to count", () => {
    const builder = new BtfBuilder();
    const int = builder.int("int", 4);
    let id = int;
    for (let dimension = 0; dimension < 3; dimension++) id = builder.array(id, 0xffff_ffff, int);
    const btf = builder.parse();
    expect(sizeOf(btf, id - 2)).toBe(4 * 0xffff_ffff);
    expect(() => sizeOf(btf, id)).toThrow(/too big to count its bytes/u);
  });

  test("arrays too deep, or of themselves", () => {
    const builder = new BtfBuilder();
    const int = builder.int("int", 4);
    let id = int;
    for (let dimension = 0; dimension < 40; dimension++) id = builder.array(id, 1, int);
    const circle = builder.array(id + 1, 1, int);
    const btf = builder.parse();
    expect(sizeOf(btf, int + 32)).toBe(4);
    for (const bad of [id, circle]) {
      expect(() => sizeOf(btf, bad)).toThrow(/more than 32 dimensions/u);
      expect(() => alignOf(btf, bad)).toThrow(/more than 32 dimensions/u);
    }
  });
});

describe("structs", () => {
  const all = scalars();
  const { builder, char, short, int, long } = all;
  const struct = (
    size: number,
    ...members: readonly [name: string, type: number, bits: number, width?: number][]
  ): number =>
    builder.composite(
      "STRUCT",
      `s${builder.stringsSize}`,
      size,
      members.map(([name, type, bits, width = 0]): StructMember => ({ name, type, bits, width })),
    );
  const inner = struct(16, ["a", int, 0], ["b", long, 64]);
  const packedInner = struct(5, ["c", char, 0], ["i", int, 8]);
  const bitPacked = struct(8, ["a", char, 0], ["b", int, 8, 30], ["c", char, 40], ["d", short, 48]);
  const cases = {
    natural: struct(24, ["c", char, 0], ["s", short, 16], ["l", long, 64], ["d", char, 128]),
    packed: struct(11, ["c", char, 0], ["l", long, 8], ["s", short, 72]),
    endPacked: struct(5, ["i", int, 0], ["c", char, 32]),
    nested: struct(24, ["c", char, 0], ["in", inner, 64]),
    nestedPacked: struct(6, ["c", char, 0], ["in", packedInner, 8]),
    bits: struct(8, ["a", int, 0, 3], ["b", int, 3, 13], ["c", int, 20, 4], ["d", char, 32]),
    flexible: struct(4, ["n", int, 0], ["rest", builder.array(char, 0, int), 32]),
    bitPacked,
    inBitPacked: struct(12, ["x", char, 0], ["p", bitPacked, 8], ["y", char, 72], ["z", short, 80]),
    bitsToTheEdge: struct(8, ["a", char, 0], ["b", int, 8, 24], ["c", int, 32, 32]),
    unsorted: struct(8, ["b", int, 32], ["a", int, 0]),
    pointers: struct(16, ["self", builder.ref("PTR", 0), 0], ["i", int, 64]),
  };
  const union = builder.composite("UNION", "u", 8, [
    { name: "i", type: int, bits: 0 },
    { name: "c", type: builder.array(char, 5, int), bits: 0 },
  ]);
  const typedef = builder.ref("TYPEDEF", builder.ref("CONST", cases.natural), "natural_t");
  const oldInt = builder.int("old", 4, 0, 5, 2);
  const old = struct(4, ["plain", oldInt, 0], ["later", oldInt, 8]);
  const btf = builder.parse();
  const brief = (id: number): unknown => {
    const { fields, ...rest } = layoutOf(btf, id);
    return { ...rest, fields: fields.map((field) => [field.name, field.offset, field.size, field.align]) };
  };

  test("holes and padding", () => {
    expect(brief(cases.natural)).toEqual({
      size: 24,
      align: 8,
      packed: false,
      fields: [
        ["c", 0, 1, 1],
        ["s", 2, 2, 2],
        ["l", 8, 8, 8],
        ["d", 16, 1, 1],
      ],
      holes: [
        { offset: 1, bitOffset: 8, bits: 8 },
        { offset: 4, bitOffset: 32, bits: 32 },
      ],
      padding: 7,
      bitPadding: 0,
    });
    expect(brief(typedef)).toEqual(brief(cases.natural));
  });

  test("packed, by a member's place or by the end", () => {
    expect(layoutOf(btf, cases.packed)).toMatchObject({ align: 1, packed: true, holes: [], padding: 0 });
    expect(layoutOf(btf, cases.endPacked)).toMatchObject({ align: 1, packed: true, holes: [], padding: 0 });
    expect(layoutOf(btf, cases.nestedPacked)).toMatchObject({
      align: 1,
      packed: false,
      holes: [],
      padding: 0,
    });
    expect(layoutOf(btf, cases.nested)).toMatchObject({
      align: 8,
      packed: false,
      holes: [{ offset: 1, bitOffset: 8, bits: 56 }],
    });
  });

  test("packed, by a bitfield that crosses a unit of its type", () => {
    expect(layoutOf(btf, cases.bitPacked)).toMatchObject({ align: 1, packed: true });
    expect(layoutOf(btf, cases.inBitPacked)).toMatchObject({ align: 2, packed: false });
    expect(layoutOf(btf, cases.bitsToTheEdge)).toMatchObject({ align: 4, packed: false });
  });

  test("bitfields", () => {
    const layout = layoutOf(btf, cases.bits);
    expect(
      layout.fields.map(({ offset, bitOffset, bitSize, size }) => [offset, bitOffset, bitSize, size]),
    ).toEqual([
      [0, 0, 3, 4],
      [0, 3, 13, 4],
      [2, 20, 4, 4],
      [4, 32, 0, 1],
    ]);
    expect(layout.holes).toEqual([
      { offset: 2, bitOffset: 16, bits: 4 },
      { offset: 3, bitOffset: 24, bits: 8 },
    ]);
    expect(layout).toMatchObject({ padding: 3, bitPadding: 0, align: 4, packed: false });
  });

  test("bitfields of compilers before kind_flag", () => {
    const layout = layoutOf(btf, old);
    expect(layout.fields.map(({ offset, bitOffset, bitSize }) => [offset, bitOffset, bitSize])).toEqual([
      [0, 2, 5],
      [1, 10, 5],
    ]);
    expect(layout).toMatchObject({ padding: 2, bitPadding: 1 });
  });

  test("flexible arrays, order, pointers, unions", () => {
    expect(layoutOf(btf, cases.flexible).fields[1]).toMatchObject({ offset: 4, size: 0, align: 1 });
    expect(layoutOf(btf, cases.unsorted)).toMatchObject({ holes: [], padding: 0 });
    expect(layoutOf(btf, cases.pointers)).toMatchObject({ align: 8, padding: 4 });
    expect(layoutOf(btf, union)).toMatchObject({ size: 8, align: 4, holes: [], padding: 3 });
  });

  test("only structs and unions have one", () => {
    expect(() => layoutOf(btf, int)).toThrow("INT has no members to lay out");
    expect(() => layoutOf(btf, 0)).toThrow("VOID has no members to lay out");
  });
});

describe("structs that contradict themselves", () => {
  test.each<[what: string, message: string, make: (all: ReturnType<typeof scalars>) => number]>([
    [
      "a member beyond the end",
      "member m reaches beyond the 4 bytes of it",
      ({ builder, long }) => builder.composite("STRUCT", "s", 4, [{ name: "m", type: long, bits: 0 }]),
    ],
    [
      "a bitfield beyond the end",
      "member m reaches beyond the 4 bytes of it",
      ({ builder, int }) =>
        builder.composite("STRUCT", "s", 4, [{ name: "m", type: int, bits: 30, width: 3 }]),
    ],
    [
      "a bitfield wider than its type",
      "member m has 9 bits of a type of 1 bytes",
      ({ builder, char }) =>
        builder.composite("STRUCT", "s", 4, [{ name: "m", type: char, bits: 0, width: 9 }]),
    ],
    [
      "a member of void",
      "member (anonymous) has a type without a size",
      ({ builder }) => builder.composite("UNION", "u", 4, [{ name: "", type: 0, bits: 0 }]),
    ],
    [
      "a struct in itself",
      "struct s contains itself",
      ({ builder }) => builder.composite("STRUCT", "s", 4, [{ name: "m", type: 5, bits: 0 }]),
    ],
    [
      "a struct in a union in itself",
      "union (anonymous) contains itself",
      ({ builder }) => {
        builder.composite("STRUCT", "s", 4, [{ name: "m", type: 6, bits: 0 }]);
        return builder.composite("UNION", "", 4, [{ name: "m", type: 5, bits: 0 }]) - 1;
      },
    ],
  ])("%s", (_what, message, make) => {
    const all = scalars();
    const id = make(all);
    const btf = all.builder.parse();
    expect(() => layoutOf(btf, id)).toThrow(BtfParseError);
    expect(() => layoutOf(btf, id)).toThrow(message);
  });
});
