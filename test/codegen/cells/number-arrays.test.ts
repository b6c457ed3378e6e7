/** Arrays of numbers: the matching typed array; written from any `ArrayLike` of as many elements. */
import { describe, expect, test } from "vitest";
import { CellsData } from "../../golden/cells.skel.ts";
import { initialBytes, memoryOf } from "../support.ts";
import { type Refusal, bytewise, describeCells } from "./cell.ts";
import { describeCompiled } from "./compiled.ts";
import { array, enumeration, float, pointer, s16, s32, s64, s8, u16, u32, u64 } from "./types.ts";

/** What no array of two numbers takes. */
const NO_ARRAYS: readonly Refusal[] = [
  [[], "has 0 elements, not 2"],
  [[1], "has 1 elements, not 2"],
  [[1, 2, 3], "has 3 elements, not 2"],
  [new Uint8Array(3), "has 3 elements, not 2"],
  [{ length: 1, 0: 1 }, "has 1 elements, not 2"],
  [{}, "an object is not an array of 2"],
  [{ length: "2", 0: 1, 1: 2 }, "an object is not an array of 2"],
  [new Set([1, 2]), "an object is not an array of 2"],
  ["12", '"12" is not an array of 2'],
  [12, "12 is not an array of 2"],
  [null, "null is not an array of 2"],
  [undefined, "is missing (an array of 2)"],
];

/** An array with a hole. */
const hole: unknown[] = [1];
hole.length = 2;

function refuses(type: string, max: number): readonly Refusal[] {
  return [
    ...NO_ARRAYS,
    [[1, max + 1], `${max + 1} is out of range for ${type}`, "[1]"],
    [[-(2 ** 40), 1], `out of range for ${type}`, "[0]"],
    [[1, 1.5], `1.5 is not an integer (${type})`, "[1]"],
    [[Number.NaN, 1], `NaN is not an integer (${type})`, "[0]"],
    [[1, "2"], `"2" is not an integer (${type})`, "[1]"],
    [[1, 2n], `2n is not an integer (${type})`, "[1]"],
    [[1, null], `null is not an integer (${type})`, "[1]"],
    [hole, "is missing", "[1]"],
    [BigUint64Array.of(1n, 2n), `1n is not an integer (${type})`, "[0]"],
    [Float64Array.of(1, 2.5), `2.5 is not an integer (${type})`, "[1]"],
  ];
}

function refusesBig(type: string, beyond: bigint): readonly Refusal[] {
  return [
    ...NO_ARRAYS,
    [[1n, beyond], `${beyond} is out of range for ${type}`, "[1]"],
    [[1n, 2 ** 53], "is no exact integer: give a bigint", "[1]"],
    [[1n, 1.5], `1.5 is not an integer (${type})`, "[1]"],
    [[1n, "2"], `"2" is not a bigint (${type})`, "[1]"],
    [hole, "is missing", "[1]"],
    [Float32Array.of(1, 2.5), `2.5 is not an integer (${type})`, "[1]"],
  ];
}

