/** Arrays: strings, bytes, typed arrays, and lists of anything else. */
import { type ArrayType, type BtfType, type IntType, sizeOf } from "tinybpf-btf";
import type { CType, LeftOut } from "./c-type.ts";
import { type ModuleContext, codecs } from "./module-context.ts";
import { camelCase } from "./names.ts";
import { at, further } from "./place.ts";
import { bigInput, bytesType } from "./scalars.ts";
import { WORDS, type WordName, wordOf } from "./words.ts";

/** `BTF_KIND_ARRAY`; `elementType` is the element in TypeScript, asked for when it is an array of such. */
export function arrayType(
  context: ModuleContext,
  type: ArrayType,
  wanted: string,
  elementType: () => CType | LeftOut,
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
  if (numbers !== undefined) return numbersType(context, numbers, type.nelems);
  const inner = elementType();
  if ("leftOut" in inner) return inner;
  const list = throughCodec(context, wanted, {
    size,
    read: `${inner.read}[]`,
    input: () => `readonly ${parenthesised(inner.input())}[]`,
    codec: () => `${codecs(context)}.array(${inner.codec()}, ${type.nelems})`,
  });
  return elementReads(context, type) > MOST_READS ? list : { ...list, get: elementwise(inner, type.nelems) };
}

/** Arrays of so few elements are read without a loop, which V8 specialises better than a codec that others use too. */
const MOST_READS = 8;

/** How many reads an array is, one behind the other. */
function elementReads(context: ModuleContext, type: ArrayType): number {
  const element = context.btf.resolve(type.type);
  if (element.kind !== "ARRAY" || isOneRead(context, element)) return type.nelems;
  return type.nelems * elementReads(context, element);
}

/** Strings, bytes and typed arrays. */
function isOneRead(context: ModuleContext, type: ArrayType): boolean {
  const element = context.btf.resolve(type.type);
  return numbersOf(element) !== undefined;
}

/** `[Point.read(v, o), Point.read(v, o + 8)]` */
function elementwise(element: CType, count: number): CType["get"] {
  return (place) => {
    const reads = Array.from({ length: count }, (_, i) => element.get(further(place, i * element.size)));
    return `[${reads.join(", ")}]`;
  };
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

function numbersType(context: ModuleContext, element: WordName, count: number): CType {
  const { imports, little } = context;
  const word = WORDS[element];
  const plural = `${element.toUpperCase() as Uppercase<WordName>}s` as const;
  return {
    size: word.size * count,
    read: `${ARRAY_CLASSES[element]}<ArrayBuffer>`,
    input: () => `ArrayLike<${word.big ? bigInput(context) : "number"}>`,
    codec: () => `${codecs(context)}.numbers("${element}", ${count})`,
    get: (place) => `${imports.value(`get${plural}`)}(${place.view}, ${at(place)}, ${count}, ${little})`,
    set: (place, value, field) =>
      `${imports.value(`set${plural}`)}(${place.view}, ${at(place)}, ${count}, ${value}, ${little}, ${field});`,
  };
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
