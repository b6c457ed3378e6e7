/**
 * Arrays of numbers as typed arrays. Each kind has functions of its own, written out: were they made by one function, V8
 * would see all their numbers and classes in one place, and could specialise none (all closures of one text share its
 * feedback).
 */
import { types } from "node:util";
import { float, float32, i16, i32, i64, i8, u16, u32, u64, u8, type BigIntInput } from "./check.ts";
import { notArrayOf, ofElement } from "./elements.ts";

/** The array classes of numbers, by what one element is. */
export interface NumberArrays {
  readonly u8: Uint8Array<ArrayBuffer>;
  readonly i8: Int8Array<ArrayBuffer>;
  readonly u16: Uint16Array<ArrayBuffer>;
  readonly i16: Int16Array<ArrayBuffer>;
  readonly u32: Uint32Array<ArrayBuffer>;
  readonly i32: Int32Array<ArrayBuffer>;
  readonly u64: BigUint64Array<ArrayBuffer>;
  readonly i64: BigInt64Array<ArrayBuffer>;
  readonly f32: Float32Array<ArrayBuffer>;
  readonly f64: Float64Array<ArrayBuffer>;
}

/** What an element of a number array accepts. */
export type NumberInput<K extends keyof NumberArrays> = K extends "u64" | "i64" ? BigIntInput : number;

const HOST_LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * Up to 64 bytes V8 keeps a typed array on its heap (--typed-array-max-size-in-heap), and a loop is the fastest way to
 * fill it; beyond, a copy of the bytes.
 */
function isMany(count: number, size: number): boolean {
  return count * size > 64;
}

/** Whether the bytes from `at` can be seen as a typed array of this machine. */
function isNative(view: DataView, at: number, size: number, little: boolean): boolean {
  return (little === HOST_LITTLE || size === 1) && (view.byteOffset + at) % size === 0;
}

/**
 * Copies the bytes of a typed array of the right class: its numbers fit, whatever they are. False when they are in the other
 * order, or not as many as its `length`, which anybody can override, says: what is no element is refused then.
 */
function copied(view: DataView, at: number, size: number, values: ArrayBufferView, little: boolean): boolean {
  if (little !== HOST_LITTLE || !types.isTypedArray(values) || values.byteLength !== size) return false;
  const target = new Uint8Array(view.buffer, view.byteOffset + at, size);
  target.set(new Uint8Array(values.buffer, values.byteOffset, size));
  return true;
}

/** Reads `count` numbers into an array of their own. */
export function getU8s(view: DataView, at: number, count: number, little: boolean): Uint8Array<ArrayBuffer> {
  if (isMany(count, 1) && isNative(view, at, 1, little))
    return new Uint8Array(view.buffer, view.byteOffset + at, count).slice();
  const values = new Uint8Array(count);
  for (let i = 0; i < count; i++) values[i] = view.getUint8(at + i);
  return values;
}

/** Writes exactly `count` numbers. */
export function setU8s(
  view: DataView,
  at: number,
  count: number,
  values: ArrayLike<number>,
  little: boolean,
  field = "",
): void {
  if (typeof values !== "object" || values?.length !== count) throw notArrayOf(count, values, field);
  if (isMany(count, 1) && values instanceof Uint8Array && copied(view, at, count, values, little)) return;
  let i = 0;
  try {
    for (; i < count; i++) view.setUint8(at + i, u8(values[i] as number));
  } catch (error) {
    throw ofElement(error, i, field);
  }
}

/** Reads `count` numbers into an array of their own. */
export function getI8s(view: DataView, at: number, count: number, little: boolean): Int8Array<ArrayBuffer> {
  if (isMany(count, 1) && isNative(view, at, 1, little))
    return new Int8Array(view.buffer, view.byteOffset + at, count).slice();
  const values = new Int8Array(count);
  for (let i = 0; i < count; i++) values[i] = view.getInt8(at + i);
  return values;
}

/** Writes exactly `count` numbers. */
export function setI8s(
  view: DataView,
  at: number,
  count: number,
  values: ArrayLike<number>,
  little: boolean,
  field = "",
): void {
  if (typeof values !== "object" || values?.length !== count) throw notArrayOf(count, values, field);
  if (isMany(count, 1) && values instanceof Int8Array && copied(view, at, count, values, little)) return;
  let i = 0;
  try {
    for (; i < count; i++) view.setInt8(at + i, i8(values[i] as number));
  } catch (error) {
    throw ofElement(error, i, field);
  }
}

