/** The table of a struct's fields in generated code: where each member lies, and its codec. */
import { type FieldSlot, type Shape, allFields, unionFields } from "./shape.ts";
import { literalKey, quote } from "./text.ts";

/** A member of which only the place can be told: it has no size of its own, or is the kernel's. */
export interface PlacedMember {
  readonly name: string;
  readonly cName: string;
  readonly offset: number;
  readonly ofKernel?: { readonly type: string; readonly size: number };
}

/** The object literal. */
export function fieldsTable(shape: Shape, leftOut: readonly PlacedMember[]): string {
  const inUnions = new Set(shape.unions.flatMap(unionFields));
  const entries = [
    ...allFields(shape).map((field) => {
      const { name, offset, size, bits, type } = field;
      const place = bits === undefined ? "" : `, bits: [${bits.join(", ")}]`;
      const codec = type.constant?.() ?? type.codec();
      return `${literalKey(name)}: { offset: ${offset}, size: ${size}, type: ${codec}${place}${nameInC(field)}${inUnions.has(field) ? ", inUnion: true" : ""} },`;
    }),
    ...leftOut.map(
      (field) =>
        `${literalKey(field.name)}: { offset: ${field.offset}, size: ${field.ofKernel?.size ?? 0}${nameInC(field)}${ofKernel(field)} },`,
    ),
  ];
  return entries.length === 0 ? "{}" : `{\n${entries.join("\n")}\n} as const`;
}

function ofKernel({ ofKernel: field }: PlacedMember): string {
  return field === undefined ? "" : `, ofKernel: ${quote(field.type)}`;
}

/** The name in C, where that is another one. */
function nameInC({ name, cName }: Pick<FieldSlot, "name" | "cName">): string {
  return name === cName ? "" : `, name: ${quote(cName)}`;
}
