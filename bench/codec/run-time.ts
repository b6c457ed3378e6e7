/** Codecs and views made from BTF at run time, as candidates. */
import { readFileSync } from "node:fs";
import { parseObject } from "tinybpf-btf";
import type { StructCodec } from "tinybpf/gen-v1";
import { BtfCodecs } from "../../src/runtime/dynamic/btf-codecs.ts";
import {
  BenchEvent,
  BenchExec,
  BenchFlags,
  BenchGrid,
  BenchRequest,
} from "../../test/golden/bench_codecs.skel.ts";
import type { Operation } from "./candidate.ts";
import { everyField, everyFieldOfView } from "./every-field.ts";
import { operations } from "./generated.ts";
import { records } from "./records.ts";
import type { StructName } from "./values.ts";

const { event, exec, flags } = everyField;
const { grid, request } = everyFieldOfView;

const made: { readonly [K in StructName]: () => Record<string, Operation> } = {
  event: () => operations(records("event"), like(BenchEvent), event),
  exec: () => operations(records("exec"), like(BenchExec), exec),
  flags: () => operations(records("flags"), like(BenchFlags), flags),
  grid: () => operations(records("grid"), like(BenchGrid), grid),
  request: () => operations(records("request"), like(BenchRequest), request),
};

/** The operations on one struct. */
export function runTime(name: StructName): Record<string, Operation> {
  return made[name]();
}

/** The codec of the same type, whose values are those of the generated one: agree.ts sees to it. */
function like<T, I, V>({ name }: StructCodec<T, I, V>): StructCodec<T, I, V> {
  const { btf } = parseObject(readFileSync("fixtures/bench_codecs.bpf.o"));
  const type = btf?.find(name.replace("struct ", ""), "STRUCT");
  const codec = btf === undefined || type === undefined ? undefined : new BtfCodecs(btf).struct(type.id);
  if (codec === undefined) throw new Error(`there is no ${name}`);
  return codec as unknown as StructCodec<T, I, V>;
}
