/** Values as plain JSON, for logs and pipes. */
import { elementsOf, membersOf } from "./parts.ts";
import { booleanOf, bytesOf, integerOf, numberOf, textOf } from "./scalar-values.ts";
import { type ValueType, enumeratorOf } from "./value-type.ts";

/** What `JSON.stringify` takes as it is. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json };

/**
 * A value of type `type` as JSON: integers as numbers where those are exact and as decimal strings where not, enumerators
 * by name, bytes in hexadecimal, `NaN` and infinities as strings, everything else as it is. Members that a union does not
 * have are left out.
 *
 * @throws {ValueError} naming the path of what is no value of this type
 */
export function toJson(type: ValueType, value: unknown): Json {
  switch (type.kind) {
    case "integer":
    case "pointer":
      return integer(value);
    case "enum":
      return enumeratorOf(type.values, value) ?? integer(value);
    case "float":
      return Number.isFinite(value) ? numberOf(value) : String(numberOf(value));
    case "boolean":
      return booleanOf(value);
    case "chars":
      return textOf(value);
    case "bytes":
      return Buffer.from(bytesOf(value)).toString("hex");
    case "array":
      return elementsOf(type, value, toJson);
    case "struct":
  }
  return Object.fromEntries(membersOf(type, value, toJson).map(({ name, result }) => [name, result]));
}

function integer(value: unknown): number | string {
  const exact = integerOf(value);
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : String(BigInt(exact));
}
