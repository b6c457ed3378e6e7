/** The samples of a struct, in memory and as values. */
import * as hand from "./hand.ts";
import { SAMPLES, STRUCTS, type StructName, type Structs, samples } from "./values.ts";

type Writers = { readonly [K in StructName]: (v: DataView, at: number, value: Structs[K]) => void };

const writers: Writers = {
  event: hand.writeEvent,
  exec: hand.writeExec,
  flags: hand.writeFlags,
  grid: hand.writeGrid,
  request: hand.writeRequest,
};

/** `SAMPLES` records one behind the other, as in a ring buffer, and each by itself. */
export interface Records<T> {
  readonly size: number;
  readonly values: readonly T[];
  readonly view: DataView;
  readonly bytes: readonly Uint8Array[];
}

/** Makes the records of a struct, always the same. */
export function records<K extends StructName>(name: K): Records<Structs[K]> {
  const { size } = STRUCTS[name];
  const values = samples(name);
  const view = new DataView(new ArrayBuffer(SAMPLES * size));
  values.forEach((value, i) => writers[name](view, i * size, value));
  const bytes = values.map((_, i) => new Uint8Array(view.buffer, i * size, size));
  return { size, values, view, bytes };
}

/** The sample, or the reason there is none. */
export function nth<T>(list: readonly T[], index: number): T {
  const value = list[index];
  if (value === undefined) throw new RangeError(`no sample ${index}`);
  return value;
}
