/** Where the members of structs and unions are, and what lies between them, as pahole reports it. */
import { alignOf, isPacked } from "./align.ts";
import type { Btf } from "./btf.ts";
import { BtfParseError } from "./errors.ts";
import { sizeOf } from "./size.ts";
import type { BtfType, CompositeType, Member, TypeId } from "./types.ts";

/** A member and its place. */
export interface FieldLayout {
  /** Empty for anonymous structs and unions, whose members C lifts into the parent. */
  readonly name: string;
  readonly type: TypeId;
  /** Bytes from the start of the struct; of a bitfield the byte that holds its first bit. */
  readonly offset: number;
  /** Bits from the start of the struct; `offset * 8` unless it is a bitfield. */
  readonly bitOffset: number;
  /** Bits of a bitfield; 0 for other members. */
  readonly bitSize: number;
  /** Bytes of its type, also for bitfields; 0 for flexible arrays. */
  readonly size: number;
  /** Alignment of its type in bytes. */
  readonly align: number;
}

/** Unused space before a member. */
export interface Hole {
  /** The byte in which it starts. */
  readonly offset: number;
  /** Bits from the start of the struct to it. */
  readonly bitOffset: number;
  readonly bits: number;
}

/** The layout of a struct or union. */
export interface StructLayout {
  /** Bytes. */
  readonly size: number;
  /** Bytes; 1 when packed. */
  readonly align: number;
  /** Some member or the end is where only `__attribute__((packed))` puts it. */
  readonly packed: boolean;
  /** As declared. */
  readonly fields: readonly FieldLayout[];
  /** Between members, by place; none in unions. */
  readonly holes: readonly Hole[];
  /** Unused whole bytes after the last member. */
  readonly padding: number;
  /** Unused bits after the last member that make up no whole byte. */
  readonly bitPadding: number;
}

/**
 * The layout of a struct or union, given by its own id or that of a typedef or qualifier of it.
 *
 * @throws {@link BtfParseError} when the type is neither, or a member lies outside it or has no size
 */
export function layoutOf(btf: Btf, id: TypeId): StructLayout {
  const type = btf.resolve(id);
  if (type.kind !== "STRUCT" && type.kind !== "UNION") {
    throw new BtfParseError(`${type.kind} has no members to lay out`, { section: ".BTF", typeId: id });
  }
  const fields = type.members.map((member) => layoutField(btf, type, member));
  const { holes, end } = type.kind === "UNION" ? unionEnd(fields) : findHoles(fields);
  const unused = type.size * 8 - end;
  return {
    size: type.size,
    align: alignOf(btf, type.id),
    packed: isPacked(btf, type),
    fields,
    holes,
    padding: Math.floor(unused / 8),
    bitPadding: unused % 8,
  };
}

function layoutField(btf: Btf, type: CompositeType, member: Member): FieldLayout {
  const size = sizeOf(btf, member.type);
  if (size === undefined) throw outside(type, member, "has a type without a size");
  const { bitOffset, bitSize } = bitsOf(btf.resolve(member.type), member);
  if (bitSize > size * 8) throw outside(type, member, `has ${bitSize} bits of a type of ${size} bytes`);
  if (bitOffset + (bitSize === 0 ? size * 8 : bitSize) > type.size * 8) {
    throw outside(type, member, `reaches beyond the ${type.size} bytes of it`);
  }
  return {
    name: member.name,
    type: member.type,
    offset: Math.floor(bitOffset / 8),
    bitOffset,
    bitSize,
    size,
    align: alignOf(btf, member.type),
  };
}

/**
 * A member's bits. Compilers before `kind_flag` gave a bitfield an `INT` type of its own, with the width and a
 * further offset in it (`btf_int_bits`, kernel/bpf/btf.c).
 */
function bitsOf(type: BtfType, member: Member): { bitOffset: number; bitSize: number } {
  const { bitOffset, bitSize } = member;
  if (bitSize !== 0) return { bitOffset, bitSize };
  if (type.kind === "INT" && (type.bits !== type.size * 8 || type.offset !== 0 || bitOffset % 8 !== 0)) {
    return { bitOffset: bitOffset + type.offset, bitSize: type.bits };
  }
  return { bitOffset, bitSize };
}

function outside(type: CompositeType, member: Member, message: string): BtfParseError {
  const name = member.name === "" ? "(anonymous)" : member.name;
  return new BtfParseError(`member ${name} ${message}`, { section: ".BTF", typeId: type.id });
}

function endOf(field: FieldLayout): number {
  return field.bitOffset + (field.bitSize === 0 ? field.size * 8 : field.bitSize);
}

function unionEnd(fields: readonly FieldLayout[]): { holes: Hole[]; end: number } {
  return { holes: [], end: fields.reduce((end, field) => Math.max(end, endOf(field)), 0) };
}

function findHoles(fields: readonly FieldLayout[]): { holes: Hole[]; end: number } {
  const holes: Hole[] = [];
  let end = 0;
  for (const field of fields.toSorted((a, b) => a.bitOffset - b.bitOffset)) {
    if (field.bitOffset > end) {
      holes.push({ offset: Math.floor(end / 8), bitOffset: end, bits: field.bitOffset - end });
    }
    end = Math.max(end, endOf(field));
  }
  return { holes, end };
}
