/** Something that needs every field of a struct, so that none of them is left unread. */
import type { BenchGridView, BenchRequestView } from "../../test/golden/bench_codecs.skel.ts";
import type { StructName, Structs } from "./values.ts";

/** Something of a value that can only be told once it was read. */
function of(value: { readonly length: number } | number | bigint | boolean): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return value === 1n ? 1 : 0;
  return typeof value === "boolean" ? Number(value) : value.length;
}

/** Uses every field of a value or a view. */
export const everyField: { readonly [K in StructName]: (x: Structs[K]) => number } = {
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

/** The same of views whose arrays are views as well: these are copied, which reads all of their elements. */
export const everyFieldOfView = {
  grid: (x: BenchGridView): number =>
    everyField.grid({ ts: x.ts, cpus: x.cpus.copy(), matrix: x.matrix.copy(), names: x.names.copy() }),
  request: (x: BenchRequestView): number =>
    of(x.ts) +
    of(x.cookie) +
    of(x.parent) +
    x.pid +
    x.tgid +
    x.uid +
    x.gid +
    of(x.comm) +
    of(x.counters.copy()) +
    of(x.stack.copy()) +
    of(x.rates.copy()) +
    of(x.path) +
    of(x.host) +
    of(x.agent) +
    of(x.headers.copy()) +
    of(x.latencies.copy()) +
    x.length +
    x.status +
    of(x.payload.copy()),
};
