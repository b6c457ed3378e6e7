/** Arrays: strings, bytes, typed arrays, and lists of anything else. */
import { type ArrayType, type BtfType, type IntType, sizeOf } from "tinybpf-btf";
import type { ArrayViewType, CType, LeftOut } from "./c-type.ts";
import { type ModuleContext, codecs } from "./module-context.ts";
import { camelCase } from "./names.ts";
import { at, further } from "./place.ts";
import { BYTES, bigInput, bytesType, isSafeInteger, labelArgument } from "./scalars.ts";
import { WORDS, type WordName, wordOf } from "./words.ts";

/**
 * `BTF_KIND_ARRAY`; `elementType` is the element in TypeScript, asked for when it is an array of such. `label` is for
 * errors: see {@link intType}.
 */
export function arrayType(
  context: ModuleContext,
  type: ArrayType,
  wanted: string,
  label: string,
  elementType: () => CType | LeftOut,
): CType | LeftOut {
  const element = context.btf.resolve(type.type);
  const size = sizeOf(context.btf, type.id);
  if (size === undefined) return { leftOut: "an array of a type that is not defined" };
  // BTF writes `x[]` and `x[0]` alike.
  if (type.nelems === 0) return { leftOut: "a flexible array" };
  if (element.kind === "INT" && element.size === 1 && !element.bool) {
    if (isChar(element)) return charsType(context, type.nelems);
    if (!element.signed) return byteArrayType(context, type.nelems, wanted);
  }
  const numbers = isSafeInteger(context, element) ? undefined : numbersOf(element);
  if (numbers !== undefined) return numbersType(context, numbers, type.nelems, wanted);
  const inner = elementType();
  if ("leftOut" in inner) return inner;
  // Nothing else can fail without saying what it is a part of.
  const canFail = isSafeInteger(context, innermost(context, element));
  const named = canFail ? labelArgument(label) : "";
  const list = throughCodec(context, wanted, {
    size,
    read: `${inner.read}[]`,
    input: () => `readonly ${parenthesised(inner.input())}[]`,
    codec: () => `${codecs(context)}.array(${inner.codec()}, ${type.nelems}${named})`,
    element: () => inner.view ?? inner.arrayView?.type() ?? viewOf(context, inner),
  });
  return canFail || elementReads(context, type) > MOST_READS
    ? list
    : { ...list, get: elementwise(inner, type.nelems) };
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

/** Bytes without a type are viewed as arrays are. */
function viewOf(context: ModuleContext, { read }: CType): string {
  return read === BYTES ? `${context.imports.type("ArrayView")}<number, ${BYTES}>` : read;
}

/** What an array of arrays is made of in the end. */
function innermost(context: ModuleContext, element: BtfType): BtfType {
  return element.kind === "ARRAY" ? innermost(context, context.btf.resolve(element.type)) : element;
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
function numbersOf(type: BtfType): WordName | "pointer" | undefined {
  if (type.kind === "PTR") return "pointer";
  if (type.kind === "FLOAT") return type.size === 4 ? "f32" : type.size === 8 ? "f64" : undefined;
  if (type.kind === "INT" && !type.bool) return wordOf(type.size, type.signed);
  if ((type.kind === "ENUM" || type.kind === "ENUM64") && type.values.length === 0)
    return wordOf(type.size, type.signed);
  return undefined;
}

function numbersType(
  context: ModuleContext,
  element: WordName | "pointer",
  count: number,
  wanted: string,
): CType {
  const { imports, little } = context;
  const name = element === "pointer" ? "u64" : element;
  const word = WORDS[name];
  const plural = `${name.toUpperCase() as Uppercase<WordName>}s` as const;
  const list = throughCodec(context, wanted, {
    size: word.size * count,
    read: `${ARRAY_CLASSES[name]}<ArrayBuffer>`,
    input: () => `ArrayLike<${word.big ? bigInput(context) : "number"}>`,
    codec: () =>
      element === "pointer"
        ? `${codecs(context)}.pointers(${count})`
        : `${codecs(context)}.numbers("${element}", ${count})`,
    element: () => (word.big ? "bigint" : "number"),
  });
  return {
    ...list,
    get: (place) => `${imports.value(`get${plural}`)}(${place.view}, ${at(place)}, ${count}, ${little})`,
    set: (place, value, field) =>
      `${imports.value(`set${plural}`)}(${place.view}, ${at(place)}, ${count}, ${value}, ${little}, ${field});`,
  };
}

/** `__u8[N]`: read and written as bytes, through a codec only when it is viewed. */
function byteArrayType(context: ModuleContext, size: number, wanted: string): CType {
  const bytes = bytesType(context, size);
  return {
    ...bytes,
    constant: () => context.constants.add(camelCase(wanted), bytes.codec()),
    arrayView: arrayView(context, wanted, bytes, () => "number"),
  };
}

/** Reads and writes with a codec that is made once, as a constant of the module. `element` is what its views give. */
function throughCodec(
  context: ModuleContext,
  wanted: string,
  parts: Pick<CType, "size" | "read" | "input" | "codec"> & { readonly element: () => string },
): CType {
  const { element, ...type } = parts;
  const constant = (): string => context.constants.add(camelCase(wanted), type.codec());
  return {
    ...type,
    constant,
    arrayView: arrayView(context, wanted, type, element),
    get: (place) => `${constant()}.read(${place.view}, ${at(place)})`,
    set: (place, value, field) =>
      `${context.imports.value("writeField")}(${place.view}, ${at(place)}, ${value}, ${constant()}, ${field});`,
  };
}

function arrayView(
  context: ModuleContext,
  wanted: string,
  type: Pick<CType, "read" | "codec">,
  element: () => string,
): ArrayViewType {
  return {
    type: () => `${context.imports.type("ArrayView")}<${element()}, ${type.read}>`,
    get: (cursor) =>
      `${context.constants.add(camelCase(wanted), type.codec())}.viewAt(${cursor.view}, ${at(cursor)})`,
  };
}

/** `readonly T[]` binds weaker than `[]`. */
function parenthesised(type: string): string {
  return /[ |&]/.test(type) ? `(${type})` : type;
}
