/** How each C type is read, written and spelled in TypeScript. */
import type { BtfType, EnumType, Enum64Type, IntType, TypeId } from "tinybpf-btf";
import { sizeOf } from "tinybpf-btf";
import { type ModuleContext, codecs } from "./module-context.ts";
import { isOpaque } from "./named-types.ts";
import { camelCase, pascalCase } from "./names.ts";
import { type Place, at } from "./place.ts";
import type { RuntimeValue } from "./runtime-symbols.ts";
import { structInputType } from "./input-types.ts";
import { quote } from "./text.ts";

/** A C type in TypeScript. What has side effects on the module's imports and constants is a function. */
export interface CType {
  /** Bytes. */
  readonly size: number;
  /** The type that reading gives. */
  readonly read: string;
  /** The type that writing accepts. */
  input(): string;
  /** An expression for its codec. */
  codec(): string;
  /** An expression that reads it in place. */
  get(place: Place): string;
  /** A statement that writes the expression `value`; `field` is a string literal for messages. */
  set(place: Place, value: string, field: string): string;
  /** For structs and unions: the class that views them in place. */
  readonly view?: string;
}

/** Why a type is left out. */
export interface LeftOut {
  readonly leftOut: string;
}

/**
 * `id` in TypeScript. `wanted` names the constant it may need: what holds it, and as what, in PascalCase.
 */
export function cType(context: ModuleContext, id: TypeId, wanted: string): CType | LeftOut {
  const type = context.btf.resolve(id);
  switch (type.kind) {
    case "INT":
      return intType(context, type);
    case "FLOAT":
      return floatType(context, type.size);
    case "PTR":
      return numberType(context, WORDS.u64);
    case "ENUM":
    case "ENUM64":
      return enumType(context, type);
    case "STRUCT":
    case "UNION":
      return isOpaque(context.btf, type)
        ? bytesType(context, type.size)
        : compositeType(context, type.id, type.size);
    case "ARRAY":
      return arrayType(context, type, wanted);
    case "VOID":
      return { leftOut: "void" };
    case "FWD":
      return { leftOut: `${type.of} ${type.name} is declared, but not defined` };
    case "FUNC":
    case "FUNC_PROTO":
      return { leftOut: "a function" };
    default:
      return { leftOut: `a ${type.kind}` };
  }
}

/** Bytes without a type. */
export function bytesType(context: ModuleContext, size: number): CType {
  const { imports } = context;
  return {
    size,
    read: "Uint8Array<ArrayBuffer>",
    input: () => "Uint8Array",
    codec: () => `${codecs(context)}.bytes(${size})`,
    get: (place) => `${imports.value("getBytes")}(${place.view}, ${at(place)}, ${size})`,
    set: (place, value, field) =>
      `${imports.value("setBytes")}(${place.view}, ${at(place)}, ${size}, ${value}, ${field});`,
  };
}

/** A number that `DataView` reads: the two method names, the check before writing, and how TypeScript sees it. */
interface Word {
  readonly size: number;
  readonly accessor: string;
  readonly check: RuntimeValue;
  readonly codec: string;
  readonly big: boolean;
}

const WORDS = {
  u8: { size: 1, accessor: "Uint8", check: "u8", codec: "u8", big: false },
  i8: { size: 1, accessor: "Int8", check: "i8", codec: "i8", big: false },
  u16: { size: 2, accessor: "Uint16", check: "u16", codec: "u16", big: false },
  i16: { size: 2, accessor: "Int16", check: "i16", codec: "i16", big: false },
  u32: { size: 4, accessor: "Uint32", check: "u32", codec: "u32", big: false },
  i32: { size: 4, accessor: "Int32", check: "i32", codec: "i32", big: false },
  u64: { size: 8, accessor: "BigUint64", check: "u64", codec: "u64", big: true },
  i64: { size: 8, accessor: "BigInt64", check: "i64", codec: "i64", big: true },
  f32: { size: 4, accessor: "Float32", check: "float", codec: "f32", big: false },
  f64: { size: 8, accessor: "Float64", check: "float", codec: "f64", big: false },
} as const satisfies Record<string, Word>;

type WordName = keyof typeof WORDS;

