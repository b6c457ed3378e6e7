/** Values of C types without parts, as whoever handles values of any type finds them. */
import { copyOf } from "../arguments.ts";
import { ArrayView } from "./array-view.ts";
import { wrong } from "./check.ts";

export function integerOf(value: unknown): number | bigint {
  if (typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value))) return value;
  throw wrong(value, "an integer", "");
}

export function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  throw wrong(value, "a number", "");
}

export function booleanOf(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw wrong(value, "a boolean", "");
}

export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  throw wrong(value, "a string", "");
}

/** A copy of bytes, or of the view of an array of them. */
export function bytesOf(value: unknown): Uint8Array {
  return copyOf(value instanceof ArrayView ? value.copy() : value, "");
}
