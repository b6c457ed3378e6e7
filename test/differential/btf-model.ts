/** Types of an object's BTF as models: what to ask a C compiler about. */
import { type Btf, type BtfType, type TypeId, formatType, kernelField } from "tinybpf-btf";
import type { CType, Composite, Member } from "./model.ts";

/** The structs and unions of an object that C code can name, by a tag or by a typedef. */
export function namedComposites(
  btf: Btf,
  isNatural: (name: string) => boolean,
): (Composite & { readonly name: string })[] {
  const reader = new Reader(btf, isNatural);
  const found = new Map<string, Composite & { readonly name: string }>();
  for (const type of btf.types()) {
    if (type.kind !== "STRUCT" && type.kind !== "UNION") continue;
    // Padding without a name is all that BTF has of some, and not how they are aligned.
    if (kernelField(btf, type.id) !== undefined) continue;
    const composite = reader.composite(type);
    if (composite.name !== undefined) found.set(composite.name, { ...composite, name: composite.name });
  }
  return [...found.values()];
}

class Reader {
  readonly #btf: Btf;
  readonly #isNatural: (name: string) => boolean;
  readonly #typedefs = new Map<TypeId, string>();

  constructor(btf: Btf, isNatural: (name: string) => boolean) {
    this.#btf = btf;
    this.#isNatural = isNatural;
    for (const type of btf.types())
      if (type.kind === "TYPEDEF" && !this.#typedefs.has(type.type)) this.#typedefs.set(type.type, type.name);
  }

  composite(type: BtfType & { readonly kind: "STRUCT" | "UNION" }): Composite {
    const name = type.name === "" ? this.#typedefs.get(type.id) : formatType(this.#btf, type.id);
    return {
      kind: "composite",
      of: type.kind === "STRUCT" ? "struct" : "union",
      name,
      salt: type.id,
      isNatural: name === undefined || this.#isNatural(name),
      members: type.members.flatMap((member): Member[] => {
        const inner = this.#btf.resolve(member.type);
        const isComposite = inner.kind === "STRUCT" || inner.kind === "UNION";
        if (member.name === "" && !isComposite) return [];
        // No part of values; C leaves it 0, as codecs write it.
        if (kernelField(this.#btf, member.type) !== undefined) return [];
        return [
          {
            name: member.name === "" ? undefined : member.name,
            type: this.#type(member.type, true),
            bits:
              member.bitSize === 0
                ? undefined
                : { width: member.bitSize, declared: formatType(this.#btf, member.type) },
          },
        ];
      }),
    };
  }

  /** BTF writes `x[]` and `x[0]` alike; only of a member can it be the first. */
  #type(id: TypeId, isMember: boolean): CType {
    const type = this.#btf.resolve(id);
    switch (type.kind) {
      case "INT":
        if (type.bool) return { kind: "bool" };
        return { kind: "int", size: intSize(type.size), signed: type.signed, char: type.name === "char" };
      case "FLOAT":
        if (type.size !== 4 && type.size !== 8) throw new Error(`a float of ${type.size} bytes`);
        return { kind: "float", size: type.size };
      case "ENUM":
      case "ENUM64": {
        const size = intSize(type.size);
        if (size === 16) throw new Error("an enum of 16 bytes");
        return { kind: "enum", size, signed: type.signed };
      }
      case "PTR":
        return { kind: "pointer" };
      case "ARRAY":
        return {
          kind: "array",
          element: this.#type(type.type, false),
          length: type.nelems,
          flexible: isMember && type.nelems === 0,
        };
      case "STRUCT":
      case "UNION":
        return this.composite(type);
      default:
        throw new Error(`a ${type.kind} by value`);
    }
  }
}

function intSize(size: number): 1 | 2 | 4 | 8 | 16 {
  if (size === 1 || size === 2 || size === 4 || size === 8 || size === 16) return size;
  throw new Error(`an integer of ${size} bytes`);
}
