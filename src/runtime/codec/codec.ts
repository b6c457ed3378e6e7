/** What a codec is: the one interface between generated code, maps, globals and streams. */
import { ValueError } from "../errors.ts";
import { showMembers } from "../inspection.ts";
import type { ArrayView } from "./array-view.ts";
import { wrong } from "./check.ts";
import { Cursor } from "./cursor.ts";
import { type Json, toJson } from "./json.ts";
import type { AnyCodec, ValueType } from "./value-type.ts";

/**
 * Reads and writes one C type in a buffer.
 *
 * `T` is what reading gives, `I` what writing accepts: reading a `__u64` gives a `bigint`, writing one also
 * accepts a safe integer.
 */
export interface Codec<T, I = T> {
  /** The C type as C spells it, such as `struct exec_event` or `__u32[4]`. */
  readonly name: string;
  /** Bytes it occupies. */
  readonly size: number;
  /** Alignment in bytes. */
  readonly align: number;
  /** What its values are. */
  readonly type: ValueType;
  /** Decodes the value at byte `at` of `view`. The result never aliases the buffer. */
  readonly read: (view: DataView, at: number) => T;
  /**
   * Encodes `value` at byte `at` of `view`; padding becomes 0.
   *
   * @throws {ValueError} when the value does not fit the C type; part of it may be written then.
   */
  readonly write: (view: DataView, at: number, value: I) => void;
  /**
   * Decodes the first `size` bytes.
   *
   * @throws {ValueError} when there are fewer.
   */
  decode(bytes: Uint8Array): T;
  /**
   * Encodes into `size` new bytes.
   *
   * @throws {ValueError} naming the path of what does not fit, such as `config.limits[2].max`.
   */
  encode(value: I): Uint8Array<ArrayBuffer>;
  /**
   * The value as plain JSON: integers as numbers where those are exact and as decimal strings where not, enumerators by
   * name, arrays of any class as arrays, bytes in hexadecimal, `NaN` and infinities as strings. Takes views, too.
   *
   * @throws {ValueError} when it is no value of the type
   */
  toJSON(value: T | I): Json;
}

/** A codec of arrays: its elements can be read one by one through a view. `E` is what an element is there. */
export interface ArrayCodec<T, I, E> extends Codec<T, I> {
  /** A view of the array that starts `at` bytes from where the cursor stands. */
  viewAt(cursor: Cursor, at: number): ArrayView<E, T>;
}

/** Where a field of a struct or union lies. */
export interface Field {
  /** Bytes from the start of the struct. */
  readonly offset: number;
  /** Bytes it occupies; of a bitfield, those of its declared type; 0 for a flexible array. */
  readonly size: number;
  /** Its type; undefined for a flexible array, and for what is the kernel's, which have no value. */
  readonly type?: AnyCodec;
  /** Set for a member of a union, anonymous ones included: a value need not have it. */
  readonly inUnion?: true;
  /** For a bitfield: first bit from the start of the struct, and width in bits. */
  readonly bits?: readonly [offset: number, width: number];
  /**
   * The name of its type when it belongs to the kernel, as `bpf_spin_lock`. It is no part of values: the kernel gives zeros
   * for it, and leaves it as it is when a value is written.
   */
  readonly ofKernel?: string;
  /** As in C, where that differs from the member's name in TypeScript. */
  readonly name?: string;
}

/** A codec of a struct or union: its fields can be located, and read one by one through a view `V`. */
export interface StructCodec<T, I = T, V = unknown> extends Codec<T, I> {
  readonly fields: Readonly<Record<string, Field>>;
  /**
   * A view that reads single fields of `bytes` in place.
   *
   * @throws {ValueError} when there are fewer bytes than the struct has.
   */
  view(bytes: Uint8Array): V;
  /** The class of its views. */
  readonly View: ViewClass<V>;
  /** As {@link Codec.toJSON}, also of a view. */
  toJSON(value: T | I | V): Json;
}

