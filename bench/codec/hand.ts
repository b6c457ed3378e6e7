/**
 * The yardstick: what a careful engineer writes by hand for these structs. One straight line of `DataView` calls, the
 * offsets as literals, no checks when writing, a fresh copy of what is read.
 */
import type {
  BenchCpu,
  BenchEvent,
  BenchExec,
  BenchFlags,
  BenchGrid,
  BenchHeader,
  BenchPoint,
  BenchRequest,
  BenchState,
} from "../../test/golden/bench_codecs.skel.ts";

/** Up to so many bytes a loop is faster than a call into C++. */
const SHORT = 32;

/** Text up to the first NUL. */
function text(v: DataView, at: number, size: number): string {
  if (size > SHORT) return longText(v, at, size);
  let short = "";
  for (let i = 0; i < size; i++) {
    const code = v.getUint8(at + i);
    if (code === 0) break;
    if (code > 0x7f) return longText(v, at, size);
    short += String.fromCharCode(code);
  }
  return short;
}

function longText(v: DataView, at: number, size: number): string {
  const bytes = Buffer.from(v.buffer, v.byteOffset + at, size);
  const end = bytes.indexOf(0);
  return bytes.toString("utf8", 0, end === -1 ? size : end);
}

const encoder = new TextEncoder();

/** Text and NULs behind it. */
function setText(v: DataView, at: number, size: number, value: string): void {
  if (size > SHORT) {
    setLongText(v, at, size, value);
    return;
  }
  const { length } = value;
  for (let i = 0; i < size; i++) {
    const code = i < length ? value.charCodeAt(i) : 0;
    if (code > 0x7f) {
      setLongText(v, at, size, value);
      return;
    }
    v.setUint8(at + i, code);
  }
}

function setLongText(v: DataView, at: number, size: number, value: string): void {
  const target = new Uint8Array(v.buffer, v.byteOffset + at, size);
  const { written } = encoder.encodeInto(value, target);
  target.fill(0, written);
}

export function readEvent(v: DataView, o: number): BenchEvent {
  return {
    ts: v.getBigUint64(o, true),
    pid: v.getUint32(o + 8, true),
    uid: v.getUint32(o + 12, true),
    comm: text(v, o + 16, 16),
  };
}

export function writeEvent(v: DataView, o: number, x: BenchEvent): void {
  v.setBigUint64(o, x.ts, true);
  v.setUint32(o + 8, x.pid, true);
  v.setUint32(o + 12, x.uid, true);
  setText(v, o + 16, 16, x.comm);
}

export function readExec(v: DataView, o: number): BenchExec {
  return {
    pid: v.getUint32(o, true),
    ppid: v.getUint32(o + 4, true),
    uid: v.getUint32(o + 8, true),
    retval: v.getInt32(o + 12, true),
    comm: text(v, o + 16, 16),
    tty: text(v, o + 32, 12),
    cwd: text(v, o + 44, 64),
    filename: text(v, o + 108, 64),
    args: text(v, o + 172, 128),
  };
}

export function writeExec(v: DataView, o: number, x: BenchExec): void {
  v.setUint32(o, x.pid, true);
  v.setUint32(o + 4, x.ppid, true);
  v.setUint32(o + 8, x.uid, true);
  v.setInt32(o + 12, x.retval, true);
  setText(v, o + 16, 16, x.comm);
  setText(v, o + 32, 12, x.tty);
  setText(v, o + 44, 64, x.cwd);
  setText(v, o + 108, 64, x.filename);
  setText(v, o + 172, 128, x.args);
}

export function readFlags(v: DataView, o: number): BenchFlags {
  const packet = v.getUint32(o + 8, true);
  const drift = v.getInt32(o + 12, true);
  const control = v.getUint16(o + 16, true);
  return {
    cookie: v.getBigUint64(o, true),
    version: packet & 0xf,
    header: (packet >>> 4) & 0xf,
    tos: (packet >>> 8) & 0xff,
    length: packet >>> 16,
    delta: (drift << 20) >> 20,
    skew: drift >> 12,
    syn: (control & 1) !== 0,
    ack: (control & 2) !== 0,
    fin: (control & 4) !== 0,
    state: ((control >>> 3) & 7) as BenchState,
    hops: (control >>> 6) & 0x3f,
    sequence: BigInt.asUintN(40, v.getBigUint64(o + 16, true) >> 12n),
    window: v.getUint32(o + 24, true) & 0xff_ffff,
  };
}

export function writeFlags(v: DataView, o: number, x: BenchFlags): void {
  v.setBigUint64(o, x.cookie, true);
  v.setUint32(o + 8, x.version | (x.header << 4) | (x.tos << 8) | (x.length << 16), true);
  v.setInt32(o + 12, (x.delta & 0xfff) | (x.skew << 12), true);
  const control = (x.syn ? 1 : 0) | (x.ack ? 2 : 0) | (x.fin ? 4 : 0) | (x.state << 3) | (x.hops << 6);
  v.setBigUint64(o + 16, BigInt(control) | (x.sequence << 12n), true);
  v.setUint32(o + 24, x.window, true);
  v.setUint32(o + 28, 0, true);
}

function readPoint(v: DataView, o: number): BenchPoint {
  return { x: v.getInt32(o, true), y: v.getInt32(o + 4, true) };
}

function writePoint(v: DataView, o: number, x: BenchPoint): void {
  v.setInt32(o, x.x, true);
  v.setInt32(o + 4, x.y, true);
}

