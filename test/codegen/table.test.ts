/**
 * Every row of the C-to-TypeScript table, read and written by generated code, in both byte orders. Each C type is
 * the member of a struct between a byte before it and two bytes of padding behind it.
 */
import { ArrayView } from "../../src/runtime/codec/array-view.ts";
import { describe, expect, test } from "vitest";
import type { StructCodec } from "tinybpf/gen-v1";
import { BtfBuilder } from "../btf-parser/btf-builder.ts";
import { generateAndImport, objectOf } from "./support.ts";

const SIGNED = 1;
const CHAR = 2;
const BOOL = 4;

/** A row: the C type, its bytes, and what they are in TypeScript. */
interface Row {
  readonly name: string;
  /** Adds the type. */
  readonly type: (btf: BtfBuilder) => number;
  /** In hexadecimal. */
  readonly little: string;
  readonly big: string;
  readonly value: unknown;
  /** Other values that are written as the same bytes. */
  readonly accepts?: readonly unknown[];
}

/** Numbers of one element whose bytes in the two orders are each other's reverse. */
function scalar(name: string, type: Row["type"], big: string, value: unknown, accepts: unknown[] = []): Row {
  const little = big.match(/../g)?.toReversed().join("") ?? "";
  return { name, type, little, big, value, accepts };
}

function int(name: string, size: number, encoding: number): Row["type"] {
  return (btf) => btf.int(name, size, encoding);
}

function array(element: Row["type"], ...dimensions: number[]): Row["type"] {
  return (btf) => dimensions.toReversed().reduce((type, nelems) => btf.array(type, nelems), element(btf));
}

const u8 = int("unsigned char", 1, 0);
const u16 = int("unsigned short", 2, 0);
const s16 = int("short", 2, SIGNED);
const u32 = int("unsigned int", 4, 0);
const s32 = int("int", 4, SIGNED);
const u64 = int("unsigned long long", 8, 0);
const s64 = int("long long", 8, SIGNED);
const char = int("char", 1, SIGNED);
const bool = int("_Bool", 1, BOOL);
const pointer: Row["type"] = (btf) => btf.ref("PTR", 0);
const float =
  (size: number): Row["type"] =>
  (btf) =>
    btf.add({ kind: "FLOAT", name: "f", sizeOrType: size });

/** An enum of 32 bits or less: info's flag is its sign. */
function enumeration(
  name: string,
  size: number,
  flag: boolean,
  values: readonly (readonly [string, number])[],
): Row["type"] {
  return (btf) =>
    btf.add({
      kind: "ENUM",
      name,
      flag,
      sizeOrType: size,
      vlen: values.length,
      body: values.flatMap(([member, value]) => [member, value >>> 0]),
    });
}

function enumeration64(
  name: string,
  flag: boolean,
  values: readonly (readonly [string, bigint])[],
): Row["type"] {
  return (btf) =>
    btf.add({
      kind: "ENUM64",
      name,
      flag,
      sizeOrType: 8,
      vlen: values.length,
      body: values.flatMap(([member, value]) => [
        member,
        Number(BigInt.asUintN(32, value)),
        Number(BigInt.asUintN(32, value >> 32n)),
      ]),
    });
}

function point(btf: BtfBuilder): number {
  const type = u16(btf);
  return btf.composite("STRUCT", "point", 4, [
    { name: "x", type, bits: 0 },
    { name: "y", type, bits: 16 },
  ]);
}

