/** Names that collide in TypeScript, not in C: numbered, the same everywhere, and what they stand for works. */
import { describe, expect, test } from "vitest";
import type { GlobalSectionModel } from "tinybpf-btf";
import type { StructCodec } from "tinybpf/gen-v1";
import { generateSkeleton } from "tinybpf-gen";
import { RUNTIME_NAMES } from "../../../src/codegen/runtime-symbols.ts";
import { BtfBuilder } from "../../btf-parser/btf-builder.ts";
import { type Module, importModule, mapOf, memoryOf, objectOf, typeCheck, writeModule } from "../support.ts";

/** Every struct has one member, whose name tells which it is. */
function struct(btf: BtfBuilder, name: string, member = "x"): number {
  return btf.composite("STRUCT", name, 4, [{ name: member, type: btf.int("__u32", 4), bits: 0 }]);
}

function section(name: string, type: number): GlobalSectionModel {
  const variable = {
    offset: 0,
    size: 4,
    binding: "global",
    visibility: "default",
    tags: [],
    variable: 1,
  } as const;
  return {
    section: `.${name.replaceAll("_", ".")}`,
    name,
    size: 4,
    readonly: name.startsWith("rodata"),
    initial: new Uint8Array(4),
    datasec: undefined,
    variables: [{ ...variable, name: "variable", type }],
  };
}

function isCodec(value: unknown): value is StructCodec<object, unknown> {
  return typeof value === "object" && value !== null && "View" in value;
}

/** The name in TypeScript of each C type, every one of which is tried. */
function codecs(module: Module): Record<string, string> {
  const found = Object.entries(module).filter((entry): entry is [string, StructCodec<object, unknown>] =>
    isCodec(entry[1]),
  );
  for (const [, codec] of found) {
    const bytes = Uint8Array.from({ length: codec.size }, (_, index) => index + 1);
    expect(codec.encode(codec.decode(bytes))).toEqual(bytes);
    const names = Object.keys(codec.fields);
    expect(names.map((name) => Reflect.get(codec.view(bytes) as object, name) as unknown)).not.toContain(
      undefined,
    );
  }
  return Object.fromEntries(found.map(([name, codec]) => [codec.name, name]));
}

async function generated(
  btf: BtfBuilder,
  parts: Parameters<typeof objectOf>[1] = {},
): Promise<{ readonly text: string; readonly module: Module }> {
  const text = await generateSkeleton(objectOf(btf.parse(), parts), { source: "trace.bpf.o", types: ["*"] });
  expect(typeCheck([writeModule(text)])).toBe("");
  return { text, module: await importModule(text) };
}

test("types yield to the skeleton's own names and to the classes of its sections", async () => {
  const btf = new BtfBuilder();
  const type = struct(btf, "trace", "map");
  for (const name of ["open_trace", "trace_config", "trace_data", "trace_bss", "trace_rodata_limits"])
    struct(btf, name);
  const { module } = await generated(btf, {
    maps: [mapOf("trace", { keyType: type, valueType: type })],
    globals: ["data", "bss", "rodata_limits"].map((name) => section(name, type)),
  });
  expect(codecs(module)).toEqual({
    "struct trace": "Trace2",
    "struct open_trace": "OpenTrace2",
    "struct trace_config": "TraceConfig2",
    "struct trace_data": "TraceData2",
    "struct trace_bss": "TraceBss2",
    "struct trace_rodata_limits": "TraceRodataLimits2",
  });
  const { TraceData, Trace } = module;
  const data: object = Reflect.construct(TraceData as new () => object, [
    memoryOf(Uint8Array.of(7, 0, 0, 0)),
  ]);
  expect(Reflect.get(data, "variable")).toEqual({ map: 7 });
  expect(Trace).toMatchObject({ name: "Trace" });
});

test("the views, inputs and tables of types yield to types, in any order", async () => {
  const names = [
    "event_view",
    "event",
    "event_input",
    "event_fields",
    "event_alternatives",
    "event_view_view",
  ];
  const btf = new BtfBuilder();
  for (const name of names) struct(btf, name);
  const { module } = await generated(btf);
  expect(codecs(module)).toEqual({
    "struct event_view": "EventView",
    "struct event": "Event",
    "struct event_input": "EventInput",
    "struct event_fields": "EventFields",
    "struct event_alternatives": "EventAlternatives",
    "struct event_view_view": "EventViewView",
  });
});

