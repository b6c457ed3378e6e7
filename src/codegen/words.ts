/** Numbers that `DataView` reads and writes. */
import type { ModuleContext } from "./module-context.ts";
import { type Place, at } from "./place.ts";
import type { RuntimeValue } from "./runtime-symbols.ts";

/** A number that `DataView` reads: the two method names, the check before writing, and how TypeScript sees it. */
export interface Word {
  readonly size: number;
  readonly accessor: string;
  readonly check: RuntimeValue;
  readonly big: boolean;
}

/** By the names that the runtime's codecs have. */
export const WORDS: Readonly<Record<WordName, Word>> = {
  u8: { size: 1, accessor: "Uint8", check: "u8", big: false },
  i8: { size: 1, accessor: "Int8", check: "i8", big: false },
  u16: { size: 2, accessor: "Uint16", check: "u16", big: false },
  i16: { size: 2, accessor: "Int16", check: "i16", big: false },
  u32: { size: 4, accessor: "Uint32", check: "u32", big: false },
  i32: { size: 4, accessor: "Int32", check: "i32", big: false },
  u64: { size: 8, accessor: "BigUint64", check: "u64", big: true },
  i64: { size: 8, accessor: "BigInt64", check: "i64", big: true },
  f32: { size: 4, accessor: "Float32", check: "float32", big: false },
  f64: { size: 8, accessor: "Float64", check: "float", big: false },
};

/** The name of a number. */
export type WordName = "u8" | "i8" | "u16" | "i16" | "u32" | "i32" | "u64" | "i64" | "f32" | "f64";

/** Bytes of an integer that `DataView` reads. */
export type WordSize = 1 | 2 | 4 | 8;

/** The integer of this size, if there is one. */
export function wordOf(size: WordSize, signed: boolean): WordName;
export function wordOf(size: number, signed: boolean): WordName | undefined;
export function wordOf(size: number, signed: boolean): WordName | undefined {
  if (size === 1) return signed ? "i8" : "u8";
  if (size === 2) return signed ? "i16" : "u16";
  if (size === 4) return signed ? "i32" : "u32";
  if (size === 8) return signed ? "i64" : "u64";
  return undefined;
}

/** The arguments after the place: single bytes have no order. */
function order(context: ModuleContext, size: number): string {
  return size === 1 ? "" : `, ${context.little}`;
}

/** An expression that reads a number. */
export function getWord(context: ModuleContext, word: Word, place: Place): string {
  return `${place.view}.get${word.accessor}(${at(place)}${order(context, word.size)})`;
}

/** A statement that writes a number, which was checked before. */
export function setWord(context: ModuleContext, word: Word, place: Place, value: string): string {
  return `${place.view}.set${word.accessor}(${at(place)}, ${value}${order(context, word.size)});`;
}