const ROWS: readonly Row[] = [
  scalar("u8", u8, "ff", 255),
  scalar("s8", int("signed char", 1, SIGNED), "80", -128),
  scalar("char", char, "9f", -97),
  scalar("u16", u16, "fffe", 0xfffe),
  scalar("s16", s16, "8000", -0x8000),
  scalar("u32", u32, "fffffffe", 0xfffffffe),
  scalar("s32", s32, "80000000", -0x80000000),
  scalar("u64", u64, "fffffffffffffffe", 0xfffffffffffffffen),
  scalar("u64_small", u64, "001fffffffffffff", 0x1fffffffffffffn, [Number.MAX_SAFE_INTEGER]),
  scalar("s64", s64, "8000000000000000", -0x8000000000000000n),
  scalar("s64_small", s64, "ffffffffffffffff", -1n, [-1]),
  scalar(
    "u128",
    int("unsigned __int128", 16, 0),
    "ff00000000000000000000000000000a",
    0xff00000000000000000000000000000an,
  ),
  scalar("s128", int("__int128", 16, SIGNED), "fffffffffffffffffffffffffffffffe", -2n, [-2]),
  scalar("pointer", pointer, "ffff888000000010", 0xffff888000000010n),
  scalar("pointer_null", pointer, "0000000000000000", 0n, [0]),
  scalar("bool_true", bool, "01", true),
  scalar("bool_false", bool, "00", false),
  scalar("float", float(4), "3fc00000", 1.5),
  scalar("double", float(8), "c002000000000000", -2.25),
  scalar("double_inf", float(8), "7ff0000000000000", Infinity),
  scalar("typedef", (btf) => btf.ref("TYPEDEF", btf.ref("CONST", u32(btf)), "my_u32"), "00000007", 7),
  scalar("volatile", (btf) => btf.ref("VOLATILE", btf.ref("TYPE_TAG", s16(btf), "tag")), "fff9", -7),
  {
    name: "string",
    type: array(char, 8),
    little: "68c3a96c6c6f0000",
    big: "68c3a96c6c6f0000",
    value: "héllo",
  },
  { name: "string_full", type: array(char, 2), little: "6869", big: "6869", value: "hi" },
  {
    name: "string_flag",
    type: array(int("byte", 1, CHAR), 4),
    little: "68690000",
    big: "68690000",
    value: "hi",
  },
  {
    name: "string_typedef",
    type: array((btf) => btf.ref("CONST", btf.ref("TYPEDEF", char(btf), "c_t")), 4),
    little: "61000000",
    big: "61000000",
    value: "a",
  },
  {
    name: "bytes",
    type: array(u8, 3),
    little: "010203",
    big: "010203",
    value: Uint8Array.of(1, 2, 3),
    accepts: [Buffer.of(1, 2, 3)],
  },
  {
    name: "signed_bytes",
    type: array(int("signed char", 1, SIGNED), 2),
    little: "ff02",
    big: "ff02",
    value: Int8Array.of(-1, 2),
    accepts: [[-1, 2]],
  },
  {
    name: "u16s",
    type: array(u16, 2),
    little: "01000200",
    big: "00010002",
    value: Uint16Array.of(1, 2),
    accepts: [[1, 2]],
  },
  { name: "s16s", type: array(s16, 2), little: "fffffeff", big: "fffffffe", value: Int16Array.of(-1, -2) },
  {
    name: "u32s",
    type: array(u32, 2),
    little: "01000000ffffffff",
    big: "00000001ffffffff",
    value: Uint32Array.of(1, 0xffffffff),
    accepts: [[1, 0xffffffff]],
  },
  { name: "s32s", type: array(s32, 1), little: "feffffff", big: "fffffffe", value: Int32Array.of(-2) },
  {
    name: "u64s",
    type: array(u64, 2),
    little: "0100000000000000ffffffffffffffff",
    big: "0000000000000001ffffffffffffffff",
    value: BigUint64Array.of(1n, 0xffffffffffffffffn),
    accepts: [[1, 0xffffffffffffffffn]],
  },
  {
    name: "s64s",
    type: array(s64, 1),
    little: "feffffffffffffff",
    big: "fffffffffffffffe",
    value: BigInt64Array.of(-2n),
    accepts: [[-2]],
  },
  {
    name: "floats",
    type: array(float(4), 2),
    little: "0000c03f000000c0",
    big: "3fc00000c0000000",
    value: Float32Array.of(1.5, -2),
    accepts: [[1.5, -2]],
  },
  {
    name: "doubles",
    type: array(float(8), 1),
    little: "00000000000002c0",
    big: "c002000000000000",
    value: Float64Array.of(-2.25),
  },
  {
    name: "pointers",
    type: array(pointer, 1),
    little: "1000000000000000",
    big: "0000000000000010",
    value: BigUint64Array.of(16n),
    accepts: [[16]],
  },
  { name: "bools", type: array(bool, 3), little: "010001", big: "010001", value: [true, false, true] },
  {
    name: "u128s",
    type: array(int("unsigned __int128", 16, 0), 1),
    little: "01000000000000000000000000000000",
    big: "00000000000000000000000000000001",
    value: [1n],
    accepts: [[1]],
  },
  {
    name: "strings",
    type: array(char, 2, 3),
    little: "616200630000",
    big: "616200630000",
    value: ["ab", "c"],
  },
  {
    name: "bytes_2d",
    type: array(u8, 2, 2),
    little: "01020304",
    big: "01020304",
    value: [Uint8Array.of(1, 2), Uint8Array.of(3, 4)],
  },
  {
    name: "grid",
    type: array(u16, 2, 1, 2),
    little: "0100020003000400",
    big: "0001000200030004",
    value: [[Uint16Array.of(1, 2)], [Uint16Array.of(3, 4)]],
    accepts: [[[[1, 2]], [[3, 4]]]],
  },
  { name: "struct", type: point, little: "01000200", big: "00010002", value: { x: 1, y: 2 } },
  {
    name: "structs",
    type: array(point, 2),
    little: "0100020003000400",
    big: "0001000200030004",
    value: [
      { x: 1, y: 2 },
      { x: 3, y: 4 },
    ],
  },
  scalar(
    "enum",
    enumeration("state", 4, false, [
      ["NEW", 0],
      ["OLD", 7],
    ]),
    "00000007",
    7,
  ),
  scalar("enum_outside", enumeration("state2", 4, false, [["NEW2", 0]]), "fffffff0", 0xfffffff0),
  scalar("enum_signed", enumeration("level", 4, true, [["LOW", -10]]), "fffffff6", -10),
  scalar("enum_tiny", enumeration("tiny", 1, false, [["T", 200]]), "c8", 200),
  scalar("enum_small", enumeration("small", 2, true, [["S", -300]]), "fed4", -300),
  scalar("enum_wide", enumeration("wide", 8, false, [["W", 5]]), "0000000000000005", 5n),
  scalar(
    "enum64",
    enumeration64("big", false, [["B", 0xffffffffffffffffn]]),
    "ffffffffffffffff",
    0xffffffffffffffffn,
  ),
  scalar("enum64_signed", enumeration64("big_signed", true, [["BS", -1n]]), "ffffffffffffffff", -1n),
  scalar("enum_unknown", enumeration("opaque", 4, false, []), "00000003", 3),
  {
    name: "enums",
    type: array(
      enumeration("state3", 2, false, [
        ["A3", 1],
        ["B3", 2],
      ]),
      2,
    ),
    little: "01000200",
    big: "00010002",
    value: [1, 2],
  },
  {
    name: "enums_unknown",
    type: array(enumeration("opaque2", 4, false, []), 1),
    little: "03000000",
    big: "00000003",
    value: Uint32Array.of(3),
  },
  {
    name: "long_double",
    type: float(16),
    little: "000102030405060708090a0b0c0d0e0f",
    big: "000102030405060708090a0b0c0d0e0f",
    value: Uint8Array.from({ length: 16 }, (_, i) => i),
  },
  { name: "empty", type: (btf) => btf.composite("STRUCT", "empty", 0, []), little: "", big: "", value: {} },
  {
    name: "anonymous",
    type: (btf) => {
      const type = u16(btf);
      const inner = btf.composite("STRUCT", "", 2, [{ name: "b", type, bits: 0 }]);
      return btf.composite("STRUCT", "outer", 4, [
        { name: "a", type, bits: 0 },
        { name: "", type: inner, bits: 16 },
      ]);
    },
    little: "01000200",
    big: "00010002",
    value: { a: 1, b: 2 },
  },
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
  },
];

