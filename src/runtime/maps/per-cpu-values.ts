/** What to make of the values of all CPUs. */
import { assertFunction } from "../arguments.ts";
import { wrong } from "../codec/check.ts";

/** Adds up numbers or bigints; `undefined` when there are none. */
function total<N extends number | bigint>(numbers: readonly N[]): N | undefined;
function total(numbers: readonly (number | bigint)[]): number | bigint | undefined {
  return numbers.length === 0 ? undefined : numbers.reduce(add);
}

function add(a: number | bigint, b: number | bigint): number | bigint {
  return typeof a === "bigint" || typeof b === "bigint" ? BigInt(a) + BigInt(b) : a + b;
}

/** What to add up: the values themselves when they are numbers, else what a function picks from each. */
export type Addend<V, N> = V extends number | bigint ? [of?: (value: V) => N] : [of: (value: V) => N];

/** The sum over CPUs of what `of` picks; `undefined` when there are no values. */
export function sumOf<V, N extends number | bigint>(
  values: readonly V[] | undefined,
  [of]: Addend<V, N>,
): N | undefined {
  if (of !== undefined) assertFunction(of, "of");
  if (values === undefined) return undefined;
  // Without a function, the type of `Addend` lets only numbers get here.
  return total(values.map((value) => addend(of === undefined ? (value as unknown as N) : of(value))));
}

/** Structs, say, would be added up as text. */
function addend<N extends number | bigint>(value: N): N {
  if (typeof value === "number" || typeof value === "bigint") return value;
  throw wrong(value, "a number or bigint: give a function that picks one from each value", "of");
}

/** Folds the values of all CPUs. */
export function reduceOf<V, A>(
  values: readonly V[] | undefined,
  fold: (total: A, value: V, cpu: number) => A,
  initial: A,
): A | undefined {
  assertFunction(fold, "fold");
  return values?.reduce<A>((sum, value, cpu) => fold(sum, value, cpu), initial);
}
