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
  return new Uint8Array(value);
}

/** @throws {ValueError} when `value` is no object, as options must be */
export function assertObject(value: unknown, name: string): asserts value is object {
  if (typeof value !== "object" || value === null) throw wrong(value, "an object", name);
}
