/**
 * A struct or union as TypeScript sees it: members of unnamed structs and unions belong to the type around them
 * (C11 6.7.2.1 p13).
 */
import { type Btf, type FieldLayout, type TypeId, kernelField, layoutOf, isOpaque } from "tinybpf-btf";
import type { Room } from "./bit-loads.ts";
import { type BitfieldType, bitfieldType } from "./bitfields.ts";
import { type CType, constantName } from "./c-type.ts";
import { cType } from "./c-types.ts";
import { type MemberNames, memberNames } from "./member-names.ts";
import type { ModuleContext } from "./module-context.ts";

/** A member that is read and written. */
export interface FieldSlot {
  readonly name: string;
  /** As in C. */
  readonly cName: string;
  /** Its number among all members, as declared. */
  readonly index: number;
  /** Bytes from the start of the struct. */
  readonly offset: number;
  /** Bytes of its type, also for bitfields. */
  readonly size: number;
  /** For bitfields: the first bit from the start of the struct, and the width. */
  readonly bits: readonly [offset: number, width: number] | undefined;
  readonly type: CType | BitfieldType;
  /** The same member at its place in a union: its codec starts where the union does. */
  readonly inUnion: CType;
}

/** A member of a union: one with a name, or an unnamed struct whose members the union takes over. */
export type AlternativeSlot =
  { readonly kind: "member"; readonly field: FieldSlot } | { readonly kind: "lifted"; readonly shape: Shape };

/** A union, unnamed in a struct or the named type itself. */
export interface UnionSlot {
  readonly offset: number;
  readonly size: number;
  readonly alternatives: readonly AlternativeSlot[];
}

/** A member that is in the C type only. */
export interface LeftOutSlot {
  readonly name: string;
  /** As in C. */
  readonly cName: string;
  readonly offset: number;
  readonly why: string;
  /** Of one that belongs to the kernel: the name of its type, and its bytes. */
  readonly ofKernel?: { readonly type: string; readonly size: number };
}

/** What there is to read and write. Offsets count from the start of the outermost type. */
export interface Shape {
  /** Where it starts itself, in bytes. */
  readonly offset: number;
  readonly size: number;
  readonly align: number;
  readonly fields: readonly FieldSlot[];
  readonly unions: readonly UnionSlot[];
  readonly leftOut: readonly LeftOutSlot[];
}

/** The shape of the struct or union `id`, for which `owner` is the name of the type declared. */
export function shapeOf(context: ModuleContext, id: TypeId, owner: string): Shape {
  const names = memberNames(context.naming, context.naming === "c" ? [] : declaredNames(context.btf, id));
  return new ShapeBuilder(context, owner, tagOf(context, id, owner), names).build(id, 0);
}

/** How errors call the type: as C does, or as TypeScript where C has no name for it. */
function tagOf(context: ModuleContext, id: TypeId, owner: string): string {
  const named = context.types.get(id);
  return named?.isNamed === true ? named.cName.replace(/^(?:struct|union) /, "") : owner;
}

/** The names of all members of `id`, those of unnamed structs and unions in it included, as declared. */
function declaredNames(btf: Btf, id: TypeId): string[] {
  return layoutOf(btf, id).fields.flatMap(({ name, type }) => {
    if (name !== "") return [name];
    const inner = btf.resolve(type);
    const lent = (inner.kind === "STRUCT" || inner.kind === "UNION") && !isOpaque(btf, inner);
    return lent ? declaredNames(btf, inner.id) : [];
  });
}

/** Every member by name, as declared. */
export function allFields(shape: Shape): FieldSlot[] {
  return [...shape.fields, ...shape.unions.flatMap(unionFields)].toSorted((a, b) => a.index - b.index);
}

/** Every member that a union brings. */
export function unionFields(union: UnionSlot): FieldSlot[] {
  return union.alternatives.flatMap(alternativeFields);
}

/** The members that one alternative stands for. */
export function alternativeFields(alternative: AlternativeSlot): FieldSlot[] {
  return alternative.kind === "member" ? [alternative.field] : allFields(alternative.shape);
}

interface Draft {
  /** The bytes that are read and written along with it: those of the type, or of the unnamed struct in a union. */
  readonly room: Room;
  readonly fields: FieldSlot[];
  readonly unions: UnionSlot[];
  readonly leftOut: LeftOutSlot[];
}

class ShapeBuilder {
  readonly #context: ModuleContext;
  readonly #owner: string;
  readonly #tag: string;
  readonly #nameOf: MemberNames;
  /** Names of C in use: a second member of a name could not be told from the first. C has none. */
  readonly #names = new Set<string>();

