/** An order in which codecs can be evaluated: each behind those it is made of. */
import { type Btf, type TypeId, isOpaque } from "tinybpf-btf";
import type { NamedType, NamedTypes } from "./named-types.ts";

/** The structs and unions, by id where nothing else decides. Types do not contain themselves (named-types.ts). */
export function byDependency(btf: Btf, types: NamedTypes): NamedType[] {
  const ordered: NamedType[] = [];
  const done = new Set<TypeId>();
  const visit = (id: TypeId): void => {
    const type = btf.resolve(id);
    if (type.kind === "ARRAY") visit(type.type);
    if ((type.kind !== "STRUCT" && type.kind !== "UNION") || done.has(type.id) || isOpaque(btf, type)) return;
    done.add(type.id);
    for (const member of type.members) visit(member.type);
    const named = types.get(type.id);
    if (named !== undefined) ordered.push(named);
  };
  for (const type of types.values()) visit(type.id);
  return ordered;
}
