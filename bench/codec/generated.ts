/** Generated codecs and views as candidates. */
import { Cursor, type StructCodec } from "tinybpf/gen-v1";
import {
  BenchEvent,
  BenchExec,
  BenchFlags,
  BenchGrid,
  BenchRequest,
} from "../../test/golden/bench_codecs.skel.ts";
import type { Operation } from "./candidate.ts";
import { everyField, everyFieldOfView } from "./every-field.ts";
import { type Records, nth, records } from "./records.ts";
import { SAMPLES, type StructName } from "./values.ts";

const { event, exec, flags } = everyField;
const { grid, request } = everyFieldOfView;

const made: { readonly [K in StructName]: () => Record<string, Operation> } = {
  event: () => operations(records("event"), BenchEvent, event),
  exec: () => operations(records("exec"), BenchExec, exec),
  flags: () => operations(records("flags"), BenchFlags, flags),
  grid: () => operations(records("grid"), BenchGrid, grid),
  request: () => operations(records("request"), BenchRequest, request),
};

/** The operations on one struct. */
export function generated(name: StructName): Record<string, Operation> {
  return made[name]();
}

/** What a codec does with the samples; `use` sums a view's fields up. */
export function operations<T, I, V>(
  { size, view, bytes, values }: Records<T & I>,
  codec: StructCodec<T, I, V>,
  use: (value: V) => number,
): Record<string, Operation> {
  const { read, write, View } = codec;
  const cursor = new Cursor(view, 0);
  const fields = new View(cursor);
  const target = new DataView(new ArrayBuffer(SAMPLES * size));
  return {
    read: (i) => read(view, i * size),
    "view, use every field": (i) => {
      cursor.offset = i * size;
      return use(fields);
    },
    decode: (i) => codec.decode(nth(bytes, i)),
    write: (i) => {
      write(target, i * size, nth(values, i));
      return target;
    },
    encode: (i) => codec.encode(nth(values, i)),
  };
}
