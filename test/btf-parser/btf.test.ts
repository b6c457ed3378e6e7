import { describe, expect, test } from "vitest";
import { BtfParseError, parseBtf } from "tinybpf-btf";
import { BtfBuilder, type BuilderOptions } from "./btf-builder.ts";

/** One type of every kind, and what each must come back as. */
function everyKind(options: BuilderOptions): { readonly builder: BtfBuilder; readonly expected: unknown[] } {
  const builder = new BtfBuilder(options);
  const expected: unknown[] = [];
  const add = (id: number, type: object): number => {
    expected.push({ id, ...type });
    return id;
  };
  const int = add(builder.int("int", 4, 1), {
    kind: "INT",
    name: "int",
    size: 4,
    bits: 32,
    offset: 0,
    signed: true,
    char: false,
    bool: false,
  });
  add(builder.int("char", 1, 2 | 1), {
    kind: "INT",
    name: "char",
    size: 1,
    bits: 8,
    offset: 0,
    signed: true,
    char: true,
    bool: false,
  });
  add(builder.int("old bitfield", 8, 4, 3, 5), {
    kind: "INT",
    name: "old bitfield",
    size: 8,
    bits: 3,
    offset: 5,
    signed: false,
    char: false,
    bool: true,
  });
  add(builder.ref("PTR", 0), { kind: "PTR", name: "", type: 0 });
  add(builder.array(int, 7), { kind: "ARRAY", name: "", type: int, indexType: int, nelems: 7 });
  add(
    builder.composite("STRUCT", "point", 8, [
      { name: "x", type: int, bits: 0 },
      { name: "", type: int, bits: 32 },
    ]),
    {
      kind: "STRUCT",
      name: "point",
      size: 8,
      kindFlag: false,
      members: [
        { name: "x", type: int, bitOffset: 0, bitSize: 0 },
        { name: "", type: int, bitOffset: 32, bitSize: 0 },
      ],
    },
  );
  add(
    builder.composite("UNION", "", 4, [
      { name: "whole", type: int, bits: 0 },
      { name: "part", type: int, bits: 3, width: 29 },
    ]),
    {
      kind: "UNION",
      name: "",
      size: 4,
      kindFlag: true,
      members: [
        { name: "whole", type: int, bitOffset: 0, bitSize: 0 },
        { name: "part", type: int, bitOffset: 3, bitSize: 29 },
      ],
    },
  );
  const enumBody = ["LOW", 0xffff_ffff, "HIGH", 0x7fff_ffff];
  add(builder.add({ kind: "ENUM", name: "e", sizeOrType: 4, vlen: 2, body: enumBody }), {
    kind: "ENUM",
    name: "e",
    size: 4,
    signed: false,
    values: [
      { name: "LOW", value: 0xffff_ffff },
      { name: "HIGH", value: 0x7fff_ffff },
    ],
  });
  add(builder.add({ kind: "ENUM", name: "s", sizeOrType: 1, vlen: 2, flag: true, body: enumBody }), {
    kind: "ENUM",
    name: "s",
    size: 1,
    signed: true,
    values: [
      { name: "LOW", value: -1 },
      { name: "HIGH", value: 0x7fff_ffff },
    ],
  });
  add(builder.add({ kind: "FWD", name: "later" }), { kind: "FWD", name: "later", of: "struct" });
  add(builder.add({ kind: "FWD", name: "either", flag: true }), { kind: "FWD", name: "either", of: "union" });
  add(builder.ref("TYPEDEF", int, "pid_t"), { kind: "TYPEDEF", name: "pid_t", type: int });
  add(builder.ref("VOLATILE", int), { kind: "VOLATILE", name: "", type: int });
  add(builder.ref("CONST", int), { kind: "CONST", name: "", type: int });
  add(builder.ref("RESTRICT", int), { kind: "RESTRICT", name: "", type: int });
  const proto = add(
    builder.proto(int, [
      ["fmt", int],
      ["", 0],
    ]),
    {
      kind: "FUNC_PROTO",
      name: "",
      type: int,
      params: [
        { name: "fmt", type: int },
        { name: "", type: 0 },
      ],
    },
  );
  for (const [vlen, linkage] of ["static", "global", "extern"].entries()) {
    const name = `${linkage}_function`;
    add(builder.add({ kind: "FUNC", name, sizeOrType: proto, vlen }), {
      kind: "FUNC",
      name,
      type: proto,
      linkage,
    });
  }
  for (const [number, linkage] of ["static", "global", "extern"].entries()) {
    const name = `${linkage}_variable`;
    add(builder.add({ kind: "VAR", name, sizeOrType: int, body: [number] }), {
      kind: "VAR",
      name,
      type: int,
      linkage,
    });
  }
  const variable = expected.length;
  add(builder.add({ kind: "DATASEC", name: ".bss", sizeOrType: 12, vlen: 1, body: [variable, 8, 4] }), {
    kind: "DATASEC",
    name: ".bss",
    size: 12,
    vars: [{ type: variable, offset: 8, size: 4 }],
  });
  add(builder.add({ kind: "FLOAT", name: "double", sizeOrType: 8 }), {
    kind: "FLOAT",
    name: "double",
    size: 8,
  });
  add(builder.add({ kind: "DECL_TAG", name: "user", sizeOrType: 6, body: [0xffff_ffff] }), {
    kind: "DECL_TAG",
    name: "user",
    type: 6,
    attribute: false,
    componentIdx: -1,
  });
  add(builder.add({ kind: "DECL_TAG", name: "packed", sizeOrType: 6, flag: true, body: [1] }), {
    kind: "DECL_TAG",
    name: "packed",
    type: 6,
    attribute: true,
    componentIdx: 1,
  });
  add(builder.ref("TYPE_TAG", int, "percpu"), {
    kind: "TYPE_TAG",
    name: "percpu",
    type: int,
    attribute: false,
  });
  add(builder.ref("TYPE_TAG", int, "noderef", true), {
    kind: "TYPE_TAG",
    name: "noderef",
    type: int,
    attribute: true,
  });
  const words = ["SMALL", 0xffff_ffff, 0xffff_ffff, "BIG", 1, 0x8000_0000];
  add(builder.add({ kind: "ENUM64", name: "e64", sizeOrType: 8, vlen: 2, body: words }), {
    kind: "ENUM64",
    name: "e64",
    size: 8,
    signed: false,
    values: [
      { name: "SMALL", value: 0xffff_ffff_ffff_ffffn },
      { name: "BIG", value: 0x8000_0000_0000_0001n },
    ],
  });
  add(builder.add({ kind: "ENUM64", name: "s64", sizeOrType: 8, vlen: 2, flag: true, body: words }), {
    kind: "ENUM64",
    name: "s64",
    size: 8,
    signed: true,
    values: [
      { name: "SMALL", value: -1n },
      { name: "BIG", value: -0x7fff_ffff_ffff_ffffn },
    ],
  });
  return { builder, expected };
}

