/**
 * The members of a struct or union as values have them: those of unnamed structs and unions belong to the type around them
 * (C11 6.7.2.1 p13). The same rules as the generator's (src/codegen/shape.ts), whose codecs the differential tests compare
 * with those made from this.
 */
import { type Btf, BtfParseError, type FieldLayout, type TypeId, isOpaque, layoutOf } from "tinybpf-btf";
import type { Bits } from "./bitfields.ts";

/** A type by its codec, or why it has none; how depends on who asks. */
export interface TypeReader<C> {
  /** Any type. */
  type(id: TypeId): C | LeftOut;
  /** A bitfield of the declared type `id`. */
  bitfield(id: TypeId, bits: Bits): C;
  /** The name of a type that belongs to the kernel, whose members are to be left out. */
  ofKernel?(id: TypeId): string | undefined;
}

/** Why a member is left out of values. */
export interface LeftOut {
  readonly leftOut: string;
}

/** A member that is read and written. */
export interface MemberSlot<C> {
  readonly name: string;
  /** Its number among all members, as declared. */
  readonly index: number;
  /** Bytes from the start of the struct. */
  readonly offset: number;
  /** Bytes of its type, also for bitfields. */
  readonly size: number;
  /** For bitfields: the first bit from the start of the struct, and the width. */
  readonly bits: readonly [offset: number, width: number] | undefined;
  readonly type: C;
  /** The same member at its place in a union: its codec starts where the union does. */
  readonly inUnion: C;
}

/** A member of a union: one with a name, or an unnamed struct whose members the union takes over. */
export type Choice<C> =
  | { readonly kind: "member"; readonly member: MemberSlot<C> }
  | { readonly kind: "lifted"; readonly members: StructMembers<C> };

/** A union, unnamed in a struct or the type itself. */
export interface UnionSlot<C> {
  readonly offset: number;
  readonly size: number;
  readonly choices: readonly Choice<C>[];
}

/** A member that is in the C type only. */
export interface LeftOutSlot {
  readonly name: string;
  readonly offset: number;
  /** Of one that belongs to the kernel: the name of its type, and its bytes. */
  readonly ofKernel?: { readonly type: string; readonly size: number };
}

/** What there is to read and write. Offsets count from the start of the outermost type. */
export interface StructMembers<C> {
  /** Where it starts itself, in bytes. */
  readonly offset: number;
  readonly size: number;
  readonly align: number;
  readonly members: readonly MemberSlot<C>[];
  readonly unions: readonly UnionSlot<C>[];
  readonly leftOut: readonly LeftOutSlot[];
}

/** Every member by name, as declared. */
export function allMembers<C>(struct: StructMembers<C>): MemberSlot<C>[] {
  const inUnions = struct.unions.flatMap(({ choices }) => choices.flatMap(choiceMembers));
  return [...struct.members, ...inUnions].toSorted((a, b) => a.index - b.index);
}

function choiceMembers<C>(choice: Choice<C>): MemberSlot<C>[] {
  return choice.kind === "member" ? [choice.member] : allMembers(choice.members);
}

/** The members of the struct or union `id`. @throws {BtfParseError} for types that no compiler writes */
export function membersOf<C extends object>(btf: Btf, reader: TypeReader<C>, id: TypeId): StructMembers<C> {
  return new Collector(btf, reader, id).collect(id, 0);
}

interface Draft<C> {
  readonly members: MemberSlot<C>[];
  readonly unions: UnionSlot<C>[];
  readonly leftOut: LeftOutSlot[];
}

class Collector<C extends object> {
  readonly #btf: Btf;
  readonly #reader: TypeReader<C>;
  readonly #outermost: TypeId;
  /** A second member of a name could not be told from the first. C has none. */
  readonly #names = new Set<string>();
  /** Unnamed types whose members were taken over: once more would collide, and could take exponential time. */
  readonly #lifted = new Set<TypeId>();

  constructor(btf: Btf, reader: TypeReader<C>, outermost: TypeId) {
    this.#btf = btf;
    this.#reader = reader;
    this.#outermost = outermost;
  }

