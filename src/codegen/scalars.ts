/** Integers, booleans, floating point numbers, and bytes that are none of these. */
import type { BtfType, IntType } from "tinybpf-btf";
import type { CType } from "./c-type.ts";
import { type ModuleContext, codecs } from "./module-context.ts";
import { at } from "./place.ts";
import { quote } from "./text.ts";
import { WORDS, type WordName, getWord, setWord, wordOf } from "./words.ts";

/** What bytes are read as. */
export const BYTES = "Uint8Array<ArrayBuffer>";

/** Bytes without a type. */
export function bytesType(context: ModuleContext, size: number): CType {
  const { imports } = context;
  return {
    size,
    read: BYTES,
    input: () => "Uint8Array",
    codec: () => `${codecs(context)}.bytes(${size})`,
    get: (place) => `${imports.value("getBytes")}(${place.view}, ${at(place)}, ${size})`,
    set: (place, value, field) =>
      `${imports.value("setBytes")}(${place.view}, ${at(place)}, ${size}, ${value}, ${field});`,
  };
}

/** What a 64-bit integer is written from. */
export function bigInput(context: ModuleContext): string {
  return context.imports.type("BigIntInput");
}

/** A number that `DataView` has methods for. */
export function numberType(context: ModuleContext, name: WordName): CType {
  const word = WORDS[name];
  return {
    size: word.size,
    read: word.big ? "bigint" : "number",
    input: () => (word.big ? bigInput(context) : "number"),
    codec: () => `${codecs(context)}.${name}`,
    get: (place) => getWord(context, word, place),
    set: (place, value, field) =>
      setWord(context, word, place, `${context.imports.value(word.check)}(${value}, ${field})`),
  };
}

/** `BTF_KIND_INT`; `label` is how errors call it when it cannot be read, with the type that it is a member of. */
export function intType(context: ModuleContext, type: IntType, label = ""): CType {
  if (type.bool && type.size === 1) return boolType(context);
  if (type.size === 16) return int128Type(context, type.signed);
  if (isSafeInteger(context, type)) return safeIntType(context, type.signed, label);
  const word = wordOf(type.size, type.signed);
  return word === undefined ? bytesType(context, type.size) : numberType(context, word);
}

/**
 * Whether a type is a 64-bit integer that is to be a `number`. Addresses and enumerators never are: neither is a count, and
 * most of them do not fit.
 */
export function isSafeInteger(context: ModuleContext, type: BtfType): boolean {
  return context.u64 === "number" && type.kind === "INT" && type.size === 8;
}

function safeIntType(context: ModuleContext, signed: boolean, label: string): CType {
  const { imports, little } = context;
  return {
    size: 8,
    read: "number",
    input: () => "number",
    codec: () => `${codecs(context)}.${signed ? "safeI64" : "safeU64"}`,
    get: (place) =>
      `${imports.value(signed ? "getSafeI64" : "getSafeU64")}(${place.view}, ${at(place)}, ${little}${labelArgument(label)})`,
    set: (place, value, field) =>
      `${imports.value(signed ? "setSafeI64" : "setSafeU64")}(${place.view}, ${at(place)}, ${value}, ${little}, ${field});`,
  };
}

/** The last argument of a call that may fail. */
export function labelArgument(label: string): string {
  return label === "" ? "" : `, ${quote(label)}`;
}

function boolType(context: ModuleContext): CType {
  const { imports } = context;
  return {
    size: 1,
    read: "boolean",
    input: () => "boolean",
    codec: () => `${codecs(context)}.bool`,
    get: (place) => `${getWord(context, WORDS.u8, place)} !== 0`,
    set: (place, value, field) =>
      setWord(context, WORDS.u8, place, `${imports.value("bool")}(${value}, ${field})`),
  };
}

function int128Type(context: ModuleContext, signed: boolean): CType {
  const { imports, little } = context;
  return {
    size: 16,
    read: "bigint",
    input: () => bigInput(context),
    codec: () => `${codecs(context)}.${signed ? "i128" : "u128"}`,
    get: (place) =>
      `${imports.value(signed ? "getI128" : "getU128")}(${place.view}, ${at(place)}, ${little})`,
    set: (place, value, field) =>
      `${imports.value(signed ? "setI128" : "setU128")}(${place.view}, ${at(place)}, ${value}, ${little}, ${field});`,
  };
}

/** `BTF_KIND_FLOAT`; `_Float16` and `long double` have no counterpart in JavaScript. */
export function floatType(context: ModuleContext, size: number): CType {
  if (size === 4) return numberType(context, "f32");
  return size === 8 ? numberType(context, "f64") : bytesType(context, size);
}
