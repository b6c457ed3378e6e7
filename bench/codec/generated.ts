/** Generated codecs and views as candidates. */
import { Cursor } from "tinybpf/gen-v1";
import type { StructCodec } from "tinybpf/gen-v1";
import {
  BenchEvent,
  type BenchEventView,
  BenchExec,
  type BenchExecView,
  BenchFlags,
  type BenchFlagsView,
  BenchGrid,
  type BenchGridView,
  BenchRequest,
  type BenchRequestView,
} from "../../test/golden/bench_codecs.skel.ts";
import type { Operation } from "./candidate.ts";
import { nth, records } from "./records.ts";
import { SAMPLES, type StructName, type Structs } from "./values.ts";

interface Views {
  readonly event: BenchEventView;
  readonly exec: BenchExecView;
  readonly flags: BenchFlagsView;
  readonly grid: BenchGridView;
  readonly request: BenchRequestView;
}

const codecs: { readonly [K in StructName]: StructCodec<Structs[K], Structs[K], Views[K]> } = {
  event: BenchEvent,
  exec: BenchExec,
  flags: BenchFlags,
  grid: BenchGrid,
  request: BenchRequest,
};

/** Something of a value that can only be told once it was read. */
function of(value: { readonly length: number } | number | bigint | boolean): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return value === 1n ? 1 : 0;
  return typeof value === "boolean" ? Number(value) : value.length;
}

/** Reads every field. */
const everyField: { readonly [K in StructName]: (x: Views[K]) => number } = {
  event: (x) => of(x.ts) + x.pid + x.uid + of(x.comm),
  exec: (x) =>
    x.pid + x.ppid + x.uid + x.retval + of(x.comm) + of(x.tty) + of(x.cwd) + of(x.filename) + of(x.args),
  flags: (x) =>
    of(x.cookie) +
    x.version +
    x.header +
    x.tos +
    x.length +
    x.delta +
    x.skew +
    of(x.syn) +
    of(x.ack) +
    of(x.fin) +
    x.state +
    x.hops +
    of(x.sequence) +
    x.window,
  grid: (x) => of(x.ts) + of(x.cpus) + of(x.matrix) + of(x.names),
  request: (x) =>
    of(x.ts) +
    of(x.cookie) +
    of(x.parent) +
    x.pid +
    x.tgid +
    x.uid +
    x.gid +
    of(x.comm) +
    of(x.counters) +
    of(x.stack) +
    of(x.rates) +
    of(x.path) +
    of(x.host) +
    of(x.agent) +
    of(x.headers) +
    of(x.latencies) +
    x.length +
    x.status +
    of(x.payload),
};

export function generated<K extends StructName>(name: K): Record<string, Operation> {
  const { size, view, bytes, values } = records(name);
  const { read, write, decode, encode, View } = codecs[name];
  const use = everyField[name];
  const cursor = new Cursor(view, 0);
  const fields = new View(cursor);
  const target = new DataView(new ArrayBuffer(SAMPLES * size));
  return {
    read: (i) => read(view, i * size),
    view: (i) => {
      cursor.offset = i * size;
      return use(fields);
    },
    decode: (i) => decode(nth(bytes, i)),
    write: (i) => {
      write(target, i * size, nth(values, i));
      return target;
    },
    encode: (i) => encode(nth(values, i)),
  };
}
