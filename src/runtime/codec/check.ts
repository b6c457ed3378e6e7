/**
 * The checks between a JavaScript value and the integer that C stores. Each takes the value and the field it is
 * for, and returns what `DataView` may be given; what does not fit is a `ValueError`, never a silent cut.
 */
import { ValueError } from "../errors.ts";

/** What a 64-bit integer accepts: a `bigint`, or a `number` that is exact. */
export type BigIntInput = bigint | number;

/** Shows a value in a message: short, on one line, and itself unable to throw. */
export function show(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === "function") return "a function";
  if (value === null || typeof value !== "object") return String(value);
  return Array.isArray(value) ? `an array of ${value.length}` : "an object";
}

/** The error for a value that is not what its C type takes. */
export function wrong(value: unknown, expected: string, field: string): ValueError {
  return new ValueError(
    value === undefined ? `is missing (${expected})` : `${show(value)} is not ${expected}`,
    field,
  );
}

function outOfRange(value: number | bigint, type: string, field: string): ValueError {
  return new ValueError(`${value} is out of range for ${type}`, field);
}

function integer(value: number, min: number, max: number, type: string, field: string): number {
  if (typeof value === "number" && value >= min && value <= max && Number.isInteger(value)) return value;
  if (typeof value !== "number" || !Number.isInteger(value))
    throw wrong(value, `an integer (${type})`, field);
  throw outOfRange(value, type, field);
}

export function u8(value: number, field = ""): number {
  return integer(value, 0, 0xff, "__u8", field);
}
export function i8(value: number, field = ""): number {
  return integer(value, -0x80, 0x7f, "__s8", field);
}
export function u16(value: number, field = ""): number {
  return integer(value, 0, 0xffff, "__u16", field);
}
export function i16(value: number, field = ""): number {
  return integer(value, -0x8000, 0x7fff, "__s16", field);
}
export function u32(value: number, field = ""): number {
  return integer(value, 0, 0xffff_ffff, "__u32", field);
}
export function i32(value: number, field = ""): number {
  return integer(value, -0x8000_0000, 0x7fff_ffff, "__s32", field);
}

/** Checks an integer of `width` bits. */
export function bigInteger(
  value: BigIntInput,
  width: number,
  signed: boolean,
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
  if (big !== (signed ? BigInt.asIntN(width, big) : BigInt.asUintN(width, big)))
    throw outOfRange(big, type, field);
  return big;
}

const U64_MAX = 0xffff_ffff_ffff_ffffn;
const I64_MIN = -0x8000_0000_0000_0000n;
const I64_MAX = 0x7fff_ffff_ffff_ffffn;

export function u64(value: BigIntInput, field = ""): bigint {
  if (typeof value === "bigint" && value >= 0n && value <= U64_MAX) return value;
  return bigInteger(value, 64, false, "__u64", field);
}
export function i64(value: BigIntInput, field = ""): bigint {
  if (typeof value === "bigint" && value >= I64_MIN && value <= I64_MAX) return value;
  return bigInteger(value, 64, true, "__s64", field);
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
  if (value === null || typeof value !== "object")
    throw wrong(value, `an object with ${Object.keys(fields).join(", ")}`, "");
  let given = 0;
  for (const _ in value) given++;
  if (given > count) rejectUnknown(value, count, fields);
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
}

function isEmpty(field: unknown): boolean {
  return typeof field === "object" && field !== null && "size" in field && field.size === 0;
}
