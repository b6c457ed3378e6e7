/** What types are called in a module, when C's names collide or there are none. */
import { describe, expect, test } from "vitest";
import { type Btf, type GlobalSectionModel, parseBtf } from "tinybpf-btf";
import { generateSkeleton } from "tinybpf-gen";
import { BtfBuilder, type StructMember } from "../btf-parser/btf-builder.ts";
import { mapOf, objectOf, typeCheck, writeModule } from "./support.ts";

/** The exported interfaces and enums of a skeleton of all types in `btf`, with the C type each is for. */
async function declared(btf: Btf, name = "Test"): Promise<Record<string, string>> {
  const text = await generateSkeleton(objectOf(btf), { source: "test.bpf.o", name, types: ["*"] });
  const pattern = /^export const (\S+?): StructCodec.*?name: "([^"]+)"|^export const (\S+) = \{/gms;
  return Object.fromEntries(
    [...text.matchAll(pattern)].map(([, codec, cName, enumeration]) => [
      codec ?? enumeration ?? "",
      cName ?? "enum",
    ]),
  );
}

function one(btf: BtfBuilder, name = "x"): StructMember[] {
  return [{ name, type: btf.int("__u32", 4), bits: 0 }];
}

function structs(...names: readonly string[]): Btf {
  const btf = new BtfBuilder();
  for (const name of names) btf.composite("STRUCT", name, 4, one(btf));
  return btf.parse();
}

test("collisions are numbered in the order of the types' ids", async () => {
  expect(await declared(structs("foo_bar", "FooBar", "foo__bar"))).toEqual({
    FooBar: "struct foo_bar",
    FooBar2: "struct FooBar",
    FooBar3: "struct foo__bar",
  });
});

test("a struct and a union of one name are two types", async () => {
  const btf = new BtfBuilder();
  btf.composite("UNION", "x", 4, one(btf));
  btf.composite("STRUCT", "x", 4, one(btf));
  expect(await declared(btf.parse())).toEqual({ X: "union x", X2: "struct x" });
});

test("names of companions yield to types", async () => {
  const text = await generateSkeleton(objectOf(structs("event", "event_view", "event_input")), {
    source: "test.bpf.o",
    types: ["*"],
  });
  expect(text).toContain("export class EventView2 ");
  expect(text).toContain("export interface EventView ");
  expect(text).toContain("View: EventView2,");
});

test("the skeleton's own names come first, then imports and globals", async () => {
  const all = structs("trace", "open_trace", "trace_config", "hash_map", "uint8_array", "cursor", "map");
  expect(Object.keys(await declared(all, "Trace"))).toEqual([
    "Trace2",
    "OpenTrace2",
    "TraceConfig2",
    "HashMap2",
    "Uint8Array2",
    "Cursor2",
    "Map2",
  ]);
});

test("a typedef names a struct without a tag, and only such", async () => {
  const btf = new BtfBuilder();
  btf.ref("TYPEDEF", btf.composite("STRUCT", "", 4, one(btf)), "event_t");
  btf.ref("TYPEDEF", btf.composite("STRUCT", "tagged", 4, one(btf)), "tagged_t");
  expect(await declared(btf.parse())).toEqual({ EventT: "event_t", Tagged: "struct tagged" });
});

test("types without any name are called after what they are in", async () => {
  const btf = new BtfBuilder();
  const inner = btf.composite("STRUCT", "", 4, one(btf));
  const key = btf.composite("STRUCT", "", 4, [{ name: "pos_x", type: inner, bits: 0 }]);
  const anonymous = btf.add({ kind: "ENUM", sizeOrType: 4, vlen: 1, body: ["A", 0] });
  btf.composite("STRUCT", "outer", 8, [
    { name: "state", type: anonymous, bits: 0 },
    {
      name: "",
      type: btf.composite("STRUCT", "", 4, [
        { name: "deep", type: btf.composite("UNION", "", 4, one(btf)), bits: 0 },
      ]),
      bits: 32,
    },
  ]);
  const object = objectOf(btf.parse(), {
    maps: [mapOf("per_pos", { keyType: key, keySize: 4, valueType: inner, valueSize: 4 })],
  });
  const text = await generateSkeleton(object, { source: "test.bpf.o", types: ["outer"] });
  expect(text).toContain("export interface PerPosKey {");
  expect(text).toContain("pos_x: PerPosKeyPosX;");
  expect(text).toContain("readonly per_pos: HashMap<PerPosKey, PerPosKeyPosX>;");
  expect(text).toContain("state: OuterState;");
  expect(text).toContain("deep: OuterDeep;");
});

