/** Values as lines of text, one for each leaf: `m1[2].m3=-5`. The native program prints the same (c-native.ts). */
import { ArrayView } from "../../src/runtime/codec/array-view.ts";
import { arrayClass } from "./array-class.ts";
import { type CType, type Composite, type Field, isLeftOut, valueFields } from "./model.ts";

/** A value, and the lines of its leaves in the order of declaration. */
export function leaves(type: CType, value: unknown): string[] {
  const lines: string[] = [];
  add(type, value, "", lines);
  return lines;
}

function add(type: CType, value: unknown, path: string, lines: string[]): void {
  if (type.kind === "composite") addComposite(type, value, path, lines);
  else if (type.kind === "array") addArray(type.element, type.length, value, path, lines);
  else lines.push(`${path}=${leaf(type, value)}`);
}

function addComposite(type: Composite, value: unknown, path: string, lines: string[]): void {
  if (typeof value !== "object" || value === null) {
    lines.push(`${path}: ${typeof value} for a ${type.of}`);
    return;
  }
  const fields = valueFields(type);
  for (const key of strayMembers(value, fields)) lines.push(`${path}.${key}: C has no such member`);
  for (const field of fields) {
    const inner = `${path}.${field.name}`;
    // Of unions a value may have one member only.
    if (!hasMember(value, field.name)) continue;
    const member: unknown = Reflect.get(value, field.name);
    if (field.bits === undefined) add(field.type, member, inner, lines);
    else lines.push(`${inner}=${bitfield(field, field.bits.width, member)}`);
  }
}

/** Views have getters; a plain object that inherits a `toString` has no such member. */
function hasMember(value: object, name: string): boolean {
  return Object.getPrototypeOf(value) === Object.prototype ? Object.hasOwn(value, name) : name in value;
}

function strayMembers(value: object, fields: readonly Field[]): string[] {
  return Object.keys(value).filter((key) => !fields.some((field) => field.name === key));
}

function addArray(element: CType, length: number, value: unknown, path: string, lines: string[]): void {
  if (element.kind === "int" && element.char) {
    lines.push(`${path}=${typeof value === "string" ? text(value) : `${typeof value} for a string`}`);
    return;
  }
  if (isLeftOut(element)) return;
  const wanted = arrayClass(element)?.name ?? "Array";
  if (value instanceof ArrayView) {
    addArrayView(element, length, value, path, lines);
    return;
  }
  if (!isListOf(value, wanted)) {
    lines.push(`${path}: ${classOf(value)} for ${wanted}`);
    return;
  }
  if (value.length !== length) lines.push(`${path}: ${value.length} elements, not ${length}`);
  for (let i = 0; i < value.length; i++) add(element, value[i], `${path}[${i}]`, lines);
}

/** A view's elements one by one; the copy of all must say the same. */
function addArrayView(
  element: CType,
  length: number,
  view: ArrayView<unknown, unknown>,
  path: string,
  lines: string[],
): void {
  const single: string[] = [];
  for (let i = 0; i < view.length; i++) add(element, view.get(i), `${path}[${i}]`, single);
  const copied: string[] = [];
  addArray(element, length, view.copy(), path, copied);
  lines.push(...single, ...copied.filter((line, index) => line !== single[index]));
}

function isListOf(value: unknown, wanted: string): value is ArrayLike<unknown> {
  return classOf(value) === wanted;
}

function classOf(value: unknown): string {
  return typeof value === "object" && value !== null ? value.constructor.name : typeof value;
}

/** A leaf's text, or what is wrong with it: the type of each is that of the README's table. */
function leaf(type: CType, value: unknown): string {
  switch (type.kind) {
    case "bool":
      return typeof value === "boolean" ? String(value) : `${typeof value} for a boolean`;
    case "float":
      return typeof value === "number" ? floatBits(value, type.size) : `${typeof value} for a number`;
    case "pointer":
      return integer(value, true);
    case "int":
    case "enum":
      return integer(value, type.size > 4);
    default:
      return `a ${type.kind} is no leaf`;
  }
}

function bitfield(field: Field, width: number, value: unknown): string {
  if (field.type.kind === "bool") return leaf(field.type, value);
  // An enum of 8 bytes has bigint values, however few bits a field keeps.
  return integer(value, width > 32 || (field.type.kind === "enum" && field.type.size === 8));
}

function integer(value: unknown, big: boolean): string {
  const wanted = big ? "bigint" : "number";
  if (typeof value !== wanted) return `${typeof value} for a ${wanted}`;
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Bits in hexadecimal, so that -0 is not 0. JavaScript may change the payload of a NaN, so all are alike. */
function floatBits(value: number, size: 4 | 8): string {
  if (Number.isNaN(value)) return "nan";
  const bytes = Buffer.alloc(size);
  if (size === 4) bytes.writeFloatBE(value);
  else bytes.writeDoubleBE(value);
  return bytes.toString("hex");
}

function text(value: string): string {
  return `"${Buffer.from(value, "utf8").toString("hex")}"`;
}
