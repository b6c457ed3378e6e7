/** What `DataView` has no method for: 128 bits, bitfields and bytes. */
import { ValueError } from "../errors.ts";
import { bigInteger, bigSigned, bigUnsigned, wrong, type BigIntInput } from "./check.ts";

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
  const checked = (signed ? bigSigned : bigUnsigned)(value, width, field);
  const bits = BigInt.asUintN(width, checked);
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

/** Copies `size` bytes out of the buffer. */
export function getBytes(view: DataView, at: number, size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(view.buffer, view.byteOffset + at, size).slice();
}

/** Writes exactly `size` bytes. */
export function setBytes(view: DataView, at: number, size: number, value: Uint8Array, field = ""): void {
  if (!(value instanceof Uint8Array)) throw wrong(value, `a Uint8Array of ${size} bytes`, field);
  // Not its `length`, which anybody can override.
  if (value.byteLength !== size) throw new ValueError(`has ${value.byteLength} bytes, not ${size}`, field);
  new Uint8Array(view.buffer, view.byteOffset + at, size).set(value);
}
