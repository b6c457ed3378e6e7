/** Numbers that `DataView` has no method for: 128 bits, bitfields, and arrays of numbers. */
import { ValueError } from "../errors.ts";
import { bigInteger, wrong, type BigIntInput } from "./check.ts";

/** Reads `unsigned __int128`. */
export function getU128(view: DataView, at: number, little: boolean): bigint {
  const low = view.getBigUint64(little ? at : at + 8, little);
  const high = view.getBigUint64(little ? at + 8 : at, little);
  return (high << 64n) | low;
}

/** Reads `__int128`. */
export function getI128(view: DataView, at: number, little: boolean): bigint {
  return BigInt.asIntN(128, getU128(view, at, little));
}

function set128(view: DataView, at: number, value: bigint, little: boolean): void {
  view.setBigUint64(little ? at : at + 8, BigInt.asUintN(64, value), little);
  view.setBigUint64(little ? at + 8 : at, BigInt.asUintN(64, value >> 64n), little);
}

/** Writes `unsigned __int128`. */
export function setU128(view: DataView, at: number, value: BigIntInput, little: boolean, field = ""): void {
  set128(view, at, bigInteger(value, 128, false, "unsigned __int128", field), little);
}

/** Writes `__int128`. */
export function setI128(view: DataView, at: number, value: BigIntInput, little: boolean, field = ""): void {
  set128(view, at, bigInteger(value, 128, true, "__int128", field), little);
}

/** Writes `size` zero bytes: padding. */
export function zero(view: DataView, at: number, size: number): void {
  for (let i = 0; i < size; i++) view.setUint8(at + i, 0);
}

/*
 * Bitfields. `bit` counts from the start of byte `at`: from the least significant bit of each byte in
 * little-endian objects, from the most significant in big-endian ones, as BTF counts (btf_dump.c,
 * btf_dump_get_bitfield_value).
 */

/** Reads a bitfield of at most 32 bits. */
export function getBits(
  view: DataView,
  at: number,
  bit: number,
  width: number,
  signed: boolean,
  little: boolean,
): number {
  const first = at + (bit >>> 3);
  const skip = bit & 7;
  const count = (skip + width + 7) >>> 3;
  // At most 5 bytes: exact in a double.
  let value = 0;
  if (little) for (let i = count - 1; i >= 0; i--) value = value * 256 + view.getUint8(first + i);
  else for (let i = 0; i < count; i++) value = value * 256 + view.getUint8(first + i);
  const shift = little ? skip : count * 8 - skip - width;
  value = Math.floor(value / 2 ** shift) % 2 ** width;
  return signed && value >= 2 ** (width - 1) ? value - 2 ** width : value;
}

/** Reads a bitfield of up to 128 bits. */
export function getBigBits(
  view: DataView,
  at: number,
  bit: number,
  width: number,
  signed: boolean,
  little: boolean,
): bigint {
  const first = at + (bit >>> 3);
  const skip = bit & 7;
  const count = (skip + width + 7) >>> 3;
  let value = 0n;
  for (let i = 0; i < count; i++)
    value = (value << 8n) | BigInt(view.getUint8(little ? first + count - 1 - i : first + i));
  value >>= BigInt(little ? skip : count * 8 - skip - width);
  return signed ? BigInt.asIntN(width, value) : BigInt.asUintN(width, value);
}

/** Writes a bitfield of any width, leaving the bits beside it as they are. */
export function setBits(
  view: DataView,
  at: number,
  bit: number,
  width: number,
  signed: boolean,
  little: boolean,
  value: BigIntInput,
  field = "",
): void {
  const type = `${signed ? "a signed" : "an unsigned"} bitfield of ${width} ${width === 1 ? "bit" : "bits"}`;
  const bits = BigInt.asUintN(width, bigInteger(value, width, signed, type, field));
  const first = at + (bit >>> 3);
  const skip = bit & 7;
  const count = (skip + width + 7) >>> 3;
  const shift = BigInt(little ? skip : count * 8 - skip - width);
  const mask = BigInt.asUintN(width, -1n) << shift;
  const placed = bits << shift;
  for (let i = 0; i < count; i++) {
    const byte = little ? first + i : first + count - 1 - i;
    const part = BigInt(i * 8);
    const keep = view.getUint8(byte) & ~Number((mask >> part) & 0xffn);
    view.setUint8(byte, keep | Number((placed >> part) & 0xffn));
  }
}

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

const CLASSES: {
  readonly [K in keyof NumberArrays]: {
    readonly BYTES_PER_ELEMENT: number;
    new (buffer: ArrayBuffer): NumberArrays[K];
  };
} = {
  u8: Uint8Array,
  i8: Int8Array,
  u16: Uint16Array,
  i16: Int16Array,
  u32: Uint32Array,
  i32: Int32Array,
  u64: BigUint64Array,
  i64: BigInt64Array,
  f32: Float32Array,
  f64: Float64Array,
};

const HOST_LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Copies `count` numbers out of the buffer into a typed array of their own. */
export function getNumbers<K extends keyof NumberArrays>(
  kind: K,
  view: DataView,
  at: number,
  count: number,
  little: boolean,
): NumberArrays[K] {
  const Class = CLASSES[kind];
  const size = Class.BYTES_PER_ELEMENT;
  const start = view.byteOffset + at;
  const bytes = new Uint8Array(count * size);
  bytes.set(new Uint8Array(view.buffer, start, count * size));
  if (little !== HOST_LITTLE) swap(bytes, size);
  return new Class(bytes.buffer);
}

/** Reverses the bytes of each element. */
function swap(bytes: Uint8Array, size: number): void {
  for (let i = 0; i < bytes.length; i += size) bytes.subarray(i, i + size).reverse();
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
  if (values === null || typeof values !== "object" || typeof values.length !== "number")
    throw wrong(values, `an array of ${count}`, field);
  if (values.length !== count) throw new ValueError(`has ${values.length} elements, not ${count}`, field);
  let i = 0;
  try {
    for (; i < count; i++) write(view, at + i * stride, values[i] as T);
  } catch (error) {
    throw ValueError.within(ValueError.within(error, `[${i}]`), field);
  }
}

/** Copies `size` bytes out of the buffer. */
export function getBytes(view: DataView, at: number, size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(view.buffer, view.byteOffset + at, size).slice();
}

/** Writes exactly `size` bytes. */
export function setBytes(view: DataView, at: number, size: number, value: Uint8Array, field = ""): void {
  if (!(value instanceof Uint8Array)) throw wrong(value, `a Uint8Array of ${size} bytes`, field);
  if (value.length !== size) throw new ValueError(`has ${value.length} bytes, not ${size}`, field);
  new Uint8Array(view.buffer, view.byteOffset + at, size).set(value);
}
