/** The table of a struct's fields in generated code. */
import type { FieldSlot } from "./shape.ts";
import { literalKey } from "./text.ts";

/** The table of fields: where each member lies. */
export function fieldsTable(fields: readonly FieldSlot[], leftOut: readonly FlexibleArray[]): string {
  const entries = [
    ...fields.map(({ name, offset, size, bits }) => {
      const place = bits === undefined ? "" : `, bits: [${bits.join(", ")}]`;
      return `${literalKey(name)}: { offset: ${offset}, size: ${size}${place} },`;
    }),
    ...leftOut.map(({ name, offset }) => `${literalKey(name)}: { offset: ${offset}, size: 0 },`),
  ];
  return entries.length === 0 ? "{}" : `{\n${entries.join("\n")}\n} as const`;
}

/** A member without a size of its own, of which only the place can be told. */
export interface FlexibleArray {
  readonly name: string;
  readonly offset: number;
}
