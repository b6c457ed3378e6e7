/** Checks of what callers give, before it reaches C: there, a number in the place of a string is an address. */
import { types } from "node:util";
import { show, wrong } from "./codec/check.ts";
import { ValueError } from "./errors.ts";
import { nearNames, orRather } from "./near-names.ts";

/**
 * A string for C.
 *
 * @param name - what the caller knows it by
 * @throws {ValueError} when it is none, or holds a NUL, which ends a string in C
 */
export function text(value: unknown, name: string): string {
  if (typeof value !== "string") throw wrong(value, "a string", name);
  if (value.includes("\0")) throw new ValueError("holds a NUL, which ends a string in C", name);
  return value;
}

/** A string for C, or NULL when there is none. */
export function optionalText(value: unknown, name: string): string | null {
  return value === undefined || value === null ? null : text(value, name);
}

/** A boolean, and not just anything that is true in a condition. */
export function flag(value: unknown, name: string): boolean {
  if (typeof value !== "boolean") throw wrong(value, "a boolean", name);
  return value;
}

/** A copy of bytes, as long as it says it is: an object can lie about its `length`, and C would believe it. */
export function copyOf(value: unknown, name: string): Uint8Array<ArrayBuffer> {
  if (!types.isUint8Array(value)) throw wrong(value, "a Uint8Array", name);
  try {
    return new Uint8Array(value);
  } catch (cause) {
    // Its memory was handed to another thread, or has shrunk below it.
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ValueError(`cannot be copied: ${reason}`, name);
  }
}

/** Whether `value` is a key of `table`. What is no string is never turned into one: that runs its code. */
export function isKeyOf<T extends object>(table: T, value: unknown): value is keyof T {
  return typeof value === "string" && Object.hasOwn(table, value);
}

/** @throws {ValueError} when `value` cannot be called; found before anything is done, and not at the first call */
export function assertFunction(value: unknown, name: string): void {
  if (typeof value !== "function") throw wrong(value, "a function", name);
}

/** @throws {ValueError} when `value` is nothing to go through with `for … of` */
export function assertIterable(value: unknown, name: string): void {
  const isIterable =
    typeof value === "string" ||
    (typeof value === "object" &&
      value !== null &&
      Symbol.iterator in value &&
      typeof value[Symbol.iterator] === "function");
  if (!isIterable) throw wrong(value, "an iterable", name);
}

/** @throws {ValueError} when `value` is no object, as options must be */
export function assertObject(value: unknown, name: string): asserts value is object {
  if (typeof value !== "object" || value === null) throw wrong(value, "an object", name);
}

/** One of several names. */
export function oneOf<T extends string>(value: unknown, names: readonly T[], name: string): T {
  const found = names.find((one) => one === value);
  if (found !== undefined) return found;
  if (typeof value !== "string") throw wrong(value, "a name", name);
  const instead = names.length > SHOWN_NAMES ? orRather(nearNames(value, names)) : insteadOf(value, names);
  throw new ValueError(`${show(value)} is not known here${instead}`, name);
}

/** More would not be read. */
const SHOWN_NAMES = 20;

/** The members of any of several types. */
type MemberOf<T> = T extends unknown ? keyof T & string : never;

/**
 * Checks that an argument is an object with known members only: in JavaScript nobody else sees that a name is misspelt.
 *
 * @throws {ValueError} for anything else; it names the member
 */
export function assertOptions<T extends object>(
  value: T | undefined,
  name: string,
  known: Readonly<Record<MemberOf<T>, true>>,
): asserts value is T {
  assertObject(value, name);
  for (const member of Object.keys(value))
    if (!Object.hasOwn(known, member))
      throw new ValueError(`there is no option ${member}${insteadOf(member, Object.keys(known))}`, name);
}

/** Behind a name that is none: the one that was probably meant, or else all that there are. */
export function insteadOf(name: string, known: readonly string[]): string {
  const near = nearNames(name, known);
  return near.length > 0 ? orRather(near) : `; there are: ${known.join(", ") || "none"}`;
}
