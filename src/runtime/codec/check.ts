/**
 * The checks between a JavaScript value and the integer that C stores. Each takes the value and the field it is
 * for, and returns what `DataView` may be given; what does not fit is a `ValueError`, never a silent cut.
 */
import { types } from "node:util";
import { ValueError } from "../errors.ts";

/** What a 64-bit integer accepts: a `bigint`, or a `number` that is exact. */
export type BigIntInput = bigint | number;

/** Shows a value in a message: short, on one line, and itself unable to throw. */
export function show(value: unknown): string {
  if (typeof value === "bigint") return `${digits(value)}n`;
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === "function") return "a function";
  if (value === null || typeof value !== "object") return String(value);
  return isArray(value) ? `an array of ${value.length}` : "an object";
}

/** An integer in decimal; of one with thousands of digits, which take seconds to find, only how long it is. */
function digits(value: number | bigint): string {
  if (typeof value === "number" || BigInt.asIntN(256, value) === value) return String(value);
  return `${value < 0n ? "-" : ""}0x…${(value < 0n ? -value : value).toString(16).slice(-8)}`;
}

function isArray(value: object): value is readonly unknown[] {
  // Of a proxy, its length is whatever a handler says, and a revoked one cannot even be asked.
  return !types.isProxy(value) && Array.isArray(value);
}

/** The error for a value that is not what its C type takes. */
export function wrong(value: unknown, expected: string, field: string): ValueError {
  return new ValueError(
    value === undefined ? `is missing (${expected})` : `${show(value)} is not ${expected}`,
    field,
  );
}

/** The error for an integer that its C type cannot hold. */
export function outOfRange(value: number | bigint, type: string, field: string): ValueError {
  return new ValueError(`${digits(value)} is out of range for ${type}`, field);
}

/** Throws the error for a value that is no integer of this type. */
function refuse(value: unknown, type: string, field = ""): never {
  if (typeof value !== "number" || !Number.isInteger(value))
    throw wrong(value, `an integer (${type})`, field);
  throw outOfRange(value, type, field);
}

/*
 * A number that its bits keep as it is, is an integer that fits. These are as short as can be, defaults and messages
 * being elsewhere: V8 inlines so many bytes of code into a function and no more (--max-inlined-bytecode-size-cumulative).
 */

export function u8(value: number, field?: string): number {
  return typeof value === "number" && (value & 0xff) === value ? value : refuse(value, "__u8", field);
}
export function i8(value: number, field?: string): number {
  return typeof value === "number" && (value << 24) >> 24 === value ? value : refuse(value, "__s8", field);
}
export function u16(value: number, field?: string): number {
  return typeof value === "number" && (value & 0xffff) === value ? value : refuse(value, "__u16", field);
}
export function i16(value: number, field?: string): number {
  return typeof value === "number" && (value << 16) >> 16 === value ? value : refuse(value, "__s16", field);
}
export function u32(value: number, field?: string): number {
  return typeof value === "number" && value >>> 0 === value ? value : refuse(value, "__u32", field);
}
export function i32(value: number, field?: string): number {
  return typeof value === "number" && (value | 0) === value ? value : refuse(value, "__s32", field);
}

/** Checks an integer of `width` bits. */
export function bigInteger(
  value: BigIntInput,
  width: number,
  isSigned: boolean,
  type: string,
  field = "",
): bigint {
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw Number.isInteger(value)
      ? new ValueError(`${value} is no exact integer: give a bigint (${type})`, field)
      : wrong(value, `an integer (${type})`, field);
  }
  if (typeof value !== "bigint" && typeof value !== "number") throw wrong(value, `a bigint (${type})`, field);
  const big = BigInt(value);
  if (big !== (isSigned ? BigInt.asIntN(width, big) : BigInt.asUintN(width, big)))
    throw outOfRange(big, type, field);
  return big;
}