describeCells([
  bytewise("s8s", array(s8, 2), "ff02", Int8Array.of(-1, 2), {
    accepts: [[-1, 2]],
    refuses: refuses("__s8", 127),
  }),
  {
    name: "u16s",
    type: array(u16, 2),
    little: "01000200",
    big: "00010002",
    value: Uint16Array.of(1, 2),
    accepts: [
      [1, 2],
      Uint8Array.of(1, 2),
      Float64Array.of(1, 2),
      { length: 2, 0: 1, 1: 2 },
      Uint32Array.of(0, 1, 2).subarray(1),
    ],
    refuses: [...refuses("__u16", 0xffff), [Int16Array.of(1, -2), "-2 is out of range for __u16", "[1]"]],
  },
  {
    name: "s16s",
    type: array(s16, 2),
    little: "fffffeff",
    big: "fffffffe",
    value: Int16Array.of(-1, -2),
    refuses: refuses("__s16", 0x7fff),
  },
  {
    name: "u32s",
    type: array(u32, 2),
    little: "01000000ffffffff",
    big: "00000001ffffffff",
    value: Uint32Array.of(1, 0xffffffff),
    accepts: [[1, 0xffffffff]],
    refuses: refuses("__u32", 0xffffffff),
  },
  {
    name: "s32s",
    type: array(s32, 2),
    little: "feffffff01000000",
    big: "fffffffe00000001",
    value: Int32Array.of(-2, 1),
    refuses: refuses("__s32", 0x7fffffff),
  },
  {
    name: "u64s",
    type: array(u64, 2),
    little: "0100000000000000ffffffffffffffff",
    big: "0000000000000001ffffffffffffffff",
    value: BigUint64Array.of(1n, 0xffffffffffffffffn),
    accepts: [[1, 0xffffffffffffffffn]],
    refuses: [
      ...refusesBig("__u64", 1n << 64n),
      [[1n, -1], "-1 is out of range for __u64", "[1]"],
      [BigInt64Array.of(1n, -1n), "-1 is out of range for __u64", "[1]"],
    ],
  },
  {
    name: "s64s",
    type: array(s64, 2),
    little: "feffffffffffffff0100000000000000",
    big: "fffffffffffffffe0000000000000001",
    value: BigInt64Array.of(-2n, 1n),
    accepts: [[-2, 1], Int8Array.of(-2, 1)],
    refuses: refusesBig("__s64", 1n << 63n),
  },
  {
    name: "floats",
    type: array(float(4), 2),
    little: "0000c03f000000c0",
    big: "3fc00000c0000000",
    value: Float32Array.of(1.5, -2),
    accepts: [[1.5, -2]],
    refuses: [
      ...NO_ARRAYS,
      [[1, 1e39], "1e+39 is out of range for float", "[1]"],
      [[1, "2"], '"2" is not a number', "[1]"],
      [[1, 2n], "2n is not a number", "[1]"],
      [hole, "is missing", "[1]"],
    ],
  },
  {
    name: "doubles",
    type: array(float(8), 2),
    little: "00000000000002c0000000000000f87f",
    big: "c0020000000000007ff8000000000000",
    value: Float64Array.of(-2.25, Number.NaN),
    accepts: [[-2.25, Number.NaN]],
    refuses: [...NO_ARRAYS, [[1, true], "true is not a number", "[1]"]],
  },
  {
    name: "pointers",
    type: array(pointer, 2),
    little: "10000000000000000000000000000000",
    big: "00000000000000100000000000000000",
    value: BigUint64Array.of(16n, 0n),
    accepts: [[16, 0]],
    refuses: refusesBig("__u64", 1n << 64n),
  },
  {
    name: "enums_unknown",
    type: array(enumeration("opaque", 4, false, []), 2),
    little: "0300000004000000",
    big: "0000000300000004",
    value: Uint32Array.of(3, 4),
    refuses: refuses("__u32", 0xffffffff),
  },
]);

describeCompiled({
  s8s: Int8Array.of(-1, 2),
  u16s: Uint16Array.of(1, 0xffff),
  s16s: Int16Array.of(-1, -2),
  u32s: Uint32Array.of(1, 0xffffffff),
  s32s: Int32Array.of(-2),
  u64s: BigUint64Array.of(1n, 0xffffffffffffffffn),
  s64s: BigInt64Array.of(-2n),
  floats: Float32Array.of(1.5, -2),
  doubles: Float64Array.of(-2.25),
  pointers: BigUint64Array.of(16n, 0n),
});

describe("typed arrays that are read", () => {
  test("have memory of their own", () => {
    const memory = memoryOf(initialBytes("cells.bpf.o", ".data"));
    const read = new CellsData(memory).u32s;
    memory.bytes.fill(0);
    expect([...read]).toEqual([1, 0xffffffff]);
  });

  test("are of one class, whatever they were written from", () => {
    const data = new CellsData(memoryOf(initialBytes("cells.bpf.o", ".data")));
    data.u16s = [5, 6];
    expect(data.u16s).toEqual(Uint16Array.of(5, 6));
  });
});