  constructor(context: ModuleContext, owner: string, tag: string, nameOf: MemberNames) {
    this.#context = context;
    this.#owner = owner;
    this.#tag = tag;
    this.#nameOf = nameOf;
  }

  build(id: TypeId, offset: number): Shape {
    const { size, align } = layoutOf(this.#context.btf, id);
    const draft: Draft = {
      room: { start: offset, end: offset + size },
      fields: [],
      unions: [],
      leftOut: [],
    };
    if (this.#context.btf.resolve(id).kind === "UNION") this.#addUnion(draft, id, offset);
    else this.#addMembers(draft, id, offset);
    const { fields, unions, leftOut } = draft;
    return { offset, size, align, fields, unions, leftOut };
  }

  #addMembers(draft: Draft, id: TypeId, offset: number): void {
    for (const field of layoutOf(this.#context.btf, id).fields) {
      const inner = this.#context.btf.resolve(field.type);
      const start = offset + field.offset;
      if (field.name !== "" || (inner.kind !== "STRUCT" && inner.kind !== "UNION")) {
        const slot = this.#field(draft, field, offset);
        if (slot !== undefined) draft.fields.push(slot);
      } else if (isOpaque(this.#context.btf, inner)) {
        draft.leftOut.push({ name: "", cName: "", offset: start, why: "has members that are not defined" });
      } else if (inner.kind === "UNION") {
        this.#addUnion(draft, inner.id, start);
      } else {
        this.#addMembers(draft, inner.id, start);
      }
    }
  }

  #addUnion(draft: Draft, id: TypeId, offset: number): void {
    const alternatives: AlternativeSlot[] = [];
    this.#addAlternatives(draft, alternatives, id, offset);
    const { size } = layoutOf(this.#context.btf, id);
    if (alternatives.length > 0) draft.unions.push({ offset, size, alternatives });
  }

  /** An unnamed union in a union adds its members to it: all start at the same byte. */
  #addAlternatives(draft: Draft, alternatives: AlternativeSlot[], id: TypeId, offset: number): void {
    for (const field of layoutOf(this.#context.btf, id).fields) {
      const inner = this.#context.btf.resolve(field.type);
      if (field.name !== "" || (inner.kind !== "STRUCT" && inner.kind !== "UNION")) {
        const slot = this.#field(draft, field, offset);
        if (slot !== undefined) alternatives.push({ kind: "member", field: slot });
      } else if (isOpaque(this.#context.btf, inner)) {
        draft.leftOut.push({ name: "", cName: "", offset, why: "has members that are not defined" });
      } else if (inner.kind === "UNION") {
        this.#addAlternatives(draft, alternatives, inner.id, offset);
      } else {
        const shape = this.build(inner.id, offset);
        if (allFields(shape).length > 0) alternatives.push({ kind: "lifted", shape });
        draft.leftOut.push(...shape.leftOut);
      }
    }
  }

  #field(draft: Draft, field: FieldLayout, offset: number): FieldSlot | undefined {
    const { name: cName, size, bitSize } = field;
    const { room } = draft;
    const start = offset + field.offset;
    // Bits without a name are padding.
    if (cName === "") return undefined;
    const name = this.#nameOf(cName);
    const ofKernel = bitSize === 0 ? kernelField(this.#context.btf, field.type) : undefined;
    if (ofKernel !== undefined) {
      const why = "it is the kernel's: only programs use it";
      draft.leftOut.push({ name, cName, offset: start, why, ofKernel: { type: ofKernel, size } });
      return undefined;
    }
    const wanted = constantName(this.#owner, cName);
    const label = `${this.#tag}.${name}`;
    const first = field.bitOffset - field.offset * 8;
    const type =
      bitSize === 0
        ? cType(this.#context, field.type, wanted, label)
        : bitfieldType(this.#context, field.type, { byte: start, first, width: bitSize, room }, label);
    const why =
      "leftOut" in type ? type.leftOut : this.#names.has(cName) ? "a second member of this name" : "";
    if ("leftOut" in type || why !== "") {
      draft.leftOut.push({ name, cName, offset: start, why });
      return undefined;
    }
    const index = this.#names.size;
    this.#names.add(cName);
    return {
      name,
      cName,
      index,
      offset: start,
      size: bitSize === 0 ? type.size : size,
      bits: bitSize === 0 ? undefined : [start * 8 + first, bitSize],
      type,
      inUnion:
        bitSize === 0
          ? type
          : bitfieldType(
              this.#context,
              field.type,
              { byte: offset, first: field.bitOffset, width: bitSize, room },
              label,
            ),
    };
  }
}
