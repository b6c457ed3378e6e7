/** Which class the arrays of a C type are, by the table of the README. */
import type { CType } from "./model.ts";

/** A class of arrays of numbers, made from values that fit. */
export interface NumberArrayClass {
  readonly name: string;
  from(values: readonly unknown[]): ArrayLike<number | bigint>;
}

function numbers(Class: {
  readonly name: string;
  from(values: number[]): ArrayLike<number>;
}): NumberArrayClass {
  return { name: Class.name, from: (values) => Class.from(values.map(Number)) };
}

function bigints(Class: {
  readonly name: string;
  from(values: bigint[]): ArrayLike<bigint>;
}): NumberArrayClass {
  return { name: Class.name, from: (values) => Class.from(values.map((value) => BigInt(String(value)))) };
}

const INT_ARRAYS = {
  1: [numbers(Uint8Array), numbers(Int8Array)],
  2: [numbers(Uint16Array), numbers(Int16Array)],
  4: [numbers(Uint32Array), numbers(Int32Array)],
  8: [bigints(BigUint64Array), bigints(BigInt64Array)],
} as const;

/** The class of the arrays of `element`; undefined when they are plain arrays. */
export function arrayClass(element: CType): NumberArrayClass | undefined {
  if (element.kind === "pointer") return bigints(BigUint64Array);
  if (element.kind === "float") return numbers(element.size === 4 ? Float32Array : Float64Array);
  if (element.kind !== "int" || element.size === 16) return undefined;
  return INT_ARRAYS[element.size][element.signed ? 1 : 0];
}
