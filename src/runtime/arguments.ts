/** Checks of what callers give, before it reaches C: there, a number in the place of a string is an address. */
import { types } from "node:util";
import { wrong } from "./codec/check.ts";
import { ValueError } from "./errors.ts";

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
