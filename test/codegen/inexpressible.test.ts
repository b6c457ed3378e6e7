/** Types that cannot be expressed never fail the object: they are left out with a note, and all else works. */
import { beforeAll, describe, expect, test } from "vitest";
import type { BpfObject, GlobalVariableModel, ProgramModel } from "tinybpf-btf";
import { generateSkeleton } from "tinybpf-gen";
import { BtfBuilder } from "../btf-parser/btf-builder.ts";
import { isCodec } from "./cells/cell.ts";
import {
  type Module,
  importModule,
  mapOf,
  memoryOf,
  objectOf,
  readFixture,
  typeCheck,
  writeModule,
} from "./support.ts";

/** Deeper than the generator follows. */
const TOO_DEEP = 100;

/** Everything at once that BTF can say and TypeScript cannot. */
function object(byteOrder: "little" | "big"): BpfObject {
  const btf = new BtfBuilder({ byteOrder });
  const u32 = btf.int("__u32", 4);
  const u16 = btf.int("__u16", 2);
  const forward = btf.ref("FWD", 0, "nowhere");
  const forwardUnion = btf.ref("FWD", 0, "nothing", true);
  const emptyEnum = btf.add({ kind: "ENUM", name: "later", sizeOrType: 0 });
  const emptyEnum64 = btf.add({ kind: "ENUM64", name: "later64", sizeOrType: 0 });
  const oddEnum = btf.add({
    kind: "ENUM",
    name: "odd",
    sizeOrType: 4,
    vlen: 2,
    body: ["SAME", 1, "SAME", 2],
  });
  const proto = btf.proto(u32, [["x", u32]]);
  const func = btf.ref("FUNC", proto, "function");
  const wideFloat = btf.add({ kind: "FLOAT", name: "long double", sizeOrType: 16 });
  const half = btf.add({ kind: "FLOAT", name: "_Float16", sizeOrType: 2 });
  const wideBool = btf.int("_Bool", 4, 4);
  const oddInt = btf.int("int24", 4, 0, 24);
  const holdsForward = btf.composite("STRUCT", "holds_forward", 8, [
    { name: "first", type: u32, bits: 0 },
    { name: "unknown", type: forward, bits: 32 },
  ]);
  const holdsNone = btf.composite("STRUCT", "holds_none", 4, [
    { name: "first", type: u32, bits: 0 },
    { name: "none", type: btf.array(forward, 0), bits: 32 },
  ]);
  const holdsForwards = btf.composite("UNION", "", 8, [{ name: "unknown", type: forwardUnion, bits: 0 }]);
  let deep = u32;
  for (let depth = 0; depth < TOO_DEEP; depth++)
    deep = btf.composite("STRUCT", `level_${depth}`, 4, [{ name: "inner", type: deep, bits: 0 }]);
  let dimensions = u16;
  for (let depth = 0; depth < 6; depth++) dimensions = btf.array(dimensions, 1);

  const members: readonly (readonly [name: string, type: number, size: number])[] = [
    ["before", u32, 4],
    ["holds_none_of_forward", holdsNone, 4],
    ["no_elements", btf.array(u16, 0), 0],
    ["no_rows", btf.array(btf.array(u16, 0), 3), 0],
    ["long_double", wideFloat, 16],
    ["half", half, 2],
    ["twice", u16, 2],
    ["twice", u16, 2],
    ["pointer_to_forward", btf.ref("PTR", forward), 8],
    ["pointer_to_function", btf.ref("PTR", proto), 8],
    ["pointer_to_void", btf.ref("PTR", 0), 8],
    ["opaque", holdsForward, 8],
    ["opaques", btf.array(holdsForward, 2), 16],
    ["", holdsForwards, 8],
    ["odd", oddEnum, 4],
    ["wide_bool", wideBool, 4],
    ["odd_int", oddInt, 4],
    ["six", dimensions, 2],
    ["", u32, 4],
    ["after", u32, 4],
    ["flexible", btf.array(u32, 0), 0],
  ];
  let bits = 0;
  const placed = members.map(([name, type, size]) => {
    const member = { name, type, bits };
    bits += size * 8;
    return member;
  });
  const all = btf.composite("STRUCT", "all", bits / 8, placed);
  const whole = { offset: 0, binding: "global", visibility: "default", tags: [], variable: 1 } as const;
  const variables: readonly GlobalVariableModel[] = [
    { ...whole, name: "everything", type: all, size: bits / 8 },
    { ...whole, name: "deep", type: deep, offset: bits / 8, size: 4 },
    { ...whole, name: "voided", type: 0, offset: bits / 8 + 4, size: 4 },
    { ...whole, name: "function", type: func, offset: bits / 8 + 8, size: 0 },
    { ...whole, name: "forwarded", type: forward, offset: bits / 8 + 8, size: 4 },
    { ...whole, name: "enumerated", type: emptyEnum, offset: bits / 8 + 12, size: 4 },
    { ...whole, name: "last", type: u32, offset: bits / 8 + 16, size: 4 },
  ];
  const flexible = btf.array(u32, 0);
  const [program] = readFixture("syscall.bpf.o").programs;
  if (program === undefined) throw new Error("syscall.bpf.o has no program");
  const context = btf.ref("FUNC", btf.proto(u32, [["context", btf.ref("PTR", forward)]]), "run");
  return objectOf(btf.parse(), {
    maps: [
      mapOf("alls", { keyType: u32, valueType: all, valueSize: bits / 8 }),
      mapOf("of_forward", { keyType: forward, valueType: emptyEnum64 }),
      mapOf("of_void", { keyType: u32, valueType: 0, valueSize: 7 }),
      mapOf("of_function", { keyType: func, valueType: proto }),
      mapOf("of_flexible", { keyType: u32, valueType: flexible, valueSize: 8 }),
      mapOf("of_another_size", { keyType: u32, valueType: u16, valueSize: 8 }),
      mapOf("of_deep", { keyType: u32, valueType: deep }),
      mapOf("ring", { typeName: "ringbuf", type: 27, keySize: 0, valueSize: 0, valueType: forward }),
    ],
    programs: [{ ...program, name: "run", func: context } satisfies ProgramModel],
    globals: [
      {
        section: ".data",
        name: "data",
        size: bits / 8 + 20,
        readonly: false,
        initial: new Uint8Array(bits / 8 + 20),
        datasec: undefined,
        variables,
      },
    ],
  });
}