/** Bytes around the member: one before it, two of padding behind. */
const BEFORE = 0x5a;
const PADDING = 2;

async function codecsOf(
  order: "little" | "big",
): Promise<ReadonlyMap<string, StructCodec<unknown, unknown>>> {
  const btf = new BtfBuilder({ byteOrder: order });
  const lead = btf.int("__u8", 1);
  for (const row of ROWS) {
    const size = row[order].length / 2;
    btf.composite("STRUCT", `cell_${row.name}`, 1 + size + PADDING, [
      { name: "lead", type: lead, bits: 0 },
      { name: "value", type: row.type(btf), bits: 8 },
    ]);
  }
  const module = await generateAndImport(objectOf(btf.parse()), { types: ["cell_*"] });
  const codecs = Object.values(module).filter(isCodec);
  return new Map(codecs.map((codec) => [codec.name.replace("struct cell_", ""), codec]));
}

function isCodec(value: unknown): value is StructCodec<unknown, unknown> {
  return typeof value === "object" && value !== null && "decode" in value && "View" in value;
}

describe.each(["little", "big"] as const)("%s-endian", async (order) => {
  const codecs = await codecsOf(order);

  describe.each(ROWS)("$name", ({ name, value, accepts = [], ...hex }) => {
    const codec = codecs.get(name);
    if (codec === undefined) throw new Error(`no codec for cell_${name}`);
    const bytes = Uint8Array.from(Buffer.from(`5a${hex[order]}0000`, "hex"));

    test("is read", () => {
      expect(codec.size).toBe(bytes.length);
      expect(codec.decode(bytes)).toEqual({ lead: BEFORE, value });
    });

    test("is read in place, wherever the struct is", () => {
      const shifted = new Uint8Array(bytes.length + 7);
      shifted.set(bytes, 7);
      const view = codec.view(shifted.subarray(7));
      expect(plain(Reflect.get(view as object, "value"), value)).toEqual(value);
    });

    test("is written, padding as 0", () => {
      const target = new Uint8Array(bytes.length).fill(0xee);
      codec.write(new DataView(target.buffer), 0, { lead: BEFORE, value });
      expect(target).toEqual(bytes);
    });

    test.each(accepts.map((accepted) => ({ accepted })))("is written from $accepted", ({ accepted }) => {
      expect(codec.encode({ lead: BEFORE, value: accepted })).toEqual(bytes);
    });

    test("what was read is written back", () => {
      expect(codec.encode(codec.decode(bytes))).toEqual(bytes);
    });
  });
});

/** The members of a view that a struct has; other values as they are. */
function plain(actual: unknown, like: unknown): unknown {
  if (actual === null || typeof actual !== "object" || Array.isArray(actual) || ArrayBuffer.isView(actual))
    return actual;
  if (actual instanceof ArrayView) {
    const copy: unknown = actual.copy();
    // One by one, elements are as they are in the copy.
    expect(Array.from(actual, (each, index) => plain(each, Reflect.get(copy as object, index)))).toEqual(
      Array.from(copy as ArrayLike<unknown>),
    );
    return copy;
  }
  return Object.fromEntries(Object.keys(like as object).map((key) => [key, Reflect.get(actual, key)]));
}