test("names that differ in case or in underscores only are numbered in the order of the file", async () => {
  const btf = new BtfBuilder();
  const names = [
    "foo_bar",
    "Foo_Bar",
    "FOO_BAR",
    "FooBar",
    "foo__bar",
    "_foo_bar",
    "fooBar",
    "foobar",
    "FooBar2",
  ];
  for (const name of names) struct(btf, name);
  const { module } = await generated(btf);
  expect(codecs(module)).toEqual({
    "struct foo_bar": "FooBar",
    "struct Foo_Bar": "FooBar2",
    "struct FOO_BAR": "FooBar3",
    "struct FooBar": "FooBar4",
    "struct foo__bar": "FooBar5",
    "struct _foo_bar": "FooBar6",
    "struct fooBar": "FooBar7",
    "struct foobar": "Foobar",
    "struct FooBar2": "FooBar22",
  });
});

test("members that differ in case only are as many members", async () => {
  const btf = new BtfBuilder();
  const type = btf.int("__u32", 4);
  const names = ["pid", "PID", "Pid", "_pid", "pid_"];
  btf.composite(
    "STRUCT",
    "cases",
    20,
    names.map((name, index) => ({ name, type, bits: index * 32 })),
  );
  const { module } = await generated(btf);
  const { Cases } = module;
  if (!isCodec(Cases)) throw new Error("there is no Cases");
  expect(Cases.decode(Cases.encode({ pid: 1, PID: 2, Pid: 3, _pid: 4, pid_: 5 }))).toEqual({
    pid: 1,
    PID: 2,
    Pid: 3,
    _pid: 4,
    pid_: 5,
  });
});

test("unnamed types of several maps are called after each, and yield to types with a name", async () => {
  const btf = new BtfBuilder();
  const unnamed = ["a", "b", "c", "d"].map((member) => struct(btf, "", member));
  struct(btf, "first_key");
  const [a, b, c, d] = unnamed;
  const { text, module } = await generated(btf, {
    maps: [
      mapOf("first", { keyType: a, valueType: b }),
      mapOf("second", { keyType: c, valueType: d }),
      // The same type again has its first name.
      mapOf("third", { keyType: a, valueType: c }),
    ],
  });
  expect(text).toContain("readonly first: HashMap<FirstKey2, FirstValue>;");
  expect(text).toContain("readonly second: HashMap<SecondKey, SecondValue>;");
  expect(text).toContain("readonly third: HashMap<FirstKey2, SecondKey>;");
  expect(module["FirstKey"]).toMatchObject({ name: "struct first_key" });
});

test("a struct, a union, an enum and a typedef of one name are four types", async () => {
  const btf = new BtfBuilder();
  struct(btf, "same");
  btf.composite("UNION", "same", 4, [{ name: "x", type: btf.int("__u32", 4), bits: 0 }]);
  btf.add({ kind: "ENUM", name: "same", sizeOrType: 4, vlen: 1, body: ["SAME_A", 1] });
  btf.ref("TYPEDEF", struct(btf, "", "y"), "same");
  const { module } = await generated(btf);
  expect(codecs(module)).toEqual({ "struct same": "Same", "union same": "Same2", same: "Same4" });
  expect(module["Same3"]).toEqual({ SAME_A: 1 });
});

describe("names that generated code itself uses", () => {
  test("types yield to all that is imported", async () => {
    const btf = new BtfBuilder();
    for (const name of RUNTIME_NAMES) struct(btf, name);
    const { module } = await generated(btf);
    const names = Object.values(codecs(module));
    expect(names).toHaveLength(RUNTIME_NAMES.length);
    expect(names.filter((name) => RUNTIME_NAMES.includes(name))).toEqual([]);
  });

  test("types yield to the utility types in what unions of a struct with a toString are", async () => {
    const btf = new BtfBuilder();
    const type = btf.int("__u32", 4);
    const union = (letter: string): number =>
      btf.composite("UNION", "", 4, [
        { name: `${letter}0`, type, bits: 0 },
        { name: `${letter}1`, type: btf.array(btf.int("__u16", 2), 2), bits: 0 },
      ]);
    btf.composite("STRUCT", "speaking", 12, [
      { name: "toString", type, bits: 0 },
      { name: "", type: union("a"), bits: 32 },
      { name: "", type: union("b"), bits: 64 },
    ]);
    for (const name of ["partial", "omit", "exclude", "readonly", "record", "pick"]) struct(btf, name);
    const { module } = await generated(btf);
    expect(codecs(module)).toMatchObject({ "struct speaking": "Speaking", "struct record": "Record2" });
  });
});
