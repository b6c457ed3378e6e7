/** `koffi.decode` and `koffi.encode` as candidates. */
import koffi, { type TypeObject } from "koffi";
import type { Operation } from "./candidate.ts";
import { nth, records } from "./records.ts";
import type { StructName } from "./values.ts";

const u64s = (count: number): TypeObject => koffi.array("uint64_t", count);
const u32s = (count: number): TypeObject => koffi.array("uint32_t", count);
const chars = (size: number): TypeObject => koffi.array("char", size, "String");

const point = koffi.struct({ x: "int32_t", y: "int32_t" });
const cpu = koffi.struct({
  id: "uint32_t",
  node: "uint16_t",
  core: "uint16_t",
  busy: "uint64_t",
  mhz: u32s(4),
  trail: koffi.array(point, 2),
});
const header = koffi.struct({ name: chars(32), value: chars(96) });

/** Arrays of arrays come back wrong unless a struct is between them (koffi 3.3.4). */
const row = koffi.struct({ cells: koffi.array("uint16_t", 8) });
const title = koffi.struct({ cells: chars(16) });

/** koffi has no bitfields: `flags` is missing. */
const types: Readonly<Partial<Record<StructName, TypeObject>>> = {
  event: koffi.struct({ ts: "uint64_t", pid: "uint32_t", uid: "uint32_t", comm: chars(16) }),
  exec: koffi.struct({
    pid: "uint32_t",
    ppid: "uint32_t",
    uid: "uint32_t",
    retval: "int32_t",
    comm: chars(16),
    tty: chars(12),
    cwd: chars(64),
    filename: chars(64),
    args: chars(128),
  }),
  grid: koffi.struct({
    ts: "uint64_t",
    cpus: koffi.array(cpu, 8),
    matrix: koffi.array(row, 4),
    names: koffi.array(title, 4),
  }),
  request: koffi.struct({
    ts: "uint64_t",
    cookie: "uint64_t",
    parent: "uint64_t",
    pid: "uint32_t",
    tgid: "uint32_t",
    uid: "uint32_t",
    gid: "uint32_t",
    comm: chars(16),
    counters: u64s(64),
    stack: u32s(64),
    rates: koffi.array("double", 16),
    path: chars(256),
    host: chars(64),
    agent: chars(128),
    headers: koffi.array(header, 4),
    latencies: koffi.array("int64_t", 16),
    length: "uint32_t",
    status: "uint16_t",
    payload: koffi.array("uint8_t", 2048),
  }),
};

function inRows(list: unknown): object[] {
  return [...(list as Iterable<unknown>)].map((cells) => ({ cells }));
}

function shape(value: object): object {
  if (!("matrix" in value && "names" in value)) return value;
  return { ...value, matrix: inRows(value.matrix), names: inRows(value.names) };
}

export function withKoffi(name: StructName): Record<string, Operation> {
  const type = types[name];
  if (type === undefined) return {};
  const { size, bytes, values } = records(name);
  const shaped = values.map(shape);
  return {
    decode: (i): unknown => koffi.decode(nth(bytes, i), type),
    encode: (i) => {
      const own = new Uint8Array(size);
      koffi.encode(own, type, nth(shaped, i));
      return own;
    },
  };
}
