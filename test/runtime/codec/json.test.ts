import { be, le } from "tinybpf";
import { describe, expect, test } from "vitest";
import type { Cursor } from "../../../src/runtime/codec/cursor.ts";
import { struct, type Codec, type StructCodec } from "../../../src/runtime/codec/codec.ts";
import { ValueError } from "../../../src/runtime/errors.ts";
import { Lifted, Number2 } from "../../golden/unions.skel.ts";
import { Arrays2, Point } from "../../golden/arrays.skel.ts";
import { LifecycleEvent } from "../../golden/ringbufs.skel.ts";
import { LargeEnum } from "./types.ts";

const COLOURS = { RED: 1, GREEN: 2, ALSO_GREEN: 2 } as const;

const rows: readonly [what: string, codec: Codec<never, never>, value: unknown, json: unknown][] = (
  [
    ["u32", le.u32, 4_294_967_295, 4_294_967_295],
    ["u64 that is exact", le.u64, 2n ** 53n - 1n, 2 ** 53 - 1],
    ["u64 that is not", le.u64, 2n ** 53n, "9007199254740992"],
    ["s64 that is exact", le.i64, -(2n ** 53n) + 1n, -(2 ** 53) + 1],
    ["s64 that is not", le.i64, -(2n ** 63n), "-9223372036854775808"],
    ["number for a 64-bit integer", le.u64, 7, 7],
    ["128 bits", le.u128, 2n ** 128n - 1n, "340282366920938463463374607431768211455"],
    ["pointer", le.pointer, 0xffff_8880_0000_0000n, "18446612682070032384"],
    ["boolean", le.bool, true, true],
    ["float", le.f32, 1.5, 1.5],
    ["NaN", le.f64, Number.NaN, "NaN"],
    ["infinity", le.f64, Number.NEGATIVE_INFINITY, "-Infinity"],
    ["string", le.chars(8), 'a"b\n', 'a"b\n'],
    ["bytes", le.bytes(3), new Uint8Array([0, 0xab, 0xff]), "00abff"],
    ["typed array", le.numbers("u16", 2), new Uint16Array([1, 2]), [1, 2]],
    ["64-bit array", be.numbers("u64", 2), new BigUint64Array([1n, 2n ** 60n]), [1, "1152921504606846976"]],
    ["array of arrays", le.array(le.numbers("i8", 1), 2), [[-1], [1]], [[-1], [1]]],
    ["array of strings", le.array(le.chars(2), 2), ["a", ""], ["a", ""]],
    ["enumerator", le.enumeration("enum colour", 4, false, COLOURS), 1, "RED"],
    ["enumerator of two names", le.enumeration("enum colour", 4, false, COLOURS), 2, "GREEN"],
    ["no enumerator", le.enumeration("enum colour", 4, false, COLOURS), 7, 7],
    ["64-bit enumerator", LargeEnum, 2n ** 63n, "TOP"],
    ["no 64-bit enumerator", LargeEnum, 2n ** 62n, "4611686018427387904"],
    ["bitfield of an enum", le.bits(0, 2, false, COLOURS), 2, "GREEN"],
  ] as const
).map(([what, codec, value, json]) => [what, codec as unknown as Codec<never, never>, value, json]);

test.each(rows)("%s", (_what, codec, value, json) => {
  expect(codec.toJSON(value as never)).toEqual(json);
  // It is what JSON can say.
  expect(JSON.parse(JSON.stringify(codec.toJSON(value as never)))).toEqual(json);
});

