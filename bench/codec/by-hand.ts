/** The hand-written decoders and encoders as candidates. */
import type { Operation } from "./candidate.ts";
import { everyField } from "./every-field.ts";
import * as checks from "./hand-checks.ts";
import * as hand from "./hand.ts";
import { type Records, nth, records } from "./records.ts";
import { SAMPLES, type StructName } from "./values.ts";

const { event, exec, flags, grid, request } = everyField;

const made: { readonly [K in StructName]: () => Record<string, Operation> } = {
  event: () => operations(records("event"), hand.readEvent, hand.writeEvent, checks.checkEvent, event),
  exec: () => operations(records("exec"), hand.readExec, hand.writeExec, checks.checkExec, exec),
  flags: () => operations(records("flags"), hand.readFlags, hand.writeFlags, checks.checkFlags, flags),
  grid: () => operations(records("grid"), hand.readGrid, hand.writeGrid, checks.checkGrid, grid),
  request: () =>
    operations(records("request"), hand.readRequest, hand.writeRequest, checks.checkRequest, request),
};

/** The operations on one struct. */
export function byHand(name: StructName): Record<string, Operation> {
  return made[name]();
}

function operations<T>(
  { size, view, bytes, values }: Records<T>,
  read: (v: DataView, at: number) => T,
  write: (v: DataView, at: number, value: T) => void,
  check: (value: T) => void,
  use: (value: T) => number,
): Record<string, Operation> {
  const target = new DataView(new ArrayBuffer(SAMPLES * size));
  return {
    read: (i) => read(view, i * size),
    "read, use every field": (i) => use(read(view, i * size)),
    decode: (i) => {
      const own = nth(bytes, i);
      return read(new DataView(own.buffer, own.byteOffset, own.byteLength), 0);
    },
    "write, unchecked": (i) => {
      write(target, i * size, nth(values, i));
      return target;
    },
    write: (i) => {
      const value = nth(values, i);
      check(value);
      write(target, i * size, value);
      return target;
    },
    encode: (i) => {
      const value = nth(values, i);
      check(value);
      const own = new Uint8Array(size);
      write(new DataView(own.buffer), 0, value);
      return own;
    },
  };
}