/** A class whose getters read the fields of one struct, `at` bytes from where the cursor stands. */
export type ViewClass<V> = new (cursor: Cursor, at?: number) => V;

/** What of a codec cannot be derived. */
export interface CodecParts<T, I> {
  readonly name: string;
  readonly size: number;
  readonly align: number;
  readonly type: ValueType;
  readonly read: (view: DataView, at: number) => T;
  readonly write: (view: DataView, at: number, value: I) => void;
}

/** What of a struct's codec cannot be derived. */
export interface StructParts<T, I, V> extends Omit<CodecParts<T, I>, "type"> {
  readonly fields: Readonly<Record<string, Field>>;
  readonly View: ViewClass<V>;
}

/** Completes a codec. */
export function codec<T, I = T>(parts: CodecParts<T, I>): Codec<T, I> {
  return {
    ...parts,
    decode: (bytes) => parts.read(viewOf(parts, bytes), 0),
    encode: (value) => encode(parts, value),
    toJSON: (value) => toJson(parts.type, value),
  };
}

/** Completes the codec of a struct or union. */
export function struct<T, I = T, V = unknown>(parts: StructParts<T, I, V>): StructCodec<T, I, V> {
  const fields = quiet(parts.fields);
  const type: ValueType = { kind: "struct", fields };
  showMembers(parts.View, viewName(parts));
  return {
    ...codec<T, I>({ ...parts, type }),
    encode: (value) => encode(parts, value, tagOf(parts.name)),
    // JSON.stringify(codec) asks with a name; a value is never a string.
    toJSON: (value) => (typeof value === "string" ? parts.name : toJson(type, value)),
    fields,
    View: parts.View,
    view: (bytes) => new parts.View(new Cursor(viewOf(parts, bytes), 0)),
  };
}

/** How `console.log` calls a view: by its class, or by the type when the class is one of many made at run time. */
function viewName({
  View,
  name,
}: {
  readonly View: new (...args: never[]) => unknown;
  readonly name: string;
}): string {
  const own = Object.getOwnPropertyDescriptor(View, "name")?.value as unknown;
  return typeof own === "string" && own !== "View" ? own : `view of ${name}`;
}

/** The fields without their codecs where somebody lists what is there, such as JSON.stringify and console.log. */
function quiet(fields: StructCodec<unknown>["fields"]): StructCodec<unknown>["fields"] {
  return Object.fromEntries(
    Object.entries(fields).map(([name, { type, ...field }]) => [
      name,
      Object.defineProperty(field, "type", { value: type }),
    ]),
  );
}

/** How the paths of errors begin: `exec_event` for `struct exec_event` or a typedef; nothing for a type without a name. */
function tagOf(name: string): string {
  const tag = name.replace(/^(?:struct|union) /, "");
  return tag === "(unnamed)" ? "" : tag;
}

/** Writes one field through its codec; what it throws names the field. */
export function writeField<T, I>(
  view: DataView,
  at: number,
  value: I,
  type: Codec<T, I>,
  field: string,
): void {
  try {
    type.write(view, at, value);
  } catch (error) {
    throw ValueError.within(error, field);
  }
}

function viewOf(parts: { readonly name: string; readonly size: number }, bytes: Uint8Array): DataView {
  if (!ArrayBuffer.isView(bytes)) throw wrong(bytes, `a Uint8Array to decode ${parts.name} from`, "");
  if (bytes.byteLength < parts.size)
    throw new ValueError(`${parts.name} has ${parts.size} bytes, but only ${bytes.byteLength} were given`);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function encode<T, I>(parts: Omit<CodecParts<T, I>, "type">, value: I, tag = ""): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.size);
  try {
    parts.write(new DataView(bytes.buffer), 0, value);
  } catch (error) {
    throw ValueError.within(error, tag);
  }
  return bytes;
}
