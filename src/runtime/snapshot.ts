/** What reading a global variable gives: a copy, which must not look as if changing it changed the variable. */

type NumberArray =
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

/** What changes a typed array, or hands out a way to. */
type Mutator = "buffer" | "copyWithin" | "fill" | "reverse" | "set" | "sort" | "subarray";

/**
 * `T` that cannot be changed, through all levels. To change a part of a variable, assign the whole:
 * `trace.data.limits = { ...trace.data.limits, max: 5 }`. Bytes stay a `Uint8Array`, which so many functions take.
 */
export type Snapshot<T> = T extends Uint8Array
  ? T
  : T extends NumberArray
    ? Omit<T, Mutator | number> & { readonly [index: number]: T[number] }
    : T extends readonly (infer E)[]
      ? readonly Snapshot<E>[]
      : T extends object
        ? { readonly [K in keyof T]: Snapshot<T[K]> }
        : T;
