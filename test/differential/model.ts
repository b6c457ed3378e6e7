/** A C type once typedefs and qualifiers are looked through: what its bytes mean. */

/** A type by what its values are. */
export type CType = IntType | BoolType | FloatType | EnumType | PointerType | ArrayType | Composite;

export interface IntType {
  readonly kind: "int";
  readonly size: 1 | 2 | 4 | 8 | 16;
  readonly signed: boolean;
  /** Plain `char`: an array of it is a string. */
  readonly char: boolean;
}

export interface BoolType {
  readonly kind: "bool";
}

export interface FloatType {
  readonly kind: "float";
  readonly size: 4 | 8;
}

export interface EnumType {
  readonly kind: "enum";
  readonly size: 1 | 2 | 4 | 8;
  readonly signed: boolean;
}

export interface PointerType {
  readonly kind: "pointer";
}

export interface ArrayType {
  readonly kind: "array";
  readonly element: CType;
  /** 0 for flexible arrays too. */
  readonly length: number;
  /** `x[]`: there is no sizeof. */
  readonly flexible: boolean;
}

/** A struct or union. */
export interface Composite {
  readonly kind: "composite";
  readonly of: "struct" | "union";
  /** As C spells it, `struct t0` or `t0n1`; undefined for a type without tag and typedef. */
  readonly name: string | undefined;
  /** Members with a name, and unnamed structs and unions; unnamed bitfields are padding. */
  readonly members: readonly Member[];
  /** Differs between the unions of one program, so that not all of them take the same member. */
  readonly salt: number;
  /** Whether the alignment follows from the members alone, without any attribute in it: BTF has no others. */
  readonly isNatural: boolean;
}

export interface Member {
  /** Undefined for an unnamed struct or union, whose members belong to the type around it. */
  readonly name: string | undefined;
  readonly type: CType;
  readonly bits: Bits | undefined;
}

export interface Bits {
  readonly width: number;
  /** The declared type as C spells it, to ask for its size. */
  readonly declared: string;
}

/** A member that has a name. */
export type Field = Member & { readonly name: string };

/** Whether values leave this member out: an array without elements, whatever these are. */
export function isLeftOut(type: CType): boolean {
  return type.kind === "array" && (type.length === 0 || isLeftOut(type.element));
}

/** The members by name, those of unnamed structs and unions included (C11 6.7.2.1 p13). */
export function fieldsOf(composite: Composite): Field[] {
  return composite.members.flatMap((member) => {
    if (member.name !== undefined) return [{ ...member, name: member.name }];
    return member.type.kind === "composite" ? fieldsOf(member.type) : [];
  });
}

/** The members that values have. */
export function valueFields(composite: Composite): Field[] {
  return fieldsOf(composite).filter((field) => !isLeftOut(field.type));
}

/** What an array is an array of, in the end. */
export function elementOf(type: CType): CType {
  return type.kind === "array" ? elementOf(type.element) : type;
}
