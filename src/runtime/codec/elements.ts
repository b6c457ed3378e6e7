/** Lists of anything: written element by element, with errors that say which one does not fit. */
import { ValueError } from "../errors.ts";
import { wrong } from "./check.ts";

/** The error for what is no array, or not of `count` elements. */
export function notArrayOf(count: number, values: unknown, field: string): ValueError {
  return values !== null &&
    typeof values === "object" &&
    "length" in values &&
    typeof values.length === "number"
    ? new ValueError(`has ${String(values.length)} elements, not ${count}`, field)
    : wrong(values, `an array of ${count}`, field);
}

/** The error of element `i` of `field`. */
export function ofElement(error: unknown, i: number, field: string): unknown {
  return ValueError.within(ValueError.within(error, `[${i}]`), field);
}

/** Writes exactly `count` elements, each through `write`. */
export function setElements<T>(
  view: DataView,
  at: number,
  count: number,
  stride: number,
  values: ArrayLike<T>,
  write: (view: DataView, at: number, value: T) => void,
  field = "",
): void {
  if (typeof values !== "object" || values?.length !== count) throw notArrayOf(count, values, field);
  let i = 0;
  try {
    for (; i < count; i++) write(view, at + i * stride, values[i] as T);
  } catch (error) {
    throw ofElement(error, i, field);
  }
}
