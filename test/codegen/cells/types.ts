/** C types for the cells, as clang writes them into BTF. */
import type { BtfBuilder } from "../../btf-parser/btf-builder.ts";

/** Adds a type to BTF; gives its id. */
export type AddType = (btf: BtfBuilder) => number;

/** Bits of `BTF_INT_ENCODING`. */
const SIGNED = 1;
const CHAR = 2;
const BOOL = 4;

function int(name: string, size: number, encoding: number): AddType {
  return (btf) => btf.int(name, size, encoding);
}

export const u8: AddType = int("unsigned char", 1, 0);
export const s8: AddType = int("signed char", 1, SIGNED);
export const char: AddType = int("char", 1, SIGNED);
/** As pahole tells characters from numbers. */
export const flaggedChar: AddType = int("byte", 1, CHAR);
export const u16: AddType = int("unsigned short", 2, 0);
export const s16: AddType = int("short", 2, SIGNED);
export const u32: AddType = int("unsigned int", 4, 0);
export const s32: AddType = int("int", 4, SIGNED);
export const u64: AddType = int("unsigned long long", 8, 0);
export const s64: AddType = int("long long", 8, SIGNED);
export const u128: AddType = int("unsigned __int128", 16, 0);
export const s128: AddType = int("__int128", 16, SIGNED);
export const bool: AddType = int("_Bool", 1, BOOL);
export const pointer: AddType = (btf) => btf.ref("PTR", 0);

export function float(size: number): AddType {
  return (btf) => btf.add({ kind: "FLOAT", name: "f", sizeOrType: size });
}

export function array(element: AddType, ...dimensions: readonly number[]): AddType {
  return (btf) => dimensions.toReversed().reduce((type, nelems) => btf.array(type, nelems), element(btf));
}

/** An enum of 32 bits or less. */
export function enumeration(
  name: string,
  size: number,
  signed: boolean,
  values: readonly (readonly [string, number])[],
): AddType {
  return (btf) =>
    btf.add({
      kind: "ENUM",
      name,
      flag: signed,
      sizeOrType: size,
      vlen: values.length,
      body: values.flatMap(([member, value]) => [member, value >>> 0]),
    });
}

export function enumeration64(
  name: string,
  signed: boolean,
  values: readonly (readonly [string, bigint])[],
): AddType {
  return (btf) =>
    btf.add({
      kind: "ENUM64",
      name,
      flag: signed,
      sizeOrType: 8,
      vlen: values.length,
      body: values.flatMap(([member, value]) => [
        member,
        Number(BigInt.asUintN(32, value)),
        Number(BigInt.asUintN(32, value >> 32n)),
      ]),
    });
}

/** `struct point { __u16 x, y; }` */
export const point: AddType = (btf) => {
  const type = u16(btf);
  return btf.composite("STRUCT", "point", 4, [
    { name: "x", type, bits: 0 },
    { name: "y", type, bits: 16 },
  ]);
};
