/** Types that are wanted by name although nothing in the skeleton mentions them. */
import { type Btf, type BtfType, sizeOf } from "tinybpf-btf";
import type { TypeRoot } from "./named-types.ts";

/** The types that match the patterns, and the patterns that match none. */
export interface SelectedTypes {
  readonly roots: readonly TypeRoot[];
  readonly unmatched: readonly string[];
}

/** Finds structs, unions, enums and typedefs of them by their C names; `*` and `?` stand for any characters. */
export function selectTypes(btf: Btf, patterns: readonly string[]): SelectedTypes {
  const expressions = patterns.map(toExpression);
  const matched = new Set<number>();
  const roots: TypeRoot[] = [];
  for (const type of patterns.length === 0 ? [] : btf.types()) {
    if (!isSelectable(btf, type)) continue;
    const matches = expressions.flatMap((expression, index) => (expression.test(type.name) ? [index] : []));
    if (matches.length > 0) roots.push({ id: type.id, fallback: type.name });
    for (const index of matches) matched.add(index);
  }
  return { roots, unmatched: patterns.filter((_, index) => !matched.has(index)) };
}

function isSelectable(btf: Btf, type: BtfType): boolean {
  if (!("name" in type) || type.name === "") return false;
  const target = type.kind === "TYPEDEF" ? btf.resolve(type.id) : type;
  const kinds: readonly string[] = ["STRUCT", "UNION", "ENUM", "ENUM64"];
  return kinds.includes(target.kind) && sizeOf(btf, target.id) !== undefined;
}

/** `struct exec_*` and `exec_*` are the same pattern. */
function toExpression(pattern: string): RegExp {
  const name = pattern.trim().replace(/^(?:struct|union|enum)\s+/, "");
  const escaped = name.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll(String.raw`\*`, ".*").replaceAll(String.raw`\?`, ".")}$`, "su");
}
