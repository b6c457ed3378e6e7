/** Values as C writes them. */
import { type CType, type Composite, valueFields } from "./model.ts";

/** An initialiser; of unions it sets the members that `value` has. */
export function initialiser(type: CType, value: unknown): string {
  if (type.kind === "composite") return compositeInitialiser(type, value);
  if (type.kind === "array") return arrayInitialiser(type.element, type.length, value);
  if (typeof value === "number" && type.kind === "float") return floatLiteral(value);
  if (typeof value === "boolean") return value ? "1" : "0";
  if (typeof value !== "number" && typeof value !== "bigint")
    throw new TypeError(`${typeof value} for a ${type.kind}`);
  // Also of a pointer, whose type may be of another address space than `(void *)`: -Wno-int-conversion lets it.
  return integerLiteral(BigInt(value));
}

function compositeInitialiser(type: Composite, value: unknown): string {
  if (typeof value !== "object" || value === null) throw new TypeError(`${typeof value} for a ${type.of}`);
  const parts = valueFields(type)
    .filter(({ name }) => Object.hasOwn(value, name))
    .map((field) => designated(`.${field.name}`, initialiser(field.type, Reflect.get(value, field.name))));
  return `{${parts.join("")}}`;
}

function arrayInitialiser(element: CType, length: number, value: unknown): string {
  const list: unknown = typeof value === "string" ? paddedBytes(value, length) : value;
  if (!isArrayLike(list)) throw new TypeError(`${typeof value} for an array`);
  const parts = Array.from(list, (part, index) => designated(`[${index}]`, initialiser(element, part)));
  return `{${parts.join("")}}`;
}

/** Nothing for nothing: `{}` for a union that begins with an unnamed empty struct crashes clang 19. */
function designated(designator: string, value: string): string {
  return value === "{}" ? "" : `${designator} = ${value}, `;
}

function isArrayLike(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && "length" in value);
}

function paddedBytes(text: string, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes.set(Buffer.from(text, "utf8"));
  return bytes;
}

/** An integer of up to 128 bits. -2^63 and below have no literals of their own in C, so all are built from halves. */
export function integerLiteral(value: bigint): string {
  if (value >= 0n && value < 1n << 64n) return `${value}ULL`;
  if (value < 0n && value > -(1n << 63n)) return `(${value}LL)`;
  const low = BigInt.asUintN(64, value);
  if (value === -(1n << 63n)) return `((long long)${low}ULL)`;
  const high = BigInt.asUintN(64, value >> 64n);
  const whole = `((unsigned __int128)${high}ULL << 64 | ${low}ULL)`;
  return value < 0n ? `((__int128)${whole})` : whole;
}

function floatLiteral(value: number): string {
  if (Number.isNaN(value)) return '__builtin_nan("")';
  if (value === Infinity) return "__builtin_inf()";
  if (value === -Infinity) return "-__builtin_inf()";
  return Object.is(value, -0) ? "-0.0" : value.toExponential();
}
