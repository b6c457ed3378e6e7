/** What C calls a type, and which types have bytes but no members to read. */
import { type Btf, type BtfType, type TypeId, formatType, sizeOf } from "tinybpf-btf";

/** Structs, unions and enums: types that C may leave without a name. */
export type TaggedType = BtfType & { readonly kind: "STRUCT" | "UNION" | "ENUM" | "ENUM64" };

/** A struct or union with a member that has no size cannot be laid out; its bytes are all there is. */
export function isOpaque(btf: Btf, type: BtfType): boolean {
  return (
    (type.kind === "STRUCT" || type.kind === "UNION") &&
    type.members.some((member) => sizeOf(btf, member.type) === undefined)
  );
}

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
