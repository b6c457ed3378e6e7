/**
 * 64-bit integers as `number`s, for skeletons of `--u64 number`: exact or a `ValueError`, never rounded. They are read
 * and written as two halves of 32 bits, without a `bigint` in between.
 */
import { ValueError } from "../errors.ts";
import { outOfRange, wrong } from "./check.ts";
import { type Codec, codec } from "./codec.ts";
import { getBigBits, setBits } from "./numbers.ts";
import { INTEGER } from "./value-type.ts";

/** The codecs of one byte order for 64-bit integers that are `number`s. */
export interface SafeCodecs {
  /** `__u64` up to `Number.MAX_SAFE_INTEGER`. */
  readonly safeU64: Codec<number>;
  /** `__s64` from `Number.MIN_SAFE_INTEGER` to `Number.MAX_SAFE_INTEGER`. */
  readonly safeI64: Codec<number>;
  /** A bitfield of 33 bits or more. */
  safeBits(bit: number, width: number, signed: boolean): Codec<number>;
}

const HALF = 0x1_0000_0000;

/** The upper half of `Number.MAX_SAFE_INTEGER`: 21 bits. */
const MAX_HIGH = 0x1f_ffff;

function unsafe(value: number | bigint, type: string, field: string): ValueError {
  return new ValueError(`${value} (${type}) is no safe integer: generate with --u64 bigint`, field);
}

/** A `bigint` that was read, as the `number` it is. */
export function safe(value: bigint, type: string, field = ""): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw unsafe(value, type, field);
  return number;
}

/** Checks what is to be written. */
function safeInteger(value: number, type: string, field: string): number {
  if (Number.isSafeInteger(value)) return value;
  // A caller without types may give anything.
  const given: unknown = value;
  if (typeof given === "bigint")
    throw new ValueError(`${given}n is a bigint: --u64 number takes a number (${type})`, field);
  throw Number.isInteger(given) ? unsafe(value, type, field) : wrong(given, `an integer (${type})`, field);
}

export function safeU64(value: number, field = ""): number {
  const integer = safeInteger(value, "__u64", field);
  if (integer < 0) throw outOfRange(integer, "__u64", field);
  return integer;
}
export function safeI64(value: number, field = ""): number {
  return safeInteger(value, "__s64", field);
}

// Functions of their own: what is left of the readers is small enough to be inlined, which makes them three times as fast.
function unsafeU64(view: DataView, at: number, little: boolean, field: string): ValueError {
  return unsafe(view.getBigUint64(at, little), "__u64", field);
}
function unsafeI64(view: DataView, at: number, little: boolean, field: string): ValueError {
  return unsafe(view.getBigInt64(at, little), "__s64", field);
}

/** Reads `__u64`. */
export function getSafeU64(view: DataView, at: number, little: boolean, field = ""): number {
  const low = view.getUint32(little ? at : at + 4, little);
  const high = view.getUint32(little ? at + 4 : at, little);
  if (high > MAX_HIGH) throw unsafeU64(view, at, little, field);
  return high * HALF + low;
}

/** Reads `__s64`. */
export function getSafeI64(view: DataView, at: number, little: boolean, field = ""): number {
  const low = view.getUint32(little ? at : at + 4, little);
  const high = view.getInt32(little ? at + 4 : at, little);
  // -2 ** 53 has no lower half, and is no safe integer.
  if (high > MAX_HIGH || high < ~MAX_HIGH || (high === ~MAX_HIGH && low === 0))
    throw unsafeI64(view, at, little, field);
  return high * HALF + low;
}

function setHalves(view: DataView, at: number, value: number, little: boolean): void {
  // DataView takes both modulo 2 ** 32.
  view.setUint32(little ? at : at + 4, value, little);
  view.setUint32(little ? at + 4 : at, Math.floor(value / HALF), little);
}

/** Writes `__u64`. */
export function setSafeU64(view: DataView, at: number, value: number, little: boolean, field = ""): void {
  setHalves(view, at, safeU64(value, field), little);
}

/** Writes `__s64`. */
export function setSafeI64(view: DataView, at: number, value: number, little: boolean, field = ""): void {
  setHalves(view, at, safeI64(value, field), little);
}

/** Reads a bitfield of more than 32 bits. */
export function getSafeBits(
  view: DataView,
  at: number,
  bit: number,
  width: number,
  signed: boolean,
  little: boolean,
  field = "",
): number {
  return safe(getBigBits(view, at, bit, width, signed, little), `a bitfield of ${width} bits`, field);
}

/** Writes a bitfield of more than 32 bits, leaving the bits beside it as they are. */
export function setSafeBits(
  view: DataView,
  at: number,
  bit: number,
  width: number,
  signed: boolean,
  little: boolean,
  value: number,
  field = "",
): void {
  const checked = safeInteger(value, `a bitfield of ${width} bits`, field);
  setBits(view, at, bit, width, signed, little, checked, field);
}

/** The codecs of one byte order. */
export function safeCodecs(little: boolean): SafeCodecs {
  return {
    safeU64: codec<number>({
      name: "__u64",
      type: INTEGER,
      size: 8,
      align: 8,
      read: (view, at) => getSafeU64(view, at, little),
      write: (view, at, value) => setSafeU64(view, at, value, little),
    }),
    safeI64: codec<number>({
      name: "__s64",
      type: INTEGER,
      size: 8,
      align: 8,
      read: (view, at) => getSafeI64(view, at, little),
      write: (view, at, value) => setSafeI64(view, at, value, little),
    }),
    safeBits: (bit, width, signed) =>
      codec<number>({
        name: `bitfield:${width}`,
        type: INTEGER,
        size: (bit + width + 7) >>> 3,
        align: 1,
        read: (view, at) => getSafeBits(view, at, bit, width, signed, little),
        write: (view, at, value) => setSafeBits(view, at, bit, width, signed, little, value),
      }),
  };
}