function readCpu(v: DataView, o: number): BenchCpu {
  const mhz = new Uint32Array(4);
  for (let i = 0; i < 4; i++) mhz[i] = v.getUint32(o + 16 + i * 4, true);
  return {
    id: v.getUint32(o, true),
    node: v.getUint16(o + 4, true),
    core: v.getUint16(o + 6, true),
    busy: v.getBigUint64(o + 8, true),
    mhz,
    trail: [readPoint(v, o + 32), readPoint(v, o + 40)],
  };
}

function writeCpu(v: DataView, o: number, x: BenchCpu): void {
  v.setUint32(o, x.id, true);
  v.setUint16(o + 4, x.node, true);
  v.setUint16(o + 6, x.core, true);
  v.setBigUint64(o + 8, x.busy, true);
  for (let i = 0; i < 4; i++) v.setUint32(o + 16 + i * 4, x.mhz[i] ?? 0, true);
  x.trail.forEach((point, i) => writePoint(v, o + 32 + i * 8, point));
}

export function readGrid(v: DataView, o: number): BenchGrid {
  const cpus: BenchCpu[] = [];
  for (let i = 0; i < 8; i++) cpus.push(readCpu(v, o + 8 + i * 48));
  const matrix: Uint16Array<ArrayBuffer>[] = [];
  for (let i = 0; i < 4; i++) {
    const row = new Uint16Array(8);
    for (let j = 0; j < 8; j++) row[j] = v.getUint16(o + 392 + i * 16 + j * 2, true);
    matrix.push(row);
  }
  const names: string[] = [];
  for (let i = 0; i < 4; i++) names.push(text(v, o + 456 + i * 16, 16));
  return { ts: v.getBigUint64(o, true), cpus, matrix, names };
}

export function writeGrid(v: DataView, o: number, x: BenchGrid): void {
  v.setBigUint64(o, x.ts, true);
  for (let i = 0; i < 8; i++) writeCpu(v, o + 8 + i * 48, x.cpus[i] as BenchCpu);
  for (let i = 0; i < 4; i++) {
    const row = x.matrix[i] as Uint16Array;
    for (let j = 0; j < 8; j++) v.setUint16(o + 392 + i * 16 + j * 2, row[j] ?? 0, true);
  }
  for (let i = 0; i < 4; i++) setText(v, o + 456 + i * 16, 16, x.names[i] ?? "");
}

/** A copy of `size` bytes, as a buffer for a typed array of its own. */
function copy(v: DataView, at: number, size: number): ArrayBuffer {
  return v.buffer.slice(v.byteOffset + at, v.byteOffset + at + size) as ArrayBuffer;
}

function setBytes(v: DataView, at: number, value: ArrayBufferView): void {
  new Uint8Array(v.buffer, v.byteOffset + at, value.byteLength).set(
    new Uint8Array(value.buffer, value.byteOffset, value.byteLength),
  );
}

function readHeader(v: DataView, o: number): BenchHeader {
  return { name: text(v, o, 32), value: text(v, o + 32, 96) };
}

export function readRequest(v: DataView, o: number): BenchRequest {
  return {
    ts: v.getBigUint64(o, true),
    cookie: v.getBigUint64(o + 8, true),
    parent: v.getBigUint64(o + 16, true),
    pid: v.getUint32(o + 24, true),
    tgid: v.getUint32(o + 28, true),
    uid: v.getUint32(o + 32, true),
    gid: v.getUint32(o + 36, true),
    comm: text(v, o + 40, 16),
    counters: new BigUint64Array(copy(v, o + 56, 512)),
    stack: new Uint32Array(copy(v, o + 568, 256)),
    rates: new Float64Array(copy(v, o + 824, 128)),
    path: text(v, o + 952, 256),
    host: text(v, o + 1208, 64),
    agent: text(v, o + 1272, 128),
    headers: [
      readHeader(v, o + 1400),
      readHeader(v, o + 1528),
      readHeader(v, o + 1656),
      readHeader(v, o + 1784),
    ],
    latencies: new BigInt64Array(copy(v, o + 1912, 128)),
    length: v.getUint32(o + 2040, true),
    status: v.getUint16(o + 2044, true),
    payload: new Uint8Array(copy(v, o + 2046, 2048)),
  };
}

export function writeRequest(v: DataView, o: number, x: BenchRequest): void {
  v.setBigUint64(o, x.ts, true);
  v.setBigUint64(o + 8, x.cookie, true);
  v.setBigUint64(o + 16, x.parent, true);
  v.setUint32(o + 24, x.pid, true);
  v.setUint32(o + 28, x.tgid, true);
  v.setUint32(o + 32, x.uid, true);
  v.setUint32(o + 36, x.gid, true);
  setText(v, o + 40, 16, x.comm);
  setBytes(v, o + 56, x.counters);
  setBytes(v, o + 568, x.stack);
  setBytes(v, o + 824, x.rates);
  setText(v, o + 952, 256, x.path);
  setText(v, o + 1208, 64, x.host);
  setText(v, o + 1272, 128, x.agent);
  for (let i = 0; i < 4; i++) {
    const header = x.headers[i] as BenchHeader;
    setText(v, o + 1400 + i * 128, 32, header.name);
    setText(v, o + 1432 + i * 128, 96, header.value);
  }
  setBytes(v, o + 1912, x.latencies);
  v.setUint32(o + 2040, x.length, true);
  v.setUint16(o + 2044, x.status, true);
  setBytes(v, o + 2046, x.payload);
  v.setUint16(o + 4094, 0, true);
}
