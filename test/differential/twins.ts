/** Generated codecs and those made at run time, side by side. Each function gives what differs, in words. */
import { formatValue, ValueError } from "tinybpf";
import { ArrayView } from "../../src/runtime/codec/array-view.ts";
import type { Field } from "../../src/runtime/codec/codec.ts";
import type { ValueType } from "../../src/runtime/codec/value-type.ts";
import type { AnyCodec } from "./generated.ts";

/** Their descriptions: sizes, places and types of all members, by name and in order. */
export function compareDescriptions(generated: AnyCodec, runTime: AnyCodec): string[] {
  return different("described", describe(runTime, new Set()), describe(generated, new Set()));
}

type Described = Pick<AnyCodec, "name" | "size" | "align" | "type">;

function describe({ name, size, align, type }: Described, seen: Set<string>): unknown {
  return [name, size, align, describeType(type, seen)];
}

function describeType(type: ValueType, seen: Set<string>): unknown {
  if (type.kind === "array") return [type.kind, type.length, describe(type.element, seen)];
  if (type.kind !== "struct") return type;
  return Object.entries(type.fields).map(([name, field]) => [name, describeField(field, seen)]);
}

function describeField({ type, ...place }: Field, seen: Set<string>): unknown {
  return [place, type && describe(type, seen)];
}

/** What they make of the same bytes, in every way there is, and of what they made of them. */
export function compareBytes(generated: AnyCodec, runTime: AnyCodec, bytes: Uint8Array): string[] {
  const each = [generated, runTime].map((codec) => {
    const value = codec.decode(bytes);
    const view = codec.view(bytes);
    const members = Object.keys(codec.fields);
    return {
      // Before anything is read of it, which would change what it says of its unions.
      written: hex(codec.encode(codec.decode(bytes))),
      value,
      prototype: Object.getPrototypeOf(value) === Object.prototype,
      view: members.map((name) => shown(Reflect.get(view as object, name))),
      json: JSON.stringify(codec.toJSON(value)),
      text: formatValue(codec, view, { indent: 2 }),
    };
  });
  const [theirs, ours] = each;
  return different(`from ${hex(bytes)}`, ours, theirs);
}

/** Values that fit no type of C, or few. */
const BAD: readonly unknown[] = [
  undefined,
  null,
  "\0",
  -1,
  2 ** 70,
  1.5,
  1n << 200n,
  true,
  [],
  {},
  { no: 1 },
];

/** How they refuse a value, each of its parts wrong in its turn: the same place, the same reason. */
export function compareRefusals(generated: AnyCodec, runTime: AnyCodec, value: unknown): string[] {
  const found: string[] = [];
  let index = 0;
  for (const bad of spoilt(value)) {
    const wrong = bad(BAD[index++ % BAD.length]);
    const [theirs, ours] = [generated, runTime].map((codec) => outcome(codec, wrong));
    found.push(...different("refused", ours, theirs));
  }
  return found;
}

/** For each part of a value, and the whole: what puts something else in its place. */
function* spoilt(value: unknown): Generator<(bad: unknown) => unknown, undefined> {
  yield (bad) => bad;
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return;
  yield () => ({ ...value, stray: 1 });
  for (const [key, inner] of Object.entries(value)) {
    for (const spoil of spoilt(inner))
      yield (bad) => {
        const copy: object = Array.isArray(value) ? [...(value as unknown[])] : { ...value };
        // Not assigned, which for a member `__proto__` would be another thing.
        Object.defineProperty(copy, key, { value: spoil(bad), enumerable: true });
        return copy;
      };
  }
}

function outcome(codec: AnyCodec, value: unknown): string {
  try {
    return hex(codec.encode(value));
  } catch (error) {
    if (error instanceof ValueError) return `${error.path}: ${error.reason}`;
    throw error;
  }
}

function different(what: string, ours: unknown, theirs: unknown): string[] {
  const [here, there] = [show(ours), show(theirs)];
  return here === there ? [] : [`run-time codec ${what}: ${here}, the generated one: ${there}`];
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** Values of any type as text, in the order of their members. */
function show(value: unknown): string {
  return JSON.stringify(shown(value));
}

function shown(value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : `#${value}`;
  if (value instanceof ArrayView)
    return ["view", value.length, ...Array.from(value, shown), shown(value.copy())];
  if (ArrayBuffer.isView(value)) return [value.constructor.name, hex(new Uint8Array(value.buffer.slice(0)))];
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== "object" || value === null) return value ?? String(value);
  if (Object.getPrototypeOf(value) !== Object.prototype) return viewMembers(value);
  return Object.keys(value).map((key) => [key, shown(Reflect.get(value, key))]);
}

/** The getters of a view, in the order of declaration. */
function viewMembers(view: object): unknown {
  const prototype = Object.getPrototypeOf(view) as object;
  return Object.entries(Object.getOwnPropertyDescriptors(prototype))
    .filter(([name, property]) => name !== "constructor" || "get" in property)
    .map(([name]) => [name, shown(Reflect.get(view, name))]);
}
