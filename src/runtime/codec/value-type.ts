/** What a codec's values are, for whoever handles values of any type: JSON, formatting, checks. */
import type { Codec, Field } from "./codec.ts";

/** A codec whatever it reads and writes. */
export type AnyCodec = Codec<unknown, never>;

/** What the values of a C type are. */
export type ValueType =
  /** `number` or `bigint` */
  | { readonly kind: "integer" }
  /** `bigint`: an address */
  | { readonly kind: "pointer" }
  /** `number` */
  | { readonly kind: "float" }
  /** `boolean` */
  | { readonly kind: "boolean" }
  /** `number` or `bigint`; the enumerators by name. A value need not be one of theirs. */
  | { readonly kind: "enum"; readonly values: Readonly<Record<string, number | bigint>> }
  /** `string` */
  | { readonly kind: "chars" }
  /** `Uint8Array` */
  | { readonly kind: "bytes" }
  /** An array or typed array. */
  | { readonly kind: "array"; readonly element: AnyCodec; readonly length: number }
  /** An object. Of a union, and of unions without a name in a struct, it need not have every member. */
  | { readonly kind: "struct"; readonly fields: Readonly<Record<string, Field>> };

/** A constant, so that codecs of the same kind share one. */
export const INTEGER: ValueType = { kind: "integer" };

/** The name of an enumerator: the first one with this value, in the order of the C source. */
export function enumeratorOf(
  values: Readonly<Record<string, number | bigint>>,
  value: unknown,
): string | undefined {
  for (const [name, each] of Object.entries(values)) if (each === value) return name;
  return undefined;
}