describe("every kind with every field", () => {
  test.each([
    { byteOrder: "little", headerLength: 24 },
    { byteOrder: "big", headerLength: 24 },
    { byteOrder: "little", headerLength: 32 },
    { byteOrder: "big", headerLength: 40 },
  ] as const)("$byteOrder endian, header of $headerLength bytes", (options) => {
    const { builder, expected } = everyKind(options);
    const btf = builder.parse();
    expect(btf.byteOrder).toBe(options.byteOrder);
    expect(btf.typeCount).toBe(expected.length + 1);
    expect([...btf.types()]).toEqual(expected);
    expect(btf.type(0)).toEqual({ kind: "VOID", id: 0, name: "" });
  });

  test("bytes that start anywhere in their buffer", () => {
    const { builder, expected } = everyKind({});
    const bytes = builder.bytes();
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect([...parseBtf(shifted.subarray(3)).types()]).toEqual(expected);
  });

  test("nothing the caller does to the bytes later changes the types", () => {
    const { builder, expected } = everyKind({});
    const bytes = builder.bytes();
    const btf = parseBtf(bytes);
    bytes.fill(0xff);
    expect([...btf.types()]).toEqual(expected);
  });
});

describe("find", () => {
  test("gives the lowest id, and with a kind the lowest of that kind", () => {
    const builder = new BtfBuilder();
    const int = builder.int("int", 4);
    builder.ref("TYPEDEF", int, "same");
    builder.composite("STRUCT", "same", 0, []);
    builder.composite("STRUCT", "same", 4, []);
    const btf = builder.parse();
    expect(btf.find("same")?.id).toBe(2);
    expect(btf.find("same", "STRUCT")?.id).toBe(3);
    expect(btf.findAll("same").map((type) => type.id)).toEqual([2, 3, 4]);
    expect(btf.findAll("same", "STRUCT").map((type) => type.id)).toEqual([3, 4]);
    expect(btf.find("same", "UNION")).toBeUndefined();
  });

  test("knows no part of a name, no empty one, and void", () => {
    const builder = new BtfBuilder();
    builder.int("long name", 4);
    builder.composite("STRUCT", "", 0, []);
    const btf = builder.parse();
    expect(btf.find("long")).toBeUndefined();
    expect(btf.find("long name and more")).toBeUndefined();
    expect(btf.find("name")).toBeUndefined();
    expect(btf.find("")).toBeUndefined();
    expect(btf.find("long name\0")).toBeUndefined();
    expect(btf.find("void")).toEqual({ kind: "VOID", id: 0, name: "" });
    expect(btf.find("void", "INT")).toBeUndefined();
  });

  test("finds names that share their end with longer ones, and names beyond ASCII", () => {
    const builder = new BtfBuilder();
    const offset = builder.string("prefix_suffix");
    builder.add({ kind: "INT", name: offset, sizeOrType: 4, body: [32] });
    builder.add({ kind: "INT", name: offset + 7, sizeOrType: 4, body: [32] });
    builder.composite("STRUCT", "naïve_日本", 0, []);
    const btf = builder.parse();
    expect(btf.find("prefix_suffix")?.id).toBe(1);
    expect(btf.find("suffix")?.id).toBe(2);
    expect(btf.find("naïve_日本")).toMatchObject({ id: 3, name: "naïve_日本" });
  });

  test("finds each of many types", () => {
    const builder = new BtfBuilder();
    for (let index = 0; index < 5000; index++) builder.composite("STRUCT", `s${index}`, 0, []);
    const btf = builder.parse();
    const missed = Array.from({ length: 5000 }, (_, index) => index).filter(
      (index) => btf.find(`s${index}`, "STRUCT")?.id !== index + 1,
    );
    expect(missed).toEqual([]);
    expect(btf.find("s5000")).toBeUndefined();
  });

  test("works without any type", () => {
    const btf = new BtfBuilder().parse();
    expect(btf.typeCount).toBe(1);
    expect([...btf.types()]).toEqual([]);
    expect(btf.find("anything")).toBeUndefined();
  });
});

