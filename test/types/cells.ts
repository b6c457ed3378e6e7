/** What must not compile about the values of each C type. Nothing here runs. */
import type {
  BitsInput,
  Cells,
  CellsData,
  LeftOut,
  LineInput,
  Point,
  Unnamed,
} from "../golden/cells.skel.ts";
import type { UnnamedInput } from "../golden/cells.skel.ts";

export function written(data: CellsData): void {
  data.u32_max = 1;
  // @ts-expect-error 32 bits are a number
  data.u32_max = 1n;
  // @ts-expect-error a string is no number
  data.s8_min = "1";
  data.u64_max = 1n;
  data.u64_max = 1;
  // @ts-expect-error a string is no bigint
  data.u64_max = "1";
  data.pointer = 0n;
  // @ts-expect-error null is no pointer: 0n is
  data.pointer = null;
  // @ts-expect-error 1 is no boolean
  data.bool_true = 1;
  // @ts-expect-error true is no number
  data.double_value = true;
  // @ts-expect-error bytes are no string
  data.text = new Uint8Array(8);
  // @ts-expect-error lists are no bytes
  data.bytes = [1, 2, 3];
  data.u16s = [1, 2];
  data.u16s = Uint8Array.of(1, 2);
  // @ts-expect-error elements of 16 bits are numbers
  data.u16s = [1n, 2n];
  data.u64s = [1, 2n];
  // @ts-expect-error elements are numbers
  data.u64s = ["1", "2"];
  // @ts-expect-error elements are booleans
  data.bools = [1, 0, 1];
  // @ts-expect-error three dimensions, not two
  data.cube = [[1, 2]];
  data.enum_value = 7;
  // @ts-expect-error 8 is no enumerator
  data.enum_value = 8;
  // @ts-expect-error a name is no enumerator
  data.enum_value = "U_SEVEN";
  // @ts-expect-error an enum of 64 bits is a bigint
  data.enum_wide = 1;
}

export function read(data: CellsData, cells: Cells): void {
  const text: string = data.text;
  const big: bigint = data.u64_max;
  // @ts-expect-error 64 bits are a bigint
  const number: number = data.u64_max;
  // @ts-expect-error what was read is a copy: changing it changes nothing
  data.point.x = 2;
  // @ts-expect-error the same of an array
  data.u32s[0] = 1;
  const bytes: Uint8Array | undefined = cells.maps.sizes_only.get(new Uint8Array(4));
  // @ts-expect-error a size without a type takes bytes
  cells.maps.sizes_only.get(4);
  console.log(text, big, number, bytes);
}

/** What was read can be written, through all levels, and to another variable. */
export function again(from: CellsData, to: CellsData): void {
  to.number = from.number;
  to.numbers = [from.number, ...from.numbers.slice(1)];
  to.points = from.points;
  to.line = { ...from.line, id: 1 };
  to.bits = from.bits;
  to.unnamed = from.unnamed;
  to.left_out = from.left_out;
  to.cube = from.cube;
  to.u64s = from.u64s;
}

export const point: Point = { x: 1, y: 2 };
// @ts-expect-error a member is missing
export const missing: Point = { x: 1 };
// @ts-expect-error there is no such member
export const unknown: Point = { x: 1, y: 2, z: 3 };
// @ts-expect-error a member of a member
export const deep: LineInput = { id: 1, from: { x: 1, y: "2" }, via: [point, point] };
const bits = { low: 1, level: 1, rest: 1, flag: true, deep: 1 };
export const wide: BitsInput = { ...bits, wide: 1 };
// @ts-expect-error one bit of _Bool is a boolean
export const flag: BitsInput = { ...bits, wide: 1n, flag: 1 };
export const lifted: UnnamedInput = { first: 1, second: 2, third: 3, low: 1, high: 2 };
// @ts-expect-error half of the struct in the union
export const half: UnnamedInput = { first: 1, second: 2, third: 3, low: 1 };
export const members: (keyof Unnamed)[] = ["first", "second", "third", "whole", "low", "high"];
// @ts-expect-error a flexible array is no member
export const flexible: LeftOut = { count: 1, rest: [1] };
