import { ClosedError, IndexError, le } from "tinybpf";
import { expect, test } from "vitest";
import { Cursor } from "../../../src/runtime/codec/cursor.ts";
import { ArrayView } from "../../../src/runtime/codec/array-view.ts";
import { Arrays2, Arrays2View, PointView } from "../../golden/arrays.skel.ts";

const bytes = new Uint8Array(Arrays2.size);

test("numbers are read in place, one at a time", () => {
  const memory = bytes.slice();
  const view = Arrays2.view(memory);
  const numbers = view.u16;
  expect(numbers.length).toBe(3);
  expect([...numbers]).toEqual([0, 0, 0]);
  memory[36 + 2] = 7;
  expect(numbers.get(1)).toBe(7);
  expect([...numbers]).toEqual([0, 7, 0]);
  expect(view.bytes.get(5)).toBe(0);
});

test("a copy is a value of its own, of the class that decoding gives", () => {
  const memory = bytes.slice();
  const view = Arrays2.view(memory);
  const copy = view.u16.copy();
  memory.fill(1);
  expect(copy).toEqual(new Uint16Array(3));
  expect(view.u16.copy()).toEqual(new Uint16Array(3).fill(0x101));
  expect(view.bytes.copy()).toEqual(new Uint8Array(6).fill(1));
  expect(view.points.copy()).toEqual(Arrays2.decode(memory).points);
});

test("structs and arrays in arrays are views", () => {
  const memory = bytes.slice();
  const view = Arrays2.view(memory);
  const point = view.points.get(2);
  expect(point).toBeInstanceOf(PointView);
  memory[192 + 2 * 8 + 4] = 9;
  expect(point.y).toBe(9);
  const row = view.grid.get(1);
  expect(row).toBeInstanceOf(ArrayView);
  memory[240 + (1 * 3 + 2) * 2] = 8;
  expect(row.get(2)).toBe(8);
  memory[252 + (4 + 1) * 8] = 6;
  expect(view.cube.get(1).get(0).get(1).x).toBe(6);
});

test.each([-1, 3, 0.5, Number.NaN, Number.POSITIVE_INFINITY, "1", undefined, null])(
  "index %s is an IndexError",
  (index) => {
    const numbers = Arrays2.view(bytes).u16;
    expect(() => numbers.get(index as number)).toThrow(IndexError);
    expect(() => numbers.get(index as number)).toThrow("__u16[3] has no element");
  },
);

test("no part of a view outlives its memory", () => {
  const cursor = new Cursor(new DataView(bytes.slice().buffer), 0);
  const view = new Arrays2View(cursor);
  const { u16, points, grid } = view;
  const parts = [
    () => u16.get(0),
    () => [...u16],
    () => u16.copy(),
    () => points.get(0).x,
    () => points.copy(),
    () => grid.get(0).get(0),
    () => view.u16.get(0),
  ];
  const iterator = u16[Symbol.iterator]();
  expect(iterator.next().value).toBe(0);
  const point = points.get(1);
  cursor.close("a test's view");
  for (const part of [...parts, () => iterator.next(), () => point.x]) expect(part).toThrow(ClosedError);
});

test("an empty array has no elements", () => {
  const empty = le.bytes(0).viewAt(new Cursor(new DataView(new ArrayBuffer(0)), 0), 0);
  expect([...empty]).toEqual([]);
  expect(empty.copy()).toEqual(new Uint8Array());
  expect(() => empty.get(0)).toThrow(IndexError);
});
