/** Does a codec, or a list of fields, describe the same bytes as a C type? All differences, not the first. */
import { assertObject, isKeyOf } from "../arguments.ts";
import { u32, wrong } from "../codec/check.ts";
import { listOf } from "../programs/arguments.ts";
import type { Field } from "../codec/codec.ts";
import type { AnyCodec, ValueType } from "../codec/value-type.ts";
import type { FieldInfo, TypeInfo } from "./type-info.ts";

/** What a field is held against. */
export interface FieldLike {
  /** Bytes from the start of the struct. */
  readonly offset: number;
  /** Bytes it occupies; of a bitfield, those of its declared type. */
  readonly size: number;
  /** Whether it, or each element of it, can be negative; not compared when left out. */
  readonly signed?: boolean;
  /** For a bitfield: first bit from the start of the struct, and width in bits. */
  readonly bits?: readonly [offset: number, width: number];
  /** Of a codec's field, its codec: it says what its values are, and whether they can be negative. */
  readonly type?: AnyCodec;
  /** The name in C, where it is another one. */
  readonly name?: string;
}

/** What a struct or union is held against: the codec of one, or a list of its fields. */
export interface TypeLike {
  /** Bytes; not compared when left out. */
  readonly size?: number;
  readonly fields: Readonly<Record<string, FieldLike>>;
}

/** What is compared. */
export interface ValidateOptions {
  /** Whether fields must have the names that C gives them; otherwise they are compared in their order. True by default. */
  readonly names?: boolean;
}

/** One difference. */
export interface TypeMismatch {
  /** The field, as in `pos.x`; empty for the type itself. */
  readonly path: string;
  readonly what:
    "size" | "count" | "missing" | "unknown" | "offset" | "bits" | "sign" | "kind" | "length" | "name";
  /** In BTF. */
  readonly expected: string;
  /** What was given. */
  readonly actual: string;
}

/** @throws {ValueError} when it is neither a codec of a struct nor a list of fields */
export function assertTypeLike(like: TypeLike): void {
  assertObject(like, "like");
  if (like.size !== undefined) u32(like.size, "like.size");
  assertObject(like.fields, "like.fields");
  for (const [name, field] of Object.entries(like.fields)) {
    const place = `like.fields.${name}`;
    assertObject(field, place);
    u32(field.offset, `${place}.offset`);
    u32(field.size, `${place}.size`);
    if (field.bits !== undefined) listOf(field.bits, `${place}.bits`, u32);
    if (field.type !== undefined) assertCodec(field.type, `${place}.type`);
  }
}

/** @throws {ValueError} when it is no codec */
export function assertCodec(value: unknown, name: string): void {
  assertObject(value, name);
  const isCodec =
    "read" in value &&
    typeof value.read === "function" &&
    "size" in value &&
    typeof value.size === "number" &&
    "type" in value &&
    typeof value.type === "object" &&
    value.type !== null &&
    "kind" in value.type &&
    isKeyOf(KINDS, value.type.kind);
  if (!isCodec) throw wrong(value, "a codec", name);
}

/** Every difference between a struct or union in BTF and what it is held against. */
export function mismatches(
  type: TypeInfo & { readonly kind: "struct" | "union" },
  like: TypeLike,
  options: ValidateOptions = {},
): TypeMismatch[] {
  const found: TypeMismatch[] = [];
  compareStructs(found, "", type, like, options.names ?? true);
  return found;
}

/** Every difference between a type in BTF and a codec that is to read it. */
export function codecMismatches(type: TypeInfo, codec: AnyCodec): TypeMismatch[] {
  const found: TypeMismatch[] = [];
  if (type.size === codec.size) compareTypes(found, "", type, codec, {}, true);
  else collector(found, "")("size", type.size, codec.size);
  return found;
}

/** `event.pid: offset is 4 in BTF, but 0 here` */
export function describeMismatch({ path, what, expected, actual }: TypeMismatch): string {
  const place = path === "" ? "" : `${path}: `;
  if (what === "missing") return `${place}is missing here; in BTF it is ${expected}`;
  if (what === "unknown") return `${place}is not in BTF; here it is ${actual}`;
  return `${place}${WORDS[what]} ${expected} in BTF, but ${actual} here`;
}

const WORDS = {
  size: "size is",
  count: "fields are",
  offset: "offset is",
  bits: "bits are",
  sign: "it is",
  kind: "it is",
  length: "elements are",
  name: "name is",
} as const;

