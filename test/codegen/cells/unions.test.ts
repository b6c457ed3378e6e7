/** Unions: every member is read, each decoded on first use; written from exactly one, or from a value that was read. */
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { CellsBeData } from "../../golden/cells.be.skel.ts";
import { CellsData, Number2 } from "../../golden/cells.skel.ts";
import { Endpoint, Many, UnionsData } from "../../golden/unions.skel.ts";
import { initialBytes, memoryOf } from "../support.ts";
import { type Refusal, describeCells, expectRefusal } from "./cell.ts";
import { type AddType, array, point, u16, u32 } from "./types.ts";

/** `union choice { __u32 whole; __u16 halves[2]; struct point point; }` */
const choice: AddType = (btf) =>
  btf.composite("UNION", "choice", 4, [
    { name: "whole", type: u32(btf), bits: 0 },
    { name: "halves", type: array(u16, 2)(btf), bits: 0 },
    { name: "point", type: point(btf), bits: 0 },
  ]);

const ONE_OF = "a union takes exactly one of whole, halves, point; given: ";

const REFUSES: readonly Refusal[] = [
  [{}, `${ONE_OF}none`],
  [[], `${ONE_OF}none`],
  [{ whole: undefined }, `${ONE_OF}none`],
  [{ whole: 1, halves: [1, 2] }, `${ONE_OF}whole and halves`],
  [{ whole: 1, halves: [1, 2], point: { x: 1, y: 2 } }, `${ONE_OF}whole and halves and point`],
  [{ other: 1 }, "unknown member; there are whole, halves, point", ".other"],
  [{ whole: 1, other: 1 }, "unknown member; there are whole, halves, point", ".other"],
  [{ whole: -1 }, "-1 is out of range for __u32", ".whole"],
  [{ whole: null }, "null is not an integer (__u32)", ".whole"],
  [{ halves: [1, 70000] }, "70000 is out of range for __u16", ".halves[1]"],
  [{ point: { x: 1 } }, "is missing", ".point.y"],
  [{ point: null }, "null is not an object with x, y", ".point"],
  [null, "null is not an object with whole, halves, point"],
  [5, "5 is not an object with whole, halves, point"],
  ["x", '"x" is not an object with whole, halves, point'],
];

describeCells([
  {
    name: "union",
    type: choice,
    little: "01000200",
    big: "00010002",
    value: { halves: Uint16Array.of(1, 2) },
    refuses: REFUSES,
    reads: { halves: Uint16Array.of(1, 2), point: { x: 1, y: 2 } },
    accepts: [{ point: { x: 1, y: 2 } }, { halves: [1, 2] }, { halves: [1, 2], whole: undefined }],
  },
]);

describe.each([
  ["cells.bpf.o", CellsData, 0x00020001],
  ["cells.be.bpf.o", CellsBeData, 0x00010002],
])("%s, as clang compiled it", (fixture, Class, whole) => {
  const initial = initialBytes(fixture, ".data");

  test("every member is read", () => {
    const data = new Class(memoryOf(initial));
    expect({ ...data.number }).toMatchObject({ whole, halves: Uint16Array.of(1, 2) });
    expect(data.numbers[0]?.whole).toBe(5);
    expect(data.numbers[1]?.point).toEqual({ x: 6, y: -7 });
  });

  test("one member is written, the rest is 0", () => {
    const memory = memoryOf(initial);
    const data = new Class(memory);
    data.number = { point: { x: 1, y: -1 } };
    expect(memory.bytes).not.toEqual(initial);
    data.number = { halves: [1, 2] };
    expect(memory.bytes).toEqual(initial);
    data.numbers = [{ whole: 1 }, { whole: 1 }];
    data.numbers = [{ whole: 5 }, { point: { x: 6, y: -7 } }];
    expect(memory.bytes).toEqual(initial);
  });

  test("what was read is written back, all of it", () => {
    const memory = memoryOf(initial);
    const data = new Class(memory);
    const { number, numbers } = new Class(memoryOf(initial));
    data.number = { whole: 0 };
    data.number = number;
    data.numbers = [{ whole: 0 }, { whole: 0 }];
    data.numbers = numbers;
    expect(memory.bytes).toEqual(initial);
  });
});

test("bytes that a smaller member leaves are 0 over whatever was there", () => {
  const bytes = new Uint8Array(Number2.size).fill(0xee);
  Number2.write(new DataView(bytes.buffer), 0, { whole: 1 });
  expect(bytes).toEqual(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0));
});

test("smaller and larger members, as clang compiled them", () => {
  const data = new UnionsData(memoryOf(initialBytes("unions.bpf.o", ".data")));
  expect(data.padded.bytes).toEqual(Uint8Array.of(1, 2, 3, 4, 5));
  expect(data.padded.word).toBe(0x04030201);
  // oxlint-disable-next-line oxc/approx-constant -- as the fixture has it
  expect(data.pi.f64).toBe(3.14159);
});

describe("a value that was read", () => {
  const bytes = Uint8Array.of(1, 0, 2, 0, 3, 0, 0, 0);

  test("can be written with one member changed", () => {
    const value = Number2.decode(bytes);
    value.whole = 9;
    expect(Number2.encode(value)).toEqual(Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0));
  });

  test("cannot with two", () => {
    const value = Number2.decode(bytes);
    value.whole = 9;
    value.point = { x: 5, y: 6 };
    expectRefusal(
      () => Number2.encode(value),
      "number",
      "a union takes exactly one of whole, halves, point; given: whole and point",
    );
  });

  test("keeps its bytes when it is copied", () => {
    expect(Number2.encode({ ...Number2.decode(bytes) })).toEqual(bytes);
  });

  test("is a copy of the bytes it was read from", () => {
    const source = bytes.slice();
    const value = Number2.decode(source);
    source.fill(0);
    expect(value.whole).toBe(0x00020001);
  });

  test("shows its members alone", () => {
    expect(inspect(Number2.decode(bytes))).toBe(
      "{\n  whole: 131073,\n  halves: Uint16Array(2) [ 1, 2 ],\n  point: { x: 1, y: 3 }\n}",
    );
    expect(Object.keys(Number2.decode(bytes))).toEqual(["whole", "halves", "point"]);
  });
});

test.each([
  [
    Endpoint,
    { family: 1, address: { v4: { addr: 1, port: 70000 } } },
    "endpoint.address.v4.port",
    "out of range",
  ],
  [Endpoint, { family: 1 }, "endpoint.address", "is missing"],
  [
    Endpoint,
    { family: 1, address: { path: "x", v4: { addr: 1, port: 2 } } },
    "endpoint.address",
    "exactly one of v4, v6, path; given: v4 and path",
  ],
  [
    Many,
    { numbers: [{ u64: 1n }, { u64: 1n }, { u64: -1n }], unnamed_type: [{ a: 1 }, { a: 1 }] },
    "many.numbers[2].u64",
    "out of range",
  ],
  [
    Many,
    { numbers: [{ u64: 1n }, { u64: 1n }, { u64: 1n }], unnamed_type: [{ a: 1 }, { b: "12345" }] },
    "many.unnamed_type[1].b",
    "too long for char[4]",
  ],
])("$name $2", (codec, value, path, reason) => {
  expectRefusal(() => codec.encode(value as never), path, reason);
});
