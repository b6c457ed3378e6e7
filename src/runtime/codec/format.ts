/** Values as C initializers, for people. */
import { assertObject, assertOptions } from "../arguments.ts";
import { u8, wrong } from "./check.ts";
import type { Codec, StructCodec } from "./codec.ts";
import type { EventUnion } from "./event-union.ts";
import { elementsOf, membersOf } from "./parts.ts";
import { booleanOf, bytesOf, integerOf, numberOf, textOf } from "./scalar-values.ts";
import { type AnyCodec, type ValueType, enumeratorOf } from "./value-type.ts";

/** How {@link formatValue} writes. */
export interface FormatOptions {
  /** Spaces for each level, with every member on a line of its own; without it all is on one line. */
  readonly indent?: number;
}

/**
 * A value as C would initialize it: `{ .pid = 42, .comm = "node" }`. Enumerators go by name, addresses are hexadecimal, and
 * of a union every member is shown that the value has. Takes decoded values, what encoding accepts, and views.
 *
 * @param codec - the value's type: a struct's codec, a union of events, or one of `le` and `be`
 * @throws {ValueError} when it is no value of the type
 *
 * @example
 * ```ts
 * console.log(formatValue(ExecEvent, event)); // { .pid = 42, .comm = "node" }
 * ```
 */
export function formatValue<T, I, V>(
  codec: StructCodec<T, I, V>,
  value: T | I | V,
  options?: FormatOptions,
): string;
export function formatValue<T, V>(codec: EventUnion<T, V>, value: T | V, options?: FormatOptions): string;
export function formatValue<T, I>(codec: Codec<T, I>, value: T | I, options?: FormatOptions): string;
export function formatValue(
  codec: AnyCodec | EventUnion<unknown, unknown>,
  value: unknown,
  options: FormatOptions = {},
): string {
  assertOptions<FormatOptions>(options, "options", { indent: true });
  assertObject(codec, "codec");
  // A map or program has a type as well: its name.
  if (typeof Reflect.get(codec, "type") !== "object" && typeof Reflect.get(codec, "typeOf") !== "function")
    throw wrong(codec, "a codec", "codec");
  const { type } = "typeOf" in codec ? codec.typeOf(value) : codec;
  return format(
    type,
    value,
    options.indent === undefined ? undefined : " ".repeat(u8(options.indent, "indent")),
  );
}

function format(type: ValueType, value: unknown, indent: string | undefined): string {
  switch (type.kind) {
    case "integer":
      return String(integerOf(value));
    case "pointer":
      return `0x${integerOf(value).toString(16)}`;
    case "enum": {
      const name = enumeratorOf(type.values, value);
      return name === undefined ? String(integerOf(value)) : escaped(name);
    }
    case "float":
      return float(numberOf(value));
    case "boolean":
      return String(booleanOf(value));
    case "chars":
      return stringLiteral(textOf(value));
    case "bytes":
      return list(Array.from(bytesOf(value), hexadecimal), undefined);
    case "array":
      return list(
        elementsOf(type, value, (element, each) => format(element, each, indent)),
        // Numbers side by side read better than one below the other.
        isCompound(type.element.type) ? indent : undefined,
      );
    case "struct":
  }
  return list(
    membersOf(type, value, (field, member) => format(field, member, indent)).map(
      ({ name, field, result }) => `.${escaped(field.name ?? name)} = ${result}`,
    ),
    indent,
  );
}

function hexadecimal(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}

function isCompound({ kind }: ValueType): boolean {
  return kind === "struct" || kind === "array";
}

function list(parts: readonly string[], indent: string | undefined): string {
  if (parts.length === 0) return "{}";
  if (indent === undefined) return `{ ${parts.join(", ")} }`;
  const lines = parts.map((part) => `${indent}${part.replaceAll("\n", `\n${indent}`)},\n`);
  return `{\n${lines.join("")}}`;
}

/** `1.0`, `1.5`, and the names that math.h has for the rest. */
function float(value: number): string {
  if (Number.isNaN(value)) return "NAN";
  if (!Number.isFinite(value)) return value < 0 ? "-INFINITY" : "INFINITY";
  const text = Object.is(value, -0) ? "-0" : String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** What needs an escape in C, or could not be seen in a terminal or would change what it shows. */
const ESCAPED = /["\\]|[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

const SIMPLE: Readonly<Record<string, string>> = {
  '"': String.raw`\"`,
  "\\": "\\\\",
  "\n": String.raw`\n`,
  "\t": String.raw`\t`,
  "\r": String.raw`\r`,
};

function stringLiteral(text: string): string {
  return `"${escaped(text)}"`;
}

/** Names are as C has them; but who made an object may have put anything there. */
function escaped(text: string): string {
  return text.replace(ESCAPED, (character) => SIMPLE[character] ?? octal(character));
}

/** Bytes of UTF-8 as three octal digits each: hexadecimal escapes of C have no end of their own. */
function octal(character: string): string {
  return Array.from(Buffer.from(character), (byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}