function wordOf(size: number, signed: boolean): WordName | undefined {
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

function getWord(context: ModuleContext, word: Word, place: Place): string {
  return `${place.view}.get${word.accessor}(${at(place)}${order(context, word.size)})`;
}

function setWord(context: ModuleContext, word: Word, place: Place, value: string): string {
  return `${place.view}.set${word.accessor}(${at(place)}, ${value}${order(context, word.size)});`;
}

function bigInput(context: ModuleContext): string {
  return context.imports.type("BigIntInput");
}

function numberType(context: ModuleContext, word: Word): CType {
  return {
    size: word.size,
    read: word.big ? "bigint" : "number",
    input: () => (word.big ? bigInput(context) : "number"),
    codec: () => `${codecs(context)}.${word.codec}`,
    get: (place) => getWord(context, word, place),
    set: (place, value, field) =>
      setWord(context, word, place, `${context.imports.value(word.check)}(${value}, ${field})`),
  };
}

function intType(context: ModuleContext, type: IntType): CType {
  if (type.bool && type.size === 1) return boolType(context);
  if (type.size === 16) return int128Type(context, type.signed);
  const word = wordOf(type.size, type.signed);
  return word === undefined ? bytesType(context, type.size) : numberType(context, WORDS[word]);
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

/** `_Float16` and `long double` have no counterpart in JavaScript. */
function floatType(context: ModuleContext, size: number): CType {
  if (size === 4) return numberType(context, WORDS.f32);
  return size === 8 ? numberType(context, WORDS.f64) : bytesType(context, size);
}

/** An enum whose values BTF does not have (`enum e;`, or all its users are gone) is the integer it is stored as. */
function enumType(context: ModuleContext, type: EnumType | Enum64Type): CType {
  const wordName = wordOf(type.size, type.signed);
  if (wordName === undefined) return bytesType(context, type.size);
  const word = WORDS[wordName];
  const named = context.types.get(type.id);
  if (named === undefined) return numberType(context, word);
  const { name, cName } = named;
  return {
    ...numberType(context, word),
    read: name,
    input: () => name,
    codec: () =>
      word.big
        ? `${codecs(context)}.enumeration64<${name}>(${quote(cName)}, ${type.signed})`
        : `${codecs(context)}.enumeration<${name}>(${quote(cName)}, ${type.size}, ${type.signed})`,
    get: (place) => `${getWord(context, word, place)} as ${name}`,
  };
}

function compositeType(context: ModuleContext, id: TypeId, size: number): CType {
  const named = context.types.get(id);
  if (named === undefined) return bytesType(context, size);
  const { name, view } = named;
  return {
    size,
    read: name,
    input: () => structInputType(context, id),
    codec: () => name,
    get: (place) => `${name}.read(${place.view}, ${at(place)})`,
    set: (place, value, field) =>
      `${context.imports.value("writeField")}(${place.view}, ${at(place)}, ${value}, ${name}, ${field});`,
    view,
  };
}

function arrayType(
  context: ModuleContext,
  type: BtfType & { readonly kind: "ARRAY" },
  wanted: string,
): CType | LeftOut {
  const element = context.btf.resolve(type.type);
  const size = sizeOf(context.btf, type.id);
  if (size === undefined) return { leftOut: "an array of a type that is not defined" };
  // BTF writes `x[]` and `x[0]` alike.
  if (type.nelems === 0) return { leftOut: "a flexible array" };
  if (element.kind === "INT" && element.size === 1 && !element.bool) {
    if (isChar(element)) return charsType(context, type.nelems);
    if (!element.signed) return bytesType(context, type.nelems);
  }
  const numbers = numbersOf(element);
  if (numbers !== undefined) return numbersType(context, numbers, type.nelems, wanted);
  const inner = cType(context, type.type, wanted);
  if ("leftOut" in inner) return inner;
  return throughCodec(context, wanted, {
    size,
    read: `${inner.read}[]`,
    input: () => `readonly ${parenthesised(inner.input())}[]`,
    codec: () => `${codecs(context)}.array(${inner.codec()}, ${type.nelems})`,
  });
}

/** clang sets no char flag for BPF and tells `char` by its name only; pahole sets the flag. */
function isChar(type: IntType): boolean {
  return type.name === "char" || type.char;
}

function charsType(context: ModuleContext, size: number): CType {
  const { imports } = context;
  return {
    size,
    read: "string",
    input: () => "string",
    codec: () => `${codecs(context)}.chars(${size})`,
    get: (place) => `${imports.value("getChars")}(${place.view}, ${at(place)}, ${size})`,
    set: (place, value, field) =>
      `${imports.value("setChars")}(${place.view}, ${at(place)}, ${size}, ${value}, ${field});`,
  };
}

const ARRAY_CLASSES: Readonly<Record<WordName, string>> = {
  u8: "Uint8Array",
  i8: "Int8Array",
  u16: "Uint16Array",
  i16: "Int16Array",
  u32: "Uint32Array",
  i32: "Int32Array",
  u64: "BigUint64Array",
  i64: "BigInt64Array",
  f32: "Float32Array",
  f64: "Float64Array",
};

/** The element of a typed array, if `type` is one. */
function numbersOf(type: BtfType): WordName | undefined {
  if (type.kind === "PTR") return "u64";
  if (type.kind === "FLOAT") return type.size === 4 ? "f32" : type.size === 8 ? "f64" : undefined;
  if (type.kind === "INT" && !type.bool) return wordOf(type.size, type.signed);
  if ((type.kind === "ENUM" || type.kind === "ENUM64") && type.values.length === 0)
    return wordOf(type.size, type.signed);
  return undefined;
}

function numbersType(context: ModuleContext, element: WordName, count: number, wanted: string): CType {
  const word: Word = WORDS[element];
  return throughCodec(context, wanted, {
    size: word.size * count,
    read: `${ARRAY_CLASSES[element]}<ArrayBuffer>`,
    input: () => `ArrayLike<${word.big ? bigInput(context) : "number"}>`,
    codec: () => `${codecs(context)}.numbers("${element}", ${count})`,
  });
}

/** Reads and writes with a codec that is made once, as a constant of the module. */
function throughCodec(
  context: ModuleContext,
  wanted: string,
  type: Omit<CType, "get" | "set" | "view">,
): CType {
  const constant = (): string => context.constants.add(camelCase(wanted), type.codec());
  return {
    ...type,
    get: (place) => `${constant()}.read(${place.view}, ${at(place)})`,
    set: (place, value, field) =>
      `${context.imports.value("writeField")}(${place.view}, ${at(place)}, ${value}, ${constant()}, ${field});`,
  };
}

/** `readonly T[]` binds weaker than `[]`. */
function parenthesised(type: string): string {
  return /[ |&]/.test(type) ? `(${type})` : type;
}

/** The name of the constant for a member: the struct's name and the member's. */
export function constantName(owner: string, member: string): string {
  return owner + pascalCase(member);
}
