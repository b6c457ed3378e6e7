/** How the records of a map that delivers events are read. */
import type { Codec, StructCodec } from "../codec/codec.ts";
import type { Cursor } from "../codec/cursor.ts";
import { type EventAlternative, type EventUnion, shorterThan } from "../codec/event-union.ts";
import { getBytes } from "../codec/numbers.ts";
import { ValueError } from "../errors.ts";

/** What the events of a map may be described by; bytes without any. */
export type EventCodec = Codec<unknown, never> | StructCodec<unknown, never> | EventUnion<unknown, unknown>;

/** Reads `length` bytes of payload at byte `at` of `data`. @throws {ValueError} when they are none of its type */
export type ReadRecord<T> = (data: DataView, at: number, length: number) => T;

/** How the records of one map are read. */
export interface EventRecords<T, V> {
  /** The type in messages. */
  readonly name: string;
  readonly read: ReadRecord<T>;
  /** What moves the cursor to a record and gives its view; undefined for types without views. */
  readonly viewer: (cursor: Cursor) => ReadRecord<V> | undefined;
}

/** How records of `event`, or of bytes, are read from the map that messages call `title`. */
export function eventRecords(event: EventCodec | undefined, title: string): EventRecords<unknown, unknown> {
  if (event === undefined) return { name: "unknown", read: getBytes, viewer: () => undefined };
  return "which" in event ? unionRecords(event, title) : typedRecords(event, title);
}

function typedRecords(
  type: Codec<unknown, never> | StructCodec<unknown, never>,
  title: string,
): EventRecords<unknown, unknown> {
  const { size, read } = type;
  const tooShort = (length: number): unknown => ValueError.within(shorterThan(type, length), title);
  return {
    name: type.name,
    read: (data, at, length) => {
      if (length < size) throw tooShort(length);
      return read(data, at);
    },
    viewer: (cursor) => {
      if (!("View" in type)) return undefined;
      const view = new type.View(cursor);
      return (data, at, length) => {
        if (length < size) throw tooShort(length);
        cursor.view = data;
        cursor.offset = at;
        return view;
      };
    },
  };
}

function unionRecords(union: EventUnion<unknown, unknown>, title: string): EventRecords<unknown, unknown> {
  const which = (data: DataView, at: number, length: number): EventAlternative => {
    try {
      return union.which(data, at, length);
    } catch (error) {
      throw ValueError.within(error, title);
    }
  };
  return {
    name: union.name,
    read: (data, at, length) => which(data, at, length).type.read(data, at),
    viewer: (cursor) => {
      // One object for each type.
      const views = union.alternatives.map(({ type }) => new type.View(cursor));
      return (data, at, length) => {
        const { index } = which(data, at, length);
        cursor.view = data;
        cursor.offset = at;
        return views[index];
      };
    },
  };
}
