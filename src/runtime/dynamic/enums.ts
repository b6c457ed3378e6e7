/** Enumerators by name. */
import type { Enum64Type, EnumType } from "tinybpf-btf";
import { named } from "../named.ts";

/** Of an enum of up to 4 bytes. A name that comes twice has its last value, at its first place. */
export function enumerators(type: EnumType | Enum64Type): Readonly<Record<string, number>> {
  return named(new Map(type.values.map(({ name, value }) => [name, Number(value)])));
}

/** Of an enum of 8 bytes: `bigint`s whatever their values. */
export function bigEnumerators(type: EnumType | Enum64Type): Readonly<Record<string, bigint>> {
  return named(new Map(type.values.map(({ name, value }) => [name, BigInt(value)])));
}
