/** The hand-written decoders and encoders as candidates. */
import type { Operation } from "./candidate.ts";
import * as checks from "./hand-checks.ts";
import * as hand from "./hand.ts";
import { nth, records } from "./records.ts";
import { SAMPLES, type StructName, type Structs } from "./values.ts";

interface HandMade<T> {
  readonly read: (v: DataView, at: number) => T;
  readonly write: (v: DataView, at: number, value: T) => void;
  readonly check: (value: T) => void;
}

const made: { readonly [K in StructName]: HandMade<Structs[K]> } = {
  event: { read: hand.readEvent, write: hand.writeEvent, check: checks.checkEvent },
  exec: { read: hand.readExec, write: hand.writeExec, check: checks.checkExec },
  flags: { read: hand.readFlags, write: hand.writeFlags, check: checks.checkFlags },
  grid: { read: hand.readGrid, write: hand.writeGrid, check: checks.checkGrid },
  request: { read: hand.readRequest, write: hand.writeRequest, check: checks.checkRequest },
};

export function byHand<K extends StructName>(name: K): Record<string, Operation> {
  const { size, view, bytes, values } = records(name);
  const { read, write, check } = made[name];
  const target = new DataView(new ArrayBuffer(SAMPLES * size));
  return {
    read: (i) => read(view, i * size),
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
