/** protobuf-es on messages with the same members as candidates. The format is another: only the work is comparable. */
import {
  type DescMessage,
  create,
  createFileRegistry,
  fromBinary,
  fromJson,
  toBinary,
} from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import type { Operation } from "./candidate.ts";
import { nth } from "./records.ts";
import { type StructName, samples } from "./values.ts";

/** The members of each message: a scalar type or the name of another message; `*` makes it repeated. */
const MESSAGES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  event: { ts: "uint64", pid: "uint32", uid: "uint32", comm: "string" },
  exec: {
    pid: "uint32",
    ppid: "uint32",
    uid: "uint32",
    retval: "sint32",
    comm: "string",
    tty: "string",
    cwd: "string",
    filename: "string",
    args: "string",
  },
  flags: {
    cookie: "uint64",
    version: "uint32",
    header: "uint32",
    tos: "uint32",
    length: "uint32",
    delta: "sint32",
    skew: "sint32",
    syn: "bool",
    ack: "bool",
    fin: "bool",
    state: "uint32",
    hops: "uint32",
    sequence: "uint64",
    window: "uint32",
  },
  point: { x: "sint32", y: "sint32" },
  cpu: { id: "uint32", node: "uint32", core: "uint32", busy: "uint64", mhz: "uint32*", trail: "point*" },
  row: { cells: "uint32*" },
  grid: { ts: "uint64", cpus: "cpu*", matrix: "row*", names: "string*" },
  header: { name: "string", value: "string" },
  request: {
    ts: "uint64",
    cookie: "uint64",
    parent: "uint64",
    pid: "uint32",
    tgid: "uint32",
    uid: "uint32",
    gid: "uint32",
    comm: "string",
    counters: "uint64*",
    stack: "uint32*",
    rates: "double*",
    path: "string",
    host: "string",
    agent: "string",
    headers: "header*",
    latencies: "sint64*",
    length: "uint32",
    status: "uint32",
    payload: "bytes",
  },
};

function member(name: string, index: number, kind: string) {
  const type = kind.replace("*", "");
  return {
    name,
    number: index + 1,
    label: kind.endsWith("*") ? "LABEL_REPEATED" : "LABEL_OPTIONAL",
    ...(type in MESSAGES
      ? { type: "TYPE_MESSAGE", typeName: `.bench.${type}` }
      : { type: `TYPE_${type.toUpperCase()}` }),
  };
}

const file = fromJson(FileDescriptorProtoSchema, {
  name: "bench.proto",
  package: "bench",
  syntax: "proto3",
  messageType: Object.entries(MESSAGES).map(([name, members]) => ({
    name,
    field: Object.entries(members).map(([key, kind], index) => member(key, index, kind)),
  })),
});

const registry = createFileRegistry(file, () => undefined);

function schemaOf(name: string): DescMessage {
  const schema = registry.getMessage(`bench.${name}`);
  if (schema === undefined) throw new Error(`no message ${name}`);
  return schema;
}

/** A value as the message is made from it: arrays of numbers are lists, and a list of lists needs a message between. */
function shaped(value: unknown, message: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value as object).map(([key, given]: [string, unknown]) => {
      const kind = MESSAGES[message]?.[key] ?? "";
      const inner = kind.replace("*", "");
      if (!kind.endsWith("*")) return [key, given];
      const list = [...(given as Iterable<unknown>)];
      if (inner === "row") return [key, list.map((cells) => shaped({ cells }, inner))];
      return [key, inner in MESSAGES ? list.map((element) => shaped(element, inner)) : list];
    }),
  );
}

export function withProtobuf(name: StructName): Record<string, Operation> {
  const schema = schemaOf(name);
  const messages = samples(name).map((value) => create(schema, shaped(value, name)));
  const encoded = messages.map((message) => toBinary(schema, message));
  return {
    decode: (i) => fromBinary(schema, nth(encoded, i)),
    encode: (i) => toBinary(schema, nth(messages, i)),
  };
}