  collect(id: TypeId, offset: number): StructMembers<C> {
    const { size, align } = layoutOf(this.#btf, id);
    const draft: Draft<C> = { members: [], unions: [], leftOut: [] };
    if (this.#btf.resolve(id).kind === "UNION") this.#addUnion(draft, id, offset);
    else this.#addMembers(draft, id, offset);
    return { offset, size, align, ...draft };
  }

  #addMembers(draft: Draft<C>, id: TypeId, offset: number): void {
    for (const field of layoutOf(this.#btf, id).fields) {
      const inner = this.#unnamed(field);
      const start = offset + field.offset;
      if (inner === undefined) {
        const slot = this.#member(draft, field, offset);
        if (slot !== undefined) draft.members.push(slot);
      } else if (isOpaque(this.#btf, inner)) draft.leftOut.push({ name: "", offset: start });
      else if (inner.kind === "UNION") this.#addUnion(draft, inner.id, start);
      else this.#addMembers(draft, inner.id, start);
    }
  }

  #addUnion(draft: Draft<C>, id: TypeId, offset: number): void {
    const choices: Choice<C>[] = [];
    this.#addChoices(draft, choices, id, offset);
    const { size } = layoutOf(this.#btf, id);
    if (choices.length > 0) draft.unions.push({ offset, size, choices });
  }

  /** An unnamed union in a union adds its members to it: all start at the same byte. */
  #addChoices(draft: Draft<C>, choices: Choice<C>[], id: TypeId, offset: number): void {
    for (const field of layoutOf(this.#btf, id).fields) {
      const inner = this.#unnamed(field);
      if (inner === undefined) {
        const member = this.#member(draft, field, offset);
        if (member !== undefined) choices.push({ kind: "member", member });
      } else if (isOpaque(this.#btf, inner)) draft.leftOut.push({ name: "", offset });
      else if (inner.kind === "UNION") this.#addChoices(draft, choices, inner.id, offset);
      else {
        const members = this.collect(inner.id, offset);
        if (allMembers(members).length > 0) choices.push({ kind: "lifted", members });
        draft.leftOut.push(...members.leftOut);
      }
    }
  }

  /** The struct or union that lends its members. */
  #unnamed({ name, type }: FieldLayout) {
    const inner = this.#btf.resolve(type);
    if (name !== "" || (inner.kind !== "STRUCT" && inner.kind !== "UNION")) return undefined;
    if (this.#lifted.has(inner.id) || inner.id === this.#outermost)
      throw new BtfParseError(`holds the unnamed type ${inner.id} twice`, {
        section: ".BTF",
        typeId: this.#outermost,
      });
    this.#lifted.add(inner.id);
    return inner;
  }

  #member(draft: Draft<C>, field: FieldLayout, offset: number): MemberSlot<C> | undefined {
    const { name, size, bitSize } = field;
    // Bits without a name are padding.
    if (name === "") return undefined;
    const start = offset + field.offset;
    const ofKernel = bitSize === 0 ? this.#reader.ofKernel?.(field.type) : undefined;
    if (ofKernel !== undefined) {
      draft.leftOut.push({ name, offset: start, ofKernel: { type: ofKernel, size } });
      return undefined;
    }
    const first = field.bitOffset - field.offset * 8;
    const type =
      bitSize === 0
        ? this.#reader.type(field.type)
        : this.#reader.bitfield(field.type, { first, width: bitSize });
    if ("leftOut" in type || this.#names.has(name)) {
      draft.leftOut.push({ name, offset: start });
      return undefined;
    }
    const index = this.#names.size;
    this.#names.add(name);
    return {
      name,
      index,
      offset: start,
      size,
      bits: bitSize === 0 ? undefined : [start * 8 + first, bitSize],
      type,
      inUnion:
        bitSize === 0 ? type : this.#reader.bitfield(field.type, { first: field.bitOffset, width: bitSize }),
    };
  }
}