function compareStructs(
  found: TypeMismatch[],
  path: string,
  type: TypeInfo & { readonly kind: "struct" | "union" },
  like: TypeLike,
  names: boolean,
): void {
  const differ = collector(found, path);
  const ours = Object.entries(like.fields).map(([key, field]) => ({ name: field.name ?? key, field }));
  // Flexible arrays have no value, and codecs need not know them.
  const theirs = type.fields.filter(({ size, name }) => size > 0 || ours.some((each) => each.name === name));
  if (like.size !== undefined) differ("size", type.size, like.size);
  differ("count", theirs.length, ours.length);
  const pairs = names
    ? theirs.map((field) => ({ field, like: ours.find(({ name }) => name === field.name) }))
    : theirs.map((field, index) => ({ field, like: ours[index] }));
  for (const { field, like: own } of pairs) {
    const place = joined(path, field.name);
    if (own === undefined)
      found.push({ path: place, what: "missing", expected: describeField(field), actual: "nothing" });
    else compareFields(found, place, field, own.field, names);
  }
  const paired = new Set(pairs.map(({ like: own }) => own));
  for (const own of ours) {
    if (paired.has(own)) continue;
    const { offset, size } = own.field;
    const actual = `${size} bytes at byte ${offset}`;
    found.push({ path: joined(path, own.name), what: "unknown", expected: "nothing", actual });
  }
}

function compareFields(
  found: TypeMismatch[],
  path: string,
  field: FieldInfo,
  like: FieldLike,
  names: boolean,
): void {
  const differ = collector(found, path);
  differ("offset", field.offset, like.offset);
  differ("size", field.size, like.size);
  differ("bits", bitsText(field.bits), bitsText(like.bits));
  if (like.signed !== undefined) differ("sign", signText(signOf(field.type)), signText(like.signed));
  if (like.type === undefined) return;
  // Of what has another size, the rest says nothing more.
  if (field.size === like.size) compareTypes(found, path, field.type, like.type, like, names);
}

function compareTypes(
  found: TypeMismatch[],
  path: string,
  type: TypeInfo,
  codec: AnyCodec,
  like: Pick<FieldLike, "signed">,
  names: boolean,
): void {
  const differ = collector(found, path);
  const value = codec.type;
  if (!KINDS[value.kind].includes(type.kind)) {
    differ("kind", describeType(type), codec.name);
    return;
  }
  if ((type.kind === "struct" || type.kind === "union") && value.kind === "struct") {
    const inner = { size: codec.size, fields: value.fields satisfies Readonly<Record<string, Field>> };
    compareStructs(found, path, type, inner, names);
  } else if (type.kind === "array" && value.kind === "array") {
    differ("length", type.length, value.length);
    if (type.length === value.length)
      compareTypes(found, `${path}[]`, type.element, value.element, {}, names);
  } else if (like.signed === undefined) {
    const sign = signOf(type);
    const own = signOfCodec(codec);
    if (sign !== undefined && own !== undefined) differ("sign", signText(sign), signText(own));
  }
}

/** The kinds of C types whose bytes a value type reads as what they are. Of bytes and text nothing more is known. */
const KINDS: Readonly<Record<ValueType["kind"], readonly TypeInfo["kind"][]>> = {
  integer: ["int", "enum", "pointer", "bool"],
  enum: ["int", "enum"],
  pointer: ["pointer", "int"],
  boolean: ["bool"],
  float: ["float"],
  chars: ["array"],
  bytes: ["array", "struct", "union", "int", "float", "incomplete"],
  array: ["array"],
  struct: ["struct", "union"],
};

/** Whether a type, or what an array of it is made of, can be negative. */
function signOf(type: TypeInfo): boolean | undefined {
  if (type.kind === "int" || type.kind === "enum") return type.signed;
  if (type.kind === "pointer" || type.kind === "bool") return false;
  return type.kind === "array" ? signOf(type.element) : undefined;
}

/** The same of a codec: it is told by what all ones are to it. */
function signOfCodec(codec: AnyCodec): boolean | undefined {
  const { kind } = codec.type;
  if (kind !== "integer" && kind !== "enum" && kind !== "pointer") return undefined;
  const ones = new DataView(new Uint8Array(codec.size).fill(0xff).buffer);
  try {
    const value = codec.read(ones, 0);
    return typeof value === "number" || typeof value === "bigint" ? value < 0 : undefined;
  } catch {
    // With `--u64 number` all ones are no exact number, which only an unsigned one is not.
    return false;
  }
}

function collector(found: TypeMismatch[], path: string) {
  return (what: TypeMismatch["what"], expected: string | number, actual: string | number): void => {
    if (expected !== actual) found.push({ path, what, expected: String(expected), actual: String(actual) });
  };
}

function joined(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function bitsText(bits: readonly [offset: number, width: number] | undefined): string {
  return bits === undefined ? "none" : `${bits[1]} from bit ${bits[0]}`;
}

function signText(signed: boolean | undefined): string {
  return signed === undefined ? "no integer" : signed ? "signed" : "unsigned";
}

function describeField({ type, offset }: FieldInfo): string {
  return `${describeType(type)} at byte ${offset}`;
}

function describeType({ name, size }: TypeInfo): string {
  return `${name} of ${size} bytes`;
}
