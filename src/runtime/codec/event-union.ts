/** Events of several types in one stream: each has, at the same place, a field that says which type it is. */
import { ValueError } from "../errors.ts";
import { wrong } from "./check.ts";
import type { StructCodec } from "./codec.ts";
import { Cursor } from "./cursor.ts";
import type { Json } from "./json.ts";

/** What the field can be that tells types apart. */
export type DiscriminantValue = number | bigint | boolean;

/** A struct of any kind. */
export type AnyStruct = StructCodec<unknown, never>;

/** What generated code says about a union of events. */
export interface EventUnionParts {
  /** The union's name in TypeScript. */
  readonly name: string;
  /** The field that tells the types apart, as TypeScript calls it. */
  readonly field: string;
  /** Bytes from the start of an event to the end of what is read for that field. */
  readonly end: number;
  /** Reads it. */
  readonly discriminant: (view: DataView, at: number) => DiscriminantValue;
  /** Its value in events of each type. */
  readonly alternatives: readonly (readonly [value: DiscriminantValue, type: AnyStruct])[];
}

/** One type that an event can have. */
export interface EventAlternative {
  /** Its place among the alternatives. */
  readonly index: number;
  readonly value: DiscriminantValue;
  readonly type: AnyStruct;
}

/**
 * Decodes events of several types.
 *
 * @typeParam T - an event: a union of types that its discriminant tells apart
 * @typeParam V - its view, likewise
 */
export interface EventUnion<T, V> {
  readonly name: string;
  /** The types that an event can have. */
  readonly alternatives: readonly EventAlternative[];
  /**
   * The type of the event at byte `at` of `view`, which has `length` bytes.
   *
   * @throws {ValueError} when its discriminant stands for no type, or it is shorter than its type
   */
  readonly which: (view: DataView, at: number, length: number) => EventAlternative;
  /**
   * Decodes an event that was recorded.
   *
   * @throws {ValueError} when its discriminant stands for no type, or it is shorter than its type
   */
  decode(bytes: Uint8Array): T;
  /** A view of `bytes` in place. @throws {ValueError} as {@link decode} */
  view(bytes: Uint8Array): V;
  /** The type of an event, or of a view of one. @throws {ValueError} when it is of none */
  typeOf(event: T | V): AnyStruct;
  /** An event, or a view of one, as plain JSON; see {@link StructCodec.toJSON}. @throws {ValueError} when it is of no type */
  toJSON(event: T | V): Json;
}

/** Completes a union. `T` and `V` are what generated code says of the alternatives. */
export function eventUnion<T, V>(parts: EventUnionParts): EventUnion<T, V> {
  const { name, field, end, discriminant } = parts;
  const alternatives = parts.alternatives.map(([value, type], index) => ({ index, value, type }));

  // Few enough to look at one by one: faster than a Map, and than a table whose values would have to be small.
  const which = (view: DataView, at: number, length: number): EventAlternative => {
    if (length < end) throw tooShort(parts, length);
    const value = discriminant(view, at);
    for (const alternative of alternatives) {
      if (alternative.value !== value) continue;
      if (length < alternative.type.size) throw shorterThan(alternative.type, length);
      return alternative;
    }
    throw unknownValue(parts, value);
  };
  const typeOf = (event: unknown): AnyStruct => {
    if (event === null || typeof event !== "object") throw wrong(event, `an object for ${name}`, "");
    const value: unknown = Reflect.get(event, field);
    // What is to be written may have a number where C has 64 bits.
    const wide = typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value;
    const found = alternatives.find((each) => each.value === value || each.value === wide);
    if (found === undefined) throw unknownValue(parts, value);
    return found.type;
  };
  return {
    name,
    alternatives,
    which,
    // The discriminant was checked: what the type's codec and view read is the alternative that T and V say it is.
    decode: (bytes) => {
      const view = viewOf(name, bytes);
      return which(view, 0, view.byteLength).type.read(view, 0) as T;
    },
    view: (bytes) => {
      const view = viewOf(name, bytes);
      const { View } = which(view, 0, view.byteLength).type;
      return new View(new Cursor(view, 0)) as V;
    },
    typeOf,
    // JSON.stringify asks with a name; an event is never a string.
    toJSON: (event) => (typeof event === "string" ? name : typeOf(event).toJSON(event)),
  };
}

function viewOf(name: string, bytes: Uint8Array): DataView {
  if (!ArrayBuffer.isView(bytes)) throw wrong(bytes, `a Uint8Array to decode ${name} from`, "");
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** An event that ends before what it should have. */
export function shorterThan(
  type: { readonly name: string; readonly size: number },
  length: number,
): ValueError {
  return new ValueError(`a record of ${length} bytes is too short for ${type.name}, which has ${type.size}`);
}

function tooShort({ name, field, end }: EventUnionParts, length: number): ValueError {
  return new ValueError(
    `a record of ${length} bytes is too short for ${name}, whose ${field} ends at byte ${end}`,
  );
}

function unknownValue({ field, alternatives }: EventUnionParts, value: unknown): ValueError {
  const known = alternatives.map(([each, type]) => `${each} (${type.name})`).join(", ");
  return new ValueError(
    `${field} is ${String(value)}, which stands for no type of event; there are ${known}`,
  );
}
