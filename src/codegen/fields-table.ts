/** The table of a struct's fields in generated code: where each member lies, and its codec. */
import type { FieldSlot } from "./shape.ts";
import { literalKey } from "./text.ts";

/** A member without a size of its own, of which only the place can be told. */
export interface FlexibleArray {
  readonly name: string;
  readonly offset: number;
}

/** The object literal. */
export function fieldsTable(fields: readonly FieldSlot[], leftOut: readonly FlexibleArray[]): string {
  const entries = [
    ...fields.map(({ name, offset, size, bits, type }) => {
      const place = bits === undefined ? "" : `, bits: [${bits.join(", ")}]`;
      const codec = type.constant?.() ?? type.codec();
      return `${literalKey(name)}: { offset: ${offset}, size: ${size}, type: ${codec}${place} },`;
    }),
    ...leftOut.map(({ name, offset }) => `${literalKey(name)}: { offset: ${offset}, size: 0 },`),
  ];
  return entries.length === 0 ? "{}" : `{\n${entries.join("\n")}\n} as const`;
}
