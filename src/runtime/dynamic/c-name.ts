/** What C calls a type. */
import { type Btf, type BtfType, type TypeId, formatType } from "tinybpf-btf";

/** Structs, unions and enums: types that C may leave without a name. */
export type TaggedType = BtfType & { readonly kind: "STRUCT" | "UNION" | "ENUM" | "ENUM64" };

/** `struct exec_event`; `event_t` for a struct without a tag that a typedef names; `union (unnamed)` for the others. */
export class CNames {
  readonly #btf: Btf;
  #typedefs: ReadonlyMap<TypeId, string> | undefined;

  constructor(btf: Btf) {
    this.#btf = btf;
  }

  of(type: TaggedType): string {
    if (type.name !== "") return formatType(this.#btf, type.id);
    this.#typedefs ??= typedefsOfUnnamed(this.#btf);
    const keyword = type.kind === "STRUCT" ? "struct" : type.kind === "UNION" ? "union" : "enum";
    return this.#typedefs.get(type.id) ?? `${keyword} (unnamed)`;
  }
}

/** The first typedef of each type without a tag. It reads every type, and so waits until one without a tag is met. */
function typedefsOfUnnamed(btf: Btf): ReadonlyMap<TypeId, string> {
  const names = new Map<TypeId, string>();
  for (let id = 1; id < btf.typeCount; id++) {
    const type = btf.type(id);
    if (type.kind !== "TYPEDEF") continue;
    const target = btf.type(type.type);
    if (target.name === "" && !names.has(target.id)) names.set(target.id, type.name);
  }
  return names;
}
