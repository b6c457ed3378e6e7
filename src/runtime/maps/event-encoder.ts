/** How what is written into a map becomes the bytes of a record. */
import { copyOf } from "../arguments.ts";
import { ValueError } from "../errors.ts";
import type { EventCodec } from "./event-records.ts";

/** The bytes of a record. @throws {ValueError} when the value does not fit its type */
export type EncodeRecord = (value: unknown) => Uint8Array<ArrayBuffer>;

/** How values of `event`, or bytes, are written to the map that messages call `title`. */
export function eventEncoder(event: EventCodec | undefined, title: string): EncodeRecord {
  const encode = encoderOf(event);
  return (value) => {
    try {
      return encode(value);
    } catch (error) {
      throw ValueError.unnamedWithin(error, title);
    }
  };
}

function encoderOf(event: EventCodec | undefined): EncodeRecord {
  if (event === undefined) return (value) => copyOf(value, "");
  // Codecs check what they are given, whatever its type.
  if ("which" in event) return (value) => event.typeOf(value).encode(value as never);
  return (value) => event.encode(value as never);
}
