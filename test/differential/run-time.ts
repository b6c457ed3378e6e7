/** Codecs as a program without generated code has them: made from the object's BTF at run time. */
import { type Btf, type TypeId, parseObject } from "tinybpf-btf";
import { BtfCodecs } from "../../src/runtime/dynamic/btf-codecs.ts";
import type { AnyCodec, CodecSource } from "./generated.ts";
import type { Measured } from "./subjects.ts";

/** The codecs of all structs and unions of an object. */
export class RunTimeCodecs implements CodecSource {
  readonly #btf: Btf;
  readonly #codecs: BtfCodecs;
  readonly #byName = new Map<string, TypeId>();

  constructor(object: Uint8Array) {
    const { btf } = parseObject(object);
    if (btf === undefined) throw new Error("the object has no BTF");
    this.#btf = btf;
    this.#codecs = new BtfCodecs(btf);
    for (const type of btf.types()) {
      const name =
        type.kind === "STRUCT" || type.kind === "UNION" ? this.#codecs.struct(type.id)?.name : undefined;
      if (name !== undefined && !this.#byName.has(name)) this.#byName.set(name, type.id);
    }
  }

  find(measured: Measured): AnyCodec | undefined {
    const id = this.#idOf(measured);
    // Tests give it values of any type.
    return id === undefined ? undefined : (this.#codecs.struct(id) as AnyCodec | undefined);
  }

  /** Types without a name are those of the member they are declared in. */
  #idOf({ expression, owner }: Measured): TypeId | undefined {
    if (owner === undefined) return this.#byName.get(expression);
    const outer = this.#idOf(owner.type);
    return outer === undefined ? undefined : this.#typeOfMember(outer, owner.member);
  }

  #typeOfMember(id: TypeId, wanted: string): TypeId | undefined {
    const composite = this.#btf.resolve(id);
    if (composite.kind !== "STRUCT" && composite.kind !== "UNION") return undefined;
    for (const { name, type } of composite.members) {
      if (name === wanted) return this.#elementOf(type);
      const inner = name === "" ? this.#typeOfMember(type, wanted) : undefined;
      if (inner !== undefined) return inner;
    }
    return undefined;
  }

  #elementOf(id: TypeId): TypeId {
    const type = this.#btf.resolve(id);
    return type.kind === "ARRAY" ? this.#elementOf(type.type) : type.id;
  }
}
