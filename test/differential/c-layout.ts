/** C that asks the compiler for sizes, alignments and offsets, as a list of constants. */
import { fieldsOf } from "./model.ts";
import type { Measured } from "./subjects.ts";

/** Numbers of a type: sizeof, _Alignof, and for each field its offset and the size of its declared type. */
export function layoutExpressions({ type, expression }: Measured): string[] {
  return [
    `sizeof(${expression})`,
    `_Alignof(${expression})`,
    ...fieldsOf(type).flatMap(({ name, type: member, bits }) => {
      // The bits of a bitfield are looked at instead (c-constants.ts).
      if (bits !== undefined) return ["0", `sizeof(${bits.declared})`];
      const size = member.kind === "array" && member.flexible ? "0" : `sizeof(((${expression} *)0)->${name})`;
      return [`__builtin_offsetof(${expression}, ${name})`, size];
    }),
  ];
}

/** What the compiler says about one field. */
export interface FieldTruth {
  readonly offset: number;
  readonly size: number;
  readonly bits: readonly [first: number, width: number] | undefined;
}

/** What the compiler says about a type. */
export interface LayoutTruth {
  readonly size: number;
  readonly align: number;
  readonly fields: ReadonlyMap<string, FieldTruth>;
}

/** Reads the numbers back. `bitsOf` finds the bits of a bitfield. */
export function readLayout(
  { type }: Measured,
  numbers: readonly number[],
  bitsOf: (field: string) => readonly [first: number, width: number],
): LayoutTruth {
  const [size = NaN, align = NaN, ...rest] = numbers;
  const fields = fieldsOf(type).map(({ name, bits }, index): [string, FieldTruth] => {
    const declaredSize = rest[index * 2 + 1] ?? NaN;
    if (bits === undefined)
      return [name, { offset: rest[index * 2] ?? NaN, size: declaredSize, bits: undefined }];
    const [first, width] = bitsOf(name);
    return [name, { offset: Math.floor(first / 8), size: declaredSize, bits: [first, width] }];
  });
  return { size, align, fields: new Map(fields) };
}
