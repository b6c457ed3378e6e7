/** Enums: an object of the enumerators, and the union of their values as a type. */
import type { Btf } from "tinybpf-btf";
import { count } from "./count.ts";
import { docCode, docs } from "./doc.ts";
import type { NamedType } from "./named-types.ts";
import { type Statement, StructureKind, constStatement } from "./source-file.ts";
import { literalKey } from "./text.ts";

/** The declarations of one enum. */
export function declareEnum(btf: Btf, type: NamedType): Statement[] {
  const definition = btf.type(type.id);
  if (definition.kind !== "ENUM" && definition.kind !== "ENUM64") return [];
  const { size, signed } = definition;
  // 64-bit enums are bigints whatever their values, so that a newer kernel's values change no type.
  const suffix = size === 8 ? "n" : "";
  const members = new Map(definition.values.map(({ name, value }) => [name, `${value}${suffix}`]));
  const lines = Array.from(members, ([name, value]) => `${literalKey(name)}: ${value},`);
  const sign = signed ? "signed" : "unsigned";
  return [
    constStatement({
      name: type.name,
      isExported: true,
      docs: docs(`Enumerators of ${docCode(type.cName)}.`),
      initializer: `{\n${lines.join("\n")}\n} as const`,
    }),
    {
      kind: StructureKind.TypeAlias,
      isExported: true,
      name: type.name,
      type: `(typeof ${type.name})[keyof typeof ${type.name}]`,
      docs: docs(
        `${docCode(type.cName)} (${count(size, "byte")}, ${sign}). A value outside the set is kept when read.`,
      ),
    },
  ];
}
