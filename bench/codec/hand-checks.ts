/** The checks that generated code makes before it writes, by hand: for a comparison of like with like. */
import type {
  BenchCpu,
  BenchEvent,
  BenchExec,
  BenchFlags,
  BenchGrid,
  BenchRequest,
} from "../../test/golden/bench_codecs.skel.ts";

function fail(what: string, value: unknown): never {
  throw new RangeError(`${what}: ${String(value)} does not fit`);
}

function count(value: object, members: number): void {
  let given = 0;
  for (const _ in value) given++;
  if (given !== members) fail("members", Object.keys(value).join());
}

function unsigned(value: number, bits: number, what: string): void {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** bits) fail(what, value);
}

function signed(value: number, bits: number, what: string): void {
  if (!Number.isInteger(value) || value < -(2 ** (bits - 1)) || value >= 2 ** (bits - 1)) fail(what, value);
}

function big(value: bigint, bits: number, what: string): void {
  if (typeof value !== "bigint" || BigInt.asUintN(bits, value) !== value) fail(what, value);
}

function boolean(value: boolean, what: string): void {
  if (typeof value !== "boolean") fail(what, value);
}

const NO_TEXT = /[\0\p{Surrogate}]/u;

function text(value: string, size: number, what: string): void {
  if (typeof value !== "string" || NO_TEXT.test(value) || Buffer.byteLength(value) > size) fail(what, value);
}

function list(value: ArrayLike<unknown>, length: number, what: string): void {
  if (value.length !== length) fail(what, value.length);
}

export function checkEvent(x: BenchEvent): void {
  count(x, 4);
  big(x.ts, 64, "ts");
  unsigned(x.pid, 32, "pid");
  unsigned(x.uid, 32, "uid");
  text(x.comm, 16, "comm");
}

export function checkExec(x: BenchExec): void {
  count(x, 9);
  unsigned(x.pid, 32, "pid");
  unsigned(x.ppid, 32, "ppid");
  unsigned(x.uid, 32, "uid");
  signed(x.retval, 32, "retval");
  text(x.comm, 16, "comm");
  text(x.tty, 12, "tty");
  text(x.cwd, 64, "cwd");
  text(x.filename, 64, "filename");
  text(x.args, 128, "args");
}

export function checkFlags(x: BenchFlags): void {
  count(x, 14);
  big(x.cookie, 64, "cookie");
  unsigned(x.version, 4, "version");
  unsigned(x.header, 4, "header");
  unsigned(x.tos, 8, "tos");
  unsigned(x.length, 16, "length");
  signed(x.delta, 12, "delta");
  signed(x.skew, 20, "skew");
  boolean(x.syn, "syn");
  boolean(x.ack, "ack");
  boolean(x.fin, "fin");
  unsigned(x.state, 3, "state");
  unsigned(x.hops, 6, "hops");
  big(x.sequence, 40, "sequence");
  unsigned(x.window, 24, "window");
}

function checkCpu(x: BenchCpu): void {
  count(x, 6);
  unsigned(x.id, 32, "id");
  unsigned(x.node, 16, "node");
  unsigned(x.core, 16, "core");
  big(x.busy, 64, "busy");
  list(x.mhz, 4, "mhz");
  list(x.trail, 2, "trail");
  for (const point of x.trail) {
    count(point, 2);
    signed(point.x, 32, "x");
    signed(point.y, 32, "y");
  }
}

export function checkGrid(x: BenchGrid): void {
  count(x, 4);
  big(x.ts, 64, "ts");
  list(x.cpus, 8, "cpus");
  for (const cpu of x.cpus) checkCpu(cpu);
  list(x.matrix, 4, "matrix");
  for (const row of x.matrix) list(row, 8, "matrix");
  list(x.names, 4, "names");
  for (const name of x.names) text(name, 16, "names");
}

export function checkRequest(x: BenchRequest): void {
  count(x, 19);
  big(x.ts, 64, "ts");
  big(x.cookie, 64, "cookie");
  big(x.parent, 64, "parent");
  unsigned(x.pid, 32, "pid");
  unsigned(x.tgid, 32, "tgid");
  unsigned(x.uid, 32, "uid");
  unsigned(x.gid, 32, "gid");
  text(x.comm, 16, "comm");
  list(x.counters, 64, "counters");
  list(x.stack, 64, "stack");
  list(x.rates, 16, "rates");
  text(x.path, 256, "path");
  text(x.host, 64, "host");
  text(x.agent, 128, "agent");
  list(x.headers, 4, "headers");
  for (const header of x.headers) {
    count(header, 2);
    text(header.name, 32, "name");
    text(header.value, 96, "value");
  }
  list(x.latencies, 16, "latencies");
  unsigned(x.length, 32, "length");
  unsigned(x.status, 16, "status");
  list(x.payload, 2048, "payload");
}