/** Reads `count` numbers into an array of their own. */
export function getU16s(
  view: DataView,
  at: number,
  count: number,
  little: boolean,
): Uint16Array<ArrayBuffer> {
  if (isMany(count, 2) && isNative(view, at, 2, little))
    return new Uint16Array(view.buffer, view.byteOffset + at, count).slice();
  const values = new Uint16Array(count);
  for (let i = 0; i < count; i++) values[i] = view.getUint16(at + i * 2, little);
  return values;
}

/** Writes exactly `count` numbers. */
export function setU16s(
  view: DataView,
  at: number,
  count: number,
  values: ArrayLike<number>,
  little: boolean,
  field = "",
): void {
  if (typeof values !== "object" || values?.length !== count) throw notArrayOf(count, values, field);
  if (isMany(count, 2) && values instanceof Uint16Array && copied(view, at, count * 2, values, little))
    return;
  let i = 0;
  try {
    for (; i < count; i++) view.setUint16(at + i * 2, u16(values[i] as number), little);
  } catch (error) {
    throw ofElement(error, i, field);
  }
}

/** Reads `count` numbers into an array of their own. */
export function getI16s(view: DataView, at: number, count: number, little: boolean): Int16Array<ArrayBuffer> {
  if (isMany(count, 2) && isNative(view, at, 2, little))
    return new Int16Array(view.buffer, view.byteOffset + at, count).slice();
  const values = new Int16Array(count);
  for (let i = 0; i < count; i++) values[i] = view.getInt16(at + i * 2, little);
  return values;
}

/** Writes exactly `count` numbers. */
export function setI16s(
  view: DataView,
  at: number,
  count: number,
  values: ArrayLike<number>,
  little: boolean,
  field = "",
): void {
  if (typeof values !== "object" || values?.length !== count) throw notArrayOf(count, values, field);
  if (isMany(count, 2) && values instanceof Int16Array && copied(view, at, count * 2, values, little)) return;
  let i = 0;
  try {
    for (; i < count; i++) view.setInt16(at + i * 2, i16(values[i] as number), little);
  } catch (error) {
    throw ofElement(error, i, field);
  }
}

/** Reads `count` numbers into an array of their own. */
export function getU32s(
  view: DataView,
  at: number,
  count: number,
  little: boolean,
): Uint32Array<ArrayBuffer> {
  if (isMany(count, 4) && isNative(view, at, 4, little))
    return new Uint32Array(view.buffer, view.byteOffset + at, count).slice();
  const values = new Uint32Array(count);
  for (let i = 0; i < count; i++) values[i] = view.getUint32(at + i * 4, little);
  return values;
}

/** Writes exactly `count` numbers. */
export function setU32s(
  view: DataView,
  at: number,
  count: number,
  values: ArrayLike<number>,
  little: boolean,
  field = "",
): void {
  if (typeof values !== "object" || values?.length !== count) throw notArrayOf(count, values, field);
  if (isMany(count, 4) && values instanceof Uint32Array && copied(view, at, count * 4, values, little))
    return;
  let i = 0;
  try {
    for (; i < count; i++) view.setUint32(at + i * 4, u32(values[i] as number), little);
  } catch (error) {
    throw ofElement(error, i, field);
  }
}

/** Reads `count` numbers into an array of their own. */
export function getI32s(view: DataView, at: number, count: number, little: boolean): Int32Array<ArrayBuffer> {
  if (isMany(count, 4) && isNative(view, at, 4, little))
    return new Int32Array(view.buffer, view.byteOffset + at, count).slice();
  const values = new Int32Array(count);
  for (let i = 0; i < count; i++) values[i] = view.getInt32(at + i * 4, little);
  return values;
}

/** Writes exactly `count` numbers. */
export function setI32s(
  view: DataView,
  at: number,
  count: number,
  values: ArrayLike<number>,
  little: boolean,
  field = "",
): void {
  if (typeof values !== "object" || values?.length !== count) throw notArrayOf(count, values, field);
  if (isMany(count, 4) && values instanceof Int32Array && copied(view, at, count * 4, values, little)) return;
  let i = 0;
  try {
    for (; i < count; i++) view.setInt32(at + i * 4, i32(values[i] as number), little);
  } catch (error) {
    throw ofElement(error, i, field);
  }
}

/** Reads `count` numbers into an array of their own. */
export function getU64s(
  view: DataView,
  at: number,
  count: number,
  little: boolean,
): BigUint64Array<ArrayBuffer> {
  if (isMany(count, 8) && isNative(view, at, 8, little))
    return new BigUint64Array(view.buffer, view.byteOffset + at, count).slice();
  const values = new BigUint64Array(count);
  for (let i = 0; i < count; i++) values[i] = view.getBigUint64(at + i * 8, little);
  return values;
}

