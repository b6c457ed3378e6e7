/** The types of the kernel that runs here, as its BTF has them. */
import { type Btf, layoutOf, loadKernelBtf, sizeOf, type TypeId } from "tinybpf-btf";

/** A member of a struct, in bytes. */
export interface Place {
  readonly offset: number;
  readonly size: number;
}

/** Answers about structs and enums, by their names in C. */
export class KernelTypes {
  readonly btf: Btf = loadKernelBtf();

  has(name: string): boolean {
    return this.btf.find(name) !== undefined;
  }

  size(struct: string): number | undefined {
    return sizeOf(this.btf, this.#struct(struct));
  }

  /** Where a member is, which may be one of an anonymous struct or union; undefined when there is none. */
  member(struct: string, name: string): Place | undefined {
    return this.#memberOf(this.#struct(struct), name);
  }

  offset(struct: string, name: string): number | undefined {
    return this.member(struct, name)?.offset;
  }

  /** The value of an enumerator; undefined when there is none. */
  enumerator(name: string, enumerator: string): bigint | undefined {
    const type = this.btf.find(name, "ENUM");
    if (type?.kind !== "ENUM") throw new Error(`this kernel has no enum ${name}`);
    const found = type.values.find((each) => each.name === enumerator);
    return found === undefined ? undefined : BigInt(found.value);
  }

  #struct(name: string): TypeId {
    const type = this.btf.find(name, "STRUCT");
    if (type === undefined) throw new Error(`this kernel has no struct ${name}`);
    return type.id;
  }

  #memberOf(id: TypeId, name: string): Place | undefined {
    for (const field of layoutOf(this.btf, id).fields) {
      if (field.name === name) return { offset: field.offset, size: field.size };
      const inner = field.name === "" ? this.#memberOf(field.type, name) : undefined;
      if (inner !== undefined) return { offset: field.offset + inner.offset, size: inner.size };
    }
    return undefined;
  }
}