test("a class name that is taken is refused, one from a file name is numbered", async () => {
  const text = await generateSkeleton(objectOf(structs("x")), { source: "hash-map.bpf.o" });
  expect(text).toContain("export const HashMap2: SkeletonClass<HashMap2, OpenHashMap2, HashMap2Config>");
});

test("types of inner maps are declared", async () => {
  const btf = new BtfBuilder();
  const key = btf.composite("STRUCT", "inner_key", 4, one(btf));
  const inner = mapOf("", { keyType: key });
  const outer = mapOf("outer", { typeName: "hash_of_maps", type: 13, inner });
  const text = await generateSkeleton(objectOf(btf.parse(), { maps: [outer] }), { source: "x.bpf.o" });
  expect(text).toContain("export interface InnerKey ");
  expect(text).toMatch(/outer: hashOfMaps\(\w+\.\w+(?:\(4\))?, \{\s*descriptor: hashMap\(InnerKey,/);
});

test("members are in the order of declaration, those of unnamed unions too", async () => {
  const btf = new BtfBuilder();
  const type = btf.int("__u32", 4);
  const union = btf.composite("UNION", "", 4, [
    { name: "b", type, bits: 0 },
    { name: "c", type, bits: 0 },
  ]);
  btf.composite("STRUCT", "ordered", 12, [
    { name: "a", type, bits: 0 },
    { name: "", type: union, bits: 32 },
    { name: "d", type, bits: 64 },
  ]);
  const text = await generateSkeleton(objectOf(btf.parse()), { source: "x.bpf.o", types: ["ordered"] });
  expect(text).toContain(
    "export interface Ordered {\n  a: number;\n  b: number;\n  c: number;\n  d: number;\n}",
  );
});

describe("what cannot be declared", () => {
  test("members without a size leave their struct as bytes", async () => {
    const btf = new BtfBuilder();
    const u32 = btf.int("__u32", 4);
    const opaque = btf.composite("STRUCT", "has_fwd", 8, [
      { name: "a", type: u32, bits: 0 },
      { name: "b", type: btf.ref("FWD", 0, "nowhere"), bits: 32 },
    ]);
    btf.composite("STRUCT", "outer", 12, [
      { name: "first", type: u32, bits: 0 },
      { name: "opaque", type: opaque, bits: 32 },
    ]);
    const text = await generateSkeleton(objectOf(btf.parse()), { source: "x.bpf.o", types: ["outer"] });
    expect(text).toContain("opaque: Uint8Array<ArrayBuffer>;");
    expect(text).toContain("opaque: getBytes(v, o + 4, 8),");
  });

  test.each(["ENUM", "ENUM64"] as const)("an %s without a definition, like FWD", async (kind) => {
    const btf = new BtfBuilder();
    const later = btf.add({ kind, name: "later", sizeOrType: 0 });
    const opaque = btf.composite("STRUCT", "has_enum", 4, [{ name: "e", type: later, bits: 0 }]);
    btf.composite("STRUCT", "outer", 16, [
      { name: "pointer", type: btf.ref("PTR", later), bits: 0 },
      { name: "opaque", type: opaque, bits: 64 },
    ]);
    const value = mapOf("values", { valueType: later });
    const text = await generateSkeleton(objectOf(btf.parse(), { maps: [value] }), {
      source: "x.bpf.o",
      types: ["outer", "has_enum"],
    });
    expect(text).toContain("pointer: bigint;");
    expect(text).toContain("opaque: Uint8Array<ArrayBuffer>;");
    expect(text).not.toContain("Later");
  });

  test("flexible arrays are left out, with a note and their place", async () => {
    const btf = new BtfBuilder();
    const u16 = btf.int("__u16", 2);
    btf.composite("STRUCT", "flexible", 4, [
      { name: "len", type: u16, bits: 0 },
      { name: "data", type: btf.array(u16, 0), bits: 32 },
    ]);
    const text = await generateSkeleton(objectOf(btf.parse()), { source: "x.bpf.o", types: ["flexible"] });
    expect(text).toContain("Left out: `data` at byte 4 (a flexible array).");
    expect(text).toContain("export interface Flexible {\n  len: number;\n}");
    expect(text).toContain("data: { offset: 4, size: 0 },");
  });

  test("a type that contains itself is an error", async () => {
    const btf = new BtfBuilder();
    btf.composite("STRUCT", "loop", 4, [{ name: "self", type: 1, bits: 0 }]);
    await expect(
      generateSkeleton(objectOf(btf.parse()), { source: "x.bpf.o", types: ["loop"] }),
    ).rejects.toThrow("type 1: contains itself");
  });

  test("an unnamed type that is lifted twice is an error, and takes no exponential time", async () => {
    const btf = new BtfBuilder();
    let inner = btf.composite("STRUCT", "", 0, []);
    for (let depth = 0; depth < 60; depth++) {
      inner = btf.composite("STRUCT", depth === 59 ? "top" : "", 0, [
        { name: "", type: inner, bits: 0 },
        { name: "", type: inner, bits: 0 },
      ]);
    }
    await expect(
      generateSkeleton(objectOf(btf.parse()), { source: "x.bpf.o", types: ["top"] }),
    ).rejects.toThrow("twice");
  });

  test("a second member of a name is left out", async () => {
    const btf = new BtfBuilder();
    const u16 = btf.int("__u16", 2);
    btf.composite("STRUCT", "twins", 4, [
      { name: "a", type: u16, bits: 0 },
      { name: "a", type: u16, bits: 16 },
    ]);
    const text = await generateSkeleton(objectOf(btf.parse()), { source: "x.bpf.o", types: ["twins"] });
    expect(text).toContain("Left out: `a` at byte 2 (a second member of this name).");
  });
});

test("sections whose names differ in signs only are numbered, everywhere alike", async () => {
  const btf = new BtfBuilder();
  const type = btf.int("__u32", 4);
  const section = (title: string, name: string): GlobalSectionModel => ({
    section: title,
    name: "data_my_sec",
    size: 4,
    readonly: false,
    initial: new Uint8Array(4),
    datasec: undefined,
    variables: [
      { name, type, offset: 0, size: 4, binding: "global", visibility: "default", tags: [], variable: 1 },
    ],
  });
  const globals = [section(".data.my-sec", "variable_0"), section(".data.my_sec", "variable_1")];
  const object = objectOf(btf.parse(), { globals });
  const text = await generateSkeleton(object, { source: "x.bpf.o" });
  expect(text.match(/readonly data_my_sec: XDataMySec;/g)).toHaveLength(2);
  expect(text.match(/readonly data_my_sec2: XDataMySec2;/g)).toHaveLength(2);
  expect(text).toContain("readonly data_my_sec?: { readonly variable_0?: number };");
  expect(text).toContain("readonly data_my_sec2?: { readonly variable_1?: number };");
  expect(text).toContain('data_my_sec: { section: ".data.my-sec", size: 4, Class: XDataMySec },');
  expect(text).toContain('data_my_sec2: { section: ".data.my_sec", size: 4, Class: XDataMySec2 },');
  expect(typeCheck([writeModule(text)])).toBe("");
});

test("an object without types has its programs", async () => {
  const empty = parseBtf(new BtfBuilder().bytes());
  const text = await generateSkeleton(objectOf(empty), { source: "x.bpf.o" });
  expect(text).toContain("readonly maps: {};");
});