describe("split BTF", () => {
  const baseBuilder = new BtfBuilder();
  const int = baseBuilder.int("int", 4, 1);
  const point = baseBuilder.composite("STRUCT", "point", 4, [{ name: "x", type: int, bits: 0 }]);
  baseBuilder.add({ kind: "DECL_TAG", name: "from base", sizeOrType: point, body: [0xffff_ffff] });
  const base = baseBuilder.parse();
  const builder = new BtfBuilder({ base, baseStrings: baseBuilder.stringsSize });
  const pointer = builder.ref("PTR", point);
  // A name whose string is the base's.
  const named = builder.add({ kind: "TYPEDEF", name: baseBuilder.string("point"), sizeOrType: pointer });
  const own = builder.composite("STRUCT", "own", 8, [{ name: "p", type: pointer, bits: 0 }]);
  builder.add({ kind: "DECL_TAG", name: "from module", sizeOrType: point, body: [0xffff_ffff] });
  const split = builder.parse();

  test("ids and strings continue the base's", () => {
    expect(split.base).toBe(base);
    expect(split.firstId).toBe(base.typeCount);
    expect([pointer, named, own]).toEqual([4, 5, 6]);
    expect([...split.types()].map((type) => type.id)).toEqual([4, 5, 6, 7]);
    expect(split.type(point)).toMatchObject({ name: "point", size: 4 });
    expect(split.type(named)).toMatchObject({ kind: "TYPEDEF", name: "point" });
    expect(split.type(own)).toMatchObject({ name: "own", members: [{ name: "p", type: pointer }] });
    expect(split.resolve(named)).toMatchObject({ kind: "PTR", type: point });
  });

  test("find looks in the base first, as btf__find_by_name_kind does", () => {
    expect(split.find("point")?.id).toBe(point);
    expect(split.find("point", "TYPEDEF")?.id).toBe(named);
    expect(split.findAll("point").map((type) => type.id)).toEqual([point, named]);
    expect(split.find("own")?.id).toBe(own);
    expect(base.find("own")).toBeUndefined();
  });

  test("tags of the base's types come from both", () => {
    expect(base.tags(point)).toEqual(["from base"]);
    expect(split.tags(point)).toEqual(["from base", "from module"]);
  });

  test("a reference beyond both is refused", () => {
    const bad = new BtfBuilder({ base, baseStrings: baseBuilder.stringsSize });
    bad.ref("PTR", 5);
    expect(() => bad.parse()).toThrow(".BTF: type 4: byte 32: PTR: refers to type 5, but ids end at 4");
  });
});

