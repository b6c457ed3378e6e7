/** C declarations for documentation: what the object's BTF says, with the places of the members. */
import { type Btf, type TypeId, formatDeclaration, layoutOf, sizeOf, isOpaque } from "tinybpf-btf";
import { count } from "./count.ts";
import type { NamedType } from "./named-types.ts";

/** Lines are aligned to this many columns of C before their comment; longer ones push it out. */
const COMMENT_COLUMN = 32;

/** The definition of a struct or union, one line for each member with its place. */
export function definitionLines(btf: Btf, type: NamedType): string[] {
  const { size, align } = layoutOf(btf, type.id);
  const keyword = type.kind === "UNION" ? "union" : "struct";
  const isTagged = type.cName.startsWith(`${keyword} `) && type.isNamed;
  const head = isTagged ? type.cName : type.isNamed ? `typedef ${keyword}` : keyword;
  return [
    withComment(`${head} {`, `${count(size, "byte")}, align ${align}`),
    ...memberLines(btf, type.id, 0, "  "),
    isTagged || !type.isNamed ? "};" : `} ${type.cName};`,
  ];
}

function memberLines(btf: Btf, id: TypeId, start: number, indent: string): string[] {
  const lines: string[] = [];
  for (const field of layoutOf(btf, id).fields) {
    const offset = start + field.offset;
    const { type, dimensions } = peelArrays(btf, field.type);
    const inner = btf.type(type);
    const isInline = (inner.kind === "STRUCT" || inner.kind === "UNION") && inner.name === "";
    if (!isInline || isOpaque(btf, inner)) {
      const bit = field.bitSize === 0 ? "" : `, bit ${field.bitOffset - field.offset * 8}`;
      const declaration = formatDeclaration(btf, field.type, field.name, { bitSize: field.bitSize });
      lines.push(withComment(`${indent}${declaration};`, `offset ${offset}${bit}`));
      continue;
    }
    const declarator = field.name + dimensions;
    lines.push(withComment(`${indent}${inner.kind === "UNION" ? "union" : "struct"} {`, `offset ${offset}`));
    lines.push(...memberLines(btf, inner.id, offset, `${indent}  `));
    lines.push(`${indent}}${declarator === "" ? "" : ` ${declarator}`};`);
  }
  return lines;
}

/** The element of an array of any dimensions, and these: `[2][3]`. */
function peelArrays(btf: Btf, id: TypeId): { readonly type: TypeId; readonly dimensions: string } {
  let dimensions = "";
  let current = id;
  // sizeOf refuses arrays that lead back to themselves.
  if (sizeOf(btf, id) === undefined) return { type: id, dimensions };
  for (;;) {
    const type = btf.type(current);
    if (type.kind !== "ARRAY") return { type: current, dimensions };
    dimensions += `[${type.nelems}]`;
    current = type.type;
  }
}

function withComment(code: string, comment: string): string {
  return `${code.padEnd(COMMENT_COLUMN)} // ${comment}`;
}