describe("structs", () => {
  test("are objects with the members in their order, nested ones and arrays of them too", () => {
    const bytes = new Uint8Array(Arrays2.size).fill(1);
    const value = Arrays2.decode(bytes);
    const json = Arrays2.toJSON(value);
    expect(json).toMatchObject({
      bytes: "010101010101",
      points: [{ x: 0x1010101, y: 0x1010101 }, {}, {}],
      u64: ["72340172838076673", "72340172838076673"],
      flags: [true, true, true, true],
    });
    expect(Object.keys(json as object)).toEqual(Object.keys(value));
    expect(Arrays2.toJSON(Arrays2.view(bytes))).toEqual(json);
  });

  test("with unions have every member that the value has", () => {
    const read = Lifted.decode(new Uint8Array(Lifted.size).fill(2));
    expect(Object.keys(Lifted.toJSON(read) as object)).toEqual(Object.keys(Lifted.fields));
    expect(Lifted.toJSON(Lifted.view(new Uint8Array(Lifted.size).fill(2)))).toEqual(Lifted.toJSON(read));
  });

  test("have a member called __proto__ only if the value has one of its own", () => {
    const fields = {
      ["__proto__"]: { offset: 0, size: 4, type: le.u32 },
      toString: { offset: 4, size: 4, type: le.u32 },
    };
    const odd = named(fields);
    const given = JSON.parse('{ "__proto__": 5, "toString": 6 }') as never;
    expect(JSON.stringify(odd.toJSON(given))).toBe('{"__proto__":5,"toString":6}');
    // Every object inherits both.
    expect(() => odd.toJSON({})).toThrow("__proto__: is missing (an integer)");
    expect(() => odd.toJSON({ ["__proto__"]: 1 })).toThrow("toString: is missing (an integer)");
  });
});

test.each([
  ["undefined", le.u32, undefined, "", "is missing (an integer)"],
  ["a fraction", le.u32, 1.5, "", "1.5 is not an integer"],
  ["a string for a number", le.f32, "1", "", '"1" is not a number'],
  ["a number for a boolean", le.bool, 1, "", "1 is not a boolean"],
  ["bytes for a string", le.chars(1), new Uint8Array(1), "", "an object is not a string"],
  ["an array for bytes", le.bytes(1), [1], "", "an array of 1 is not a Uint8Array"],
  ["too few elements", le.numbers("u8", 2), [1], "", "has 1 elements, not 2"],
  ["an element", le.array(le.bool, 2), [true, null], "[1]", "null is not a boolean"],
  [
    "null for a struct",
    named({ x: { offset: 0, size: 4, type: le.u32 } }),
    null,
    "",
    "null is not an object with x",
  ],
  ["a member", named({ x: { offset: 0, size: 4, type: le.u32 } }), { x: "1" }, "x", '"1" is not an integer'],
] as const)("%s is a ValueError", (_what, codec, value, path, reason) => {
  let thrown: unknown;
  try {
    (codec as unknown as Codec<never, never>).toJSON(value as never);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(ValueError);
  expect(thrown).toMatchObject({ path, reason });
});

function named(fields: StructCodec<object>["fields"]): StructCodec<object> {
  return struct<object>({
    name: "struct named",
    size: 8,
    align: 4,
    fields,
    View: class {
      readonly cursor: Cursor;
      constructor(cursor: Cursor) {
        this.cursor = cursor;
      }
    },
    read: () => ({}),
    write: () => {},
  });
}

test("what is not there is an error, except of a union", () => {
  expect(() => Point.toJSON({ x: 1 } as never)).toThrow("y: is missing (an integer)");
  for (const nothing of [{}, [1, 2], new Map([["x", 1]])])
    expect(() => Point.toJSON(nothing as never)).toThrow("x: is missing (an integer)");
  expect(Number2.toJSON({ u64: 5 })).toEqual({ u64: 5 });
});

test("a codec, its fields and a union of events can be listed themselves", () => {
  expect(JSON.stringify({ Point, LifecycleEvent })).toBe(
    '{"Point":"struct point","LifecycleEvent":"LifecycleEvent"}',
  );
  expect(JSON.stringify(Point.fields)).toBe('{"x":{"offset":0,"size":4},"y":{"offset":4,"size":4}}');
  expect(Point.fields["x"]?.type).toBe(le.i32);
});

test("an integer of a number is written out", () => {
  expect(le.u64.toJSON(1e21)).toBe("1000000000000000000000");
});