describe("resolve", () => {
  test("goes through typedefs, qualifiers and type tags", () => {
    const builder = new BtfBuilder();
    const int = builder.int("int", 4);
    const tagged = builder.ref("TYPE_TAG", int, "user");
    const chain = builder.ref(
      "TYPEDEF",
      builder.ref("CONST", builder.ref("VOLATILE", builder.ref("RESTRICT", tagged))),
      "t",
    );
    expect(builder.parse().resolve(chain).id).toBe(int);
  });

  test("follows 32 of them and no more", () => {
    const builder = new BtfBuilder();
    let id = builder.int("int", 4);
    for (let depth = 0; depth < 33; depth++) id = builder.ref("TYPEDEF", id, `t${depth}`);
    const btf = builder.parse();
    expect(btf.resolve(id - 1).kind).toBe("INT");
    expect(() => btf.resolve(id)).toThrow(/more than 32 typedefs/u);
  });

  test("a circle is an error", () => {
    const builder = new BtfBuilder();
    builder.ref("TYPEDEF", 2, "a");
    builder.ref("CONST", 1);
    expect(() => builder.parse().resolve(1)).toThrow(BtfParseError);
  });
});

test("tags by component", () => {
  const builder = new BtfBuilder();
  const int = builder.int("int", 4);
  const struct = builder.composite("STRUCT", "s", 8, [
    { name: "a", type: int, bits: 0 },
    { name: "b", type: int, bits: 32 },
  ]);
  builder.add({ kind: "DECL_TAG", name: "second", sizeOrType: struct, body: [1] });
  builder.add({ kind: "DECL_TAG", name: "whole", sizeOrType: struct, body: [0xffff_ffff] });
  builder.add({ kind: "DECL_TAG", name: "whole too", sizeOrType: struct, body: [0xffff_ffff] });
  const btf = builder.parse();
  expect(btf.tags(struct)).toEqual(["whole", "whole too"]);
  expect(btf.tags(struct, 1)).toEqual(["second"]);
  expect(btf.tags(struct, 0)).toEqual([]);
  expect(btf.tags(int)).toEqual([]);
});
