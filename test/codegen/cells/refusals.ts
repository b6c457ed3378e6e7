/** What no number takes. */
import type { Refusal } from "./cell.ts";

/** Values that are no integer of any kind, for the integer type as messages call it. */
export function noIntegers(type: string): readonly Refusal[] {
  return [
    [1.5, `1.5 is not an integer (${type})`],
    [Number.NaN, `NaN is not an integer (${type})`],
    [Infinity, `Infinity is not an integer (${type})`],
    [-Infinity, `-Infinity is not an integer (${type})`],
    [undefined, "is missing"],
    [null, "null is not"],
    ["1", '"1" is not'],
    [true, "true is not"],
    [{}, "an object is not"],
    [[1], "an array of 1 is not"],
    [Symbol("x"), "Symbol(x) is not"],
    [() => 1, "a function is not"],
  ];
}