describe.each(["little", "big"] as const)("all of it at once, %s-endian", (order) => {
  let text = "";
  let module: Module = {};

  beforeAll(async () => {
    text = await generateSkeleton(object(order), { source: "inexpressible.bpf.o", name: "All" });
    module = await importModule(text);
  });

  test("compiles", () => {
    expect(typeCheck([writeModule(text)])).toBe("");
  });

  test.each([
    "Left out: `no_elements` at byte 8 (a flexible array).",
    "Left out: `no_rows` at byte 8 (a flexible array).",
    "Left out: `twice` at byte 28 (a second member of this name).",
    "Left out: an unnamed member at byte 78 (has members that are not defined).",
    "Left out: `flexible` at byte 108 (a flexible array).",
  ])("says: %s", (note) => {
    expect(text).toContain(note);
  });

  test("the rest is read and written", () => {
    const codec = Object.values(module)
      .filter(isCodec)
      .find(({ name }) => name === "struct all");
    if (codec === undefined) throw new Error("there is no struct all");
    const bytes = Uint8Array.from({ length: codec.size }, (_, index) => index);
    const value = codec.decode(bytes) as Record<string, unknown>;
    expect(Object.keys(value)).toEqual([
      "before",
      "holds_none_of_forward",
      "long_double",
      "half",
      "twice",
      "pointer_to_forward",
      "pointer_to_function",
      "pointer_to_void",
      "opaque",
      "opaques",
      "odd",
      "wide_bool",
      "odd_int",
      "six",
      "after",
    ]);
    expect(value["before"]).toBe(order === "little" ? 0x03020100 : 0x00010203);
    expect(value["half"]).toEqual(Uint8Array.of(24, 25));
    // What has members of no known size is its bytes: they go back as they came.
    expect(value["holds_none_of_forward"]).toEqual(Uint8Array.of(4, 5, 6, 7));
    expect(value["opaque"]).toEqual(bytes.slice(54, 62));
    expect(value["opaques"]).toEqual([bytes.slice(62, 70), bytes.slice(70, 78)]);
    const written = codec.encode(value);
    const lost = [...bytes].flatMap((byte, index) => (byte === written[index] ? [] : [index]));
    // The second `twice`, the union of a forward declaration, the fourth byte of 24 bits, and a member without a name.
    expect(lost).toEqual([28, 29, ...range(78, 86), 97, ...range(100, 104)]);
    expect(Reflect.get(codec.view(bytes) as object, "after")).toBe(value["after"]);
  });

  test("maps of it take bytes", () => {
    for (const [name, type] of [
      ["of_forward", "HashMap<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>, Uint8Array, Uint8Array>"],
      ["of_void", "HashMap<number, Uint8Array<ArrayBuffer>, number, Uint8Array>"],
      ["of_function", "HashMap<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>, Uint8Array, Uint8Array>"],
      ["of_flexible", "HashMap<number, Uint8Array<ArrayBuffer>, number, Uint8Array>"],
      ["of_another_size", "HashMap<number, Uint8Array<ArrayBuffer>, number, Uint8Array>"],
      ["of_deep", "HashMap<number, Level99, number, Level99Input>"],
      ["ring", "RingBuffer<Uint8Array<ArrayBuffer>>"],
    ]) {
      expect(text.replaceAll(/\s+/g, " ").replaceAll(/([<(]) | (?=>)|,(?= >)/g, "$1")).toContain(
        `readonly ${name}: ${type};`,
      );
    }
  });

  test("types that are nested too deep are bytes from there on", () => {
    expect(text).toContain("export interface Level36 {\n  inner: Uint8Array<ArrayBuffer>;\n}");
    const codec = Object.values(module)
      .filter(isCodec)
      .find(({ name }) => name === "struct level_99");
    const bytes = Uint8Array.of(1, 2, 3, 4);
    expect(codec?.encode(codec.decode(bytes))).toEqual(bytes);
  });

  test("of the global variables those remain that have a value", () => {
    const data = module["AllData"] as new (memory: unknown) => object;
    const names = Object.getOwnPropertyNames(data.prototype).filter((name) => name !== "constructor");
    expect(names).toEqual(["everything", "deep", "last"]);
    const memory = memoryOf(new Uint8Array(256));
    const globals = new data(memory);
    Reflect.set(globals, "last", 7);
    expect(Reflect.get(globals, "last")).toBe(7);
  });
});

test("a chain of thousands of structs, each in the next, is no more than that many types", async () => {
  const btf = new BtfBuilder();
  let inner = btf.int("__u32", 4);
  for (let depth = 0; depth < 3000; depth++)
    inner = btf.composite("STRUCT", `level_${depth}`, 4, [{ name: "x", type: inner, bits: 0 }]);
  const one = objectOf(btf.parse());
  const text = await generateSkeleton(one, { source: "x.bpf.o", types: ["level_2999"] });
  expect(text.match(/^export interface Level\d+ /gm)).toHaveLength(64);
  const module = await importModule(text);
  const codec = Object.values(module)
    .filter(isCodec)
    .find(({ name }) => name === "struct level_2999");
  expect(codec?.encode(codec.decode(Uint8Array.of(1, 2, 3, 4)))).toEqual(Uint8Array.of(1, 2, 3, 4));
});

function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, index) => start + index);
}