export function u64(value: BigIntInput, field?: string): bigint {
  const fits = typeof value === "bigint" && BigInt.asUintN(64, value) === value;
  return fits ? value : bigInteger(value, 64, false, "__u64", field);
}
export function i64(value: BigIntInput, field?: string): bigint {
  const fits = typeof value === "bigint" && BigInt.asIntN(64, value) === value;
  return fits ? value : bigInteger(value, 64, true, "__s64", field);
}

/** The value of a bitfield that is not given as usual, or does not fit. */
function otherBits(value: BigIntInput, width: number, isSigned: boolean, field?: string): bigint {
  const type = `${isSigned ? "a signed" : "an unsigned"} bitfield of ${width} ${width === 1 ? "bit" : "bits"}`;
  return bigInteger(value, width, isSigned, type, field);
}

/** An unsigned bitfield of 1 to 32 bits. */
export function unsigned(value: BigIntInput, width: number, field?: string): number {
  const fits = typeof value === "number" && (value << (32 - width)) >>> (32 - width) === value;
  return fits ? value : Number(otherBits(value, width, false, field));
}

/** A signed bitfield of 1 to 32 bits. */
export function signed(value: BigIntInput, width: number, field?: string): number {
  const fits = typeof value === "number" && (value << (32 - width)) >> (32 - width) === value;
  return fits ? value : Number(otherBits(value, width, true, field));
}

/** An unsigned bitfield of any width. */
export function bigUnsigned(value: BigIntInput, width: number, field?: string): bigint {
  const fits = typeof value === "bigint" && BigInt.asUintN(width, value) === value;
  return fits ? value : otherBits(value, width, false, field);
}

/** A signed bitfield of any width. */
export function bigSigned(value: BigIntInput, width: number, field?: string): bigint {
  const fits = typeof value === "bigint" && BigInt.asIntN(width, value) === value;
  return fits ? value : otherBits(value, width, true, field);
}

/** `_Bool`: 0 or 1. */
export function bool(value: boolean, field = ""): number {
  if (typeof value === "boolean") return value ? 1 : 0;
  throw wrong(value, "a boolean", field);
}

/** `double`; NaN and infinities are values of it. */
export function float(value: number, field = ""): number {
  if (typeof value === "number") return value;
  throw wrong(value, "a number", field);
}

/** `float`: rounded, as in C; what would be rounded to infinity is out of range. */
export function float32(value: number, field = ""): number {
  const rounded = Math.fround(float(value, field));
  if (Number.isFinite(rounded) === Number.isFinite(value)) return rounded;
  throw outOfRange(value, "float", field);
}

/**
 * Checks that `value` is an object with no member besides `fields`. `count` is how many a complete value has, so that the
 * usual case costs no lookup: a missing one is found by the check of its own type. With 0 every name is looked up.
 */
export function members(value: object, count: number, fields: Readonly<Record<string, unknown>>): void {
  if (value === null || typeof value !== "object") throw noObject(value, fields);
  let given = 0;
  for (const _ in value) given++;
  if (given > count) rejectUnknown(value, count, fields);
}

function noObject(value: unknown, fields: object): ValueError {
  return wrong(value, `an object with ${Object.keys(fields).join(", ")}`, "");
}

function rejectUnknown(value: object, count: number, fields: Readonly<Record<string, unknown>>): void {
  const names = Object.keys(value);
  for (const name of names) {
    if (!Object.hasOwn(fields, name))
      throw new ValueError(`unknown member; there are ${Object.keys(fields).join(", ")}`, name);
  }
  // Flexible arrays have a place, but are no part of the value.
  const flexible = names.find((name) => isEmpty(fields[name]));
  if (count > 0 && names.length > count && flexible !== undefined)
    throw new ValueError("cannot be written: it has no size of its own", flexible);
  const kernels = names.find((name) => isOfKernel(fields[name]));
  if (kernels !== undefined) throw new ValueError("cannot be written: it is the kernel's", kernels);
}

function isOfKernel(field: unknown): boolean {
  return typeof field === "object" && field !== null && "ofKernel" in field;
}

function isEmpty(field: unknown): boolean {
  return typeof field === "object" && field !== null && "size" in field && field.size === 0;
}