/** Writes exactly `count` numbers. */
export function setU64s(
  view: DataView,
  at: number,
  count: number,
  values: ArrayLike<BigIntInput>,
  little: boolean,
  field = "",
): void {
  if (typeof values !== "object" || values?.length !== count) throw notArrayOf(count, values, field);
  if (isMany(count, 8) && values instanceof BigUint64Array && copied(view, at, count * 8, values, little))
    return;
  let i = 0;
  try {
    for (; i < count; i++) view.setBigUint64(at + i * 8, u64(values[i] as BigIntInput), little);
  } catch (error) {
    throw ofElement(error, i, field);
  }
}

/** Reads `count` numbers into an array of their own. */
export function getI64s(
  view: DataView,
  at: number,
  count: number,
  little: boolean,
): BigInt64Array<ArrayBuffer> {
  if (isMany(count, 8) && isNative(view, at, 8, little))
    return new BigInt64Array(view.buffer, view.byteOffset + at, count).slice();
  const values = new BigInt64Array(count);
  for (let i = 0; i < count; i++) values[i] = view.getBigInt64(at + i * 8, little);
  return values;
}

/** Writes exactly `count` numbers. */
export function setI64s(
  view: DataView,
  at: number,
  count: number,
  values: ArrayLike<BigIntInput>,
  little: boolean,
  field = "",
): void {
  if (typeof values !== "object" || values?.length !== count) throw notArrayOf(count, values, field);
  if (isMany(count, 8) && values instanceof BigInt64Array && copied(view, at, count * 8, values, little))
    return;
  let i = 0;
  try {
    for (; i < count; i++) view.setBigInt64(at + i * 8, i64(values[i] as BigIntInput), little);
  } catch (error) {
    throw ofElement(error, i, field);
  }
}

/** Reads `count` numbers into an array of their own. */
export function getF32s(
  view: DataView,
  at: number,
  count: number,
  little: boolean,
): Float32Array<ArrayBuffer> {
  if (isMany(count, 4) && isNative(view, at, 4, little))
    return new Float32Array(view.buffer, view.byteOffset + at, count).slice();
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = view.getFloat32(at + i * 4, little);
  return values;
}

/** Writes exactly `count` numbers. */
export function setF32s(
  view: DataView,
  at: number,
  count: number,
  values: ArrayLike<number>,
  little: boolean,
  field = "",
): void {
  if (typeof values !== "object" || values?.length !== count) throw notArrayOf(count, values, field);
  if (isMany(count, 4) && values instanceof Float32Array && copied(view, at, count * 4, values, little))
    return;
  let i = 0;
  try {
    for (; i < count; i++) view.setFloat32(at + i * 4, float32(values[i] as number), little);
  } catch (error) {
    throw ofElement(error, i, field);
  }
}

/** Reads `count` numbers into an array of their own. */
export function getF64s(
  view: DataView,
  at: number,
  count: number,
  little: boolean,
): Float64Array<ArrayBuffer> {
  if (isMany(count, 8) && isNative(view, at, 8, little))
    return new Float64Array(view.buffer, view.byteOffset + at, count).slice();
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = view.getFloat64(at + i * 8, little);
  return values;
}

/** Writes exactly `count` numbers. */
export function setF64s(
  view: DataView,
  at: number,
  count: number,
  values: ArrayLike<number>,
  little: boolean,
  field = "",
): void {
  if (typeof values !== "object" || values?.length !== count) throw notArrayOf(count, values, field);
  if (isMany(count, 8) && values instanceof Float64Array && copied(view, at, count * 8, values, little))
    return;
  let i = 0;
  try {
    for (; i < count; i++) view.setFloat64(at + i * 8, float(values[i] as number), little);
  } catch (error) {
    throw ofElement(error, i, field);
  }
}

/** Reads and writes arrays of one kind of number. */
interface Accessors<K extends keyof NumberArrays> {
  readonly get: (view: DataView, at: number, count: number, little: boolean) => NumberArrays[K];
  readonly set: (
    view: DataView,
    at: number,
    count: number,
    values: ArrayLike<NumberInput<K>>,
    little: boolean,
    field?: string,
  ) => void;
}

/** The functions above by kind. */
export const NUMBER_ARRAYS: { readonly [K in keyof NumberArrays]: Accessors<K> } = {
  u8: { get: getU8s, set: setU8s },
  i8: { get: getI8s, set: setI8s },
  u16: { get: getU16s, set: setU16s },
  i16: { get: getI16s, set: setI16s },
  u32: { get: getU32s, set: setU32s },
  i32: { get: getI32s, set: setI32s },
  u64: { get: getU64s, set: setU64s },
  i64: { get: getI64s, set: setI64s },
  f32: { get: getF32s, set: setF32s },
  f64: { get: getF64s, set: setF64s },
};
