/** The field that tells structs apart: the same integer or enum at the same place in each of them. */
import type { Btf } from "./btf.ts";
import { formatType } from "./format.ts";
import { layoutOf } from "./layout.ts";
import type { Enum64Type, EnumType, IntType, TypeId } from "./types.ts";
import { isOpaque } from "./opaque.ts";

/** A member of a struct, or of an unnamed struct or union in it. */
export interface MemberPlace {
  readonly name: string;
  readonly type: TypeId;
  /** From the start of the struct. */
  readonly bitOffset: number;
  /** Bits of a bitfield; 0 for other members. */
  readonly bitSize: number;
}

/** A field whose value can stand for a type. */
export interface Discriminant extends MemberPlace {
  readonly resolved: IntType | EnumType | Enum64Type;
  /** How many bits it has, of a bitfield or not. */
  readonly bits: number;
  readonly signed: boolean;
}

/** The members of a struct that a program can name, those of unnamed structs and unions in it included, as declared. */
export function discriminantMembers(btf: Btf, id: TypeId): MemberPlace[] {
  return [...liftedMembers(btf, id, 0, new Set())];
}

/** Each unnamed type once: following one again, as only a forged object asks for, could take exponential time. */
function* liftedMembers(
  btf: Btf,
  id: TypeId,
  start: number,
  seen: Set<TypeId>,
): Generator<MemberPlace, undefined> {
  for (const { name, type, bitOffset, bitSize } of layoutOf(btf, id).fields) {
    const inner = btf.resolve(type);
    if (name !== "") yield { name, type, bitOffset: start + bitOffset, bitSize };
    else if ((inner.kind === "STRUCT" || inner.kind === "UNION") && !isOpaque(btf, inner)) {
      if (seen.has(inner.id)) continue;
      seen.add(inner.id);
      yield* liftedMembers(btf, inner.id, start + bitOffset, seen);
    }
  }
}

/** The field `name` of a struct as a discriminant, or why it is none. */
export function discriminantOf(btf: Btf, id: TypeId, name: string): Discriminant | string {
  const struct = formatType(btf, id);
  for (const member of discriminantMembers(btf, id)) {
    if (member.name !== name) continue;
    return asDiscriminant(btf, member) ?? `${name} of ${struct} is no integer or enum of up to 64 bits`;
  }
  return `${struct} has no member ${name}`;
}

/** A member as a discriminant, if its type allows it. */
export function asDiscriminant(btf: Btf, member: MemberPlace): Discriminant | undefined {
  const resolved = btf.resolve(member.type);
  if (resolved.kind !== "INT" && resolved.kind !== "ENUM" && resolved.kind !== "ENUM64") return undefined;
  const { size, signed } = resolved;
  if (![1, 2, 4, 8].includes(size)) return undefined;
  const whole = resolved.kind === "INT" && resolved.bool ? 1 : size * 8;
  return { ...member, resolved, signed, bits: member.bitSize === 0 ? whole : member.bitSize };
}

/** Whether reading the one reads the other. */
export function samePlace(a: Discriminant, b: Discriminant): boolean {
  return (
    a.bitOffset === b.bitOffset &&
    a.bitSize === b.bitSize &&
    a.bits === b.bits &&
    a.signed === b.signed &&
    a.resolved.size === b.resolved.size
  );
}

/** `enum kind at byte 0`, for messages. */
export function describePlace(btf: Btf, field: Discriminant): string {
  const at =
    field.bitSize === 0
      ? `at byte ${field.bitOffset / 8}`
      : `of ${field.bitSize} bits at bit ${field.bitOffset}`;
  return `${formatType(btf, field.type)} ${at}`;
}

/** The enumerators of a field: none for an integer. Their values as `bigint`s, whatever the enum's size. */
export function enumeratorsOf({ resolved }: Discriminant): readonly Enumerator[] {
  if (resolved.kind === "INT") return [];
  return resolved.values.map(({ name, value }) => ({ name, value: BigInt(value) }));
}

/** A name for a value. */
export interface Enumerator {
  readonly name: string;
  readonly value: bigint;
}

/** Whether a field can have the value. */
export function fits({ bits, signed }: Discriminant, value: bigint): boolean {
  return (signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value)) === value;
}
