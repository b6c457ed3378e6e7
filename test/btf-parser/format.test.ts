/** A synthetic type, and the C it must become. */
import { describe, expect, test } from "vitest";
import { BtfParseError, formatDeclaration, formatDefinition, formatType } from "tinybpf-btf";
import { BtfBuilder } from "./btf-builder.ts";

interface Types {
  readonly builder: BtfBuilder;
  readonly int: number;
  readonly char: number;
  readonly u8: number;
  readonly task: number;
}

function types(): Types {
  const builder = new BtfBuilder();
  const int = builder.int("int", 4, 1);
  const char = builder.int("char", 1, 1);
  const u8 = builder.ref("TYPEDEF", builder.int("unsigned char", 1), "__u8");
  const task = builder.composite("STRUCT", "task_struct", 0, []);
  return { builder, int, char, u8, task };
}

type Make = (types: Types) => number;

const ptr =
  (to: Make): Make =>
  (all) =>
    all.builder.ref("PTR", to(all));
const constant =
  (of: Make): Make =>
  (all) =>
    all.builder.ref("CONST", of(all));
const array =
  (of: Make, nelems: number): Make =>
  (all) =>
    all.builder.array(of(all), nelems, all.int);
const func =
  (returns: Make, ...params: Make[]): Make =>
  (all) =>
    all.builder.proto(
      returns(all),
      params.map((param) => ["", param(all)]),
    );
const int: Make = (all) => all.int;
const char: Make = (all) => all.char;
const u8: Make = (all) => all.u8;
const task: Make = (all) => all.task;
const nothing: Make = () => 0;

describe("where a type is used", () => {
  test.each<[spelling: string, named: string, make: Make]>([
    ["void", "void x", nothing],
    ["int", "int x", int],
    ["struct task_struct *", "struct task_struct *x", ptr(task)],
    ["const char[16]", "const char x[16]", array(constant(char), 16)],
    ["const char[16]", "const char x[16]", constant(array(char, 16))],
    ["__u8[4][16]", "__u8 x[4][16]", array(array(u8, 16), 4)],
    ["int[]", "int x[]", array(int, 0)],
    ["int[3][0]", "int x[3][0]", array(array(int, 0), 3)],
    ["const void *", "const void *x", ptr(constant(nothing))],
    ["char * const", "char * const x", constant(ptr(char))],
    ["const char * const *", "const char * const *x", ptr(constant(ptr(constant(char))))],
    ["int **", "int **x", ptr(ptr(int))],
    ["int *[3]", "int *x[3]", array(ptr(int), 3)],
    ["int (*)[3]", "int (*x)[3]", ptr(array(int, 3))],
    ["int (*)(void *)", "int (*x)(void *)", ptr(func(int, ptr(nothing)))],
    ["void (void)", "void x(void)", func(nothing)],
    ["int (*[2])(int, char *)", "int (*x[2])(int, char *)", array(ptr(func(int, int, ptr(char))), 2)],
    ["int (*(*)(int))(char)", "int (*(*x)(int))(char)", ptr(func(ptr(func(int, char)), int))],
    ["int (*(void))[3]", "int (*x(void))[3]", func(ptr(array(int, 3)))],
    ["int (*)(int (*)(int))", "int (*x)(int (*)(int))", ptr(func(int, ptr(func(int, int))))],
    ["void (*)(int, ...)", "void (*x)(int, ...)", ptr(func(nothing, int, nothing))],
    [
      '__attribute__((btf_type_tag("user"))) char *',
      '__attribute__((btf_type_tag("user"))) char *x',
      ptr((all) => all.builder.ref("TYPE_TAG", all.char, "user")),
    ],
    [
      "__attribute__((address_space(1))) char *",
      "__attribute__((address_space(1))) char *x",
      ptr((all) => all.builder.ref("TYPE_TAG", all.char, "address_space(1)", true)),
    ],
    ["volatile const int", "volatile const int x", (all) => all.builder.ref("VOLATILE", constant(int)(all))],
    ["int * restrict", "int * restrict x", (all) => all.builder.ref("RESTRICT", ptr(int)(all))],
    ["struct {...} *", "struct {...} *x", ptr((all) => all.builder.composite("STRUCT", "", 0, []))],
    ["union u", "union u x", (all) => all.builder.composite("UNION", "u", 0, [])],
    [
      "union later *",
      "union later *x",
      ptr((all) => all.builder.add({ kind: "FWD", name: "later", flag: true })),
    ],
    ["enum e", "enum e x", (all) => all.builder.add({ kind: "ENUM", name: "e", sizeOrType: 4 })],
    ["enum e0", "enum e0 x", (all) => all.builder.add({ kind: "ENUM", name: "e0", sizeOrType: 0 })],
    ["enum e64", "enum e64 x", (all) => all.builder.add({ kind: "ENUM64", name: "e64", sizeOrType: 8 })],
    ["double", "double x", (all) => all.builder.add({ kind: "FLOAT", name: "double", sizeOrType: 8 })],
  ])("%s", (spelling, named, make) => {
    const all = types();
    const id = make(all);
    const btf = all.builder.parse();
    expect(formatType(btf, id)).toBe(spelling);
    expect(formatDeclaration(btf, id, "x")).toBe(named);
  });

  test("bitfields", () => {
    const { builder, u8: id } = types();
    expect(formatDeclaration(builder.parse(), id, "flags", { bitSize: 3 })).toBe("__u8 flags:3");
    expect(formatDeclaration(builder.parse(), id, "flags", { bitSize: 0 })).toBe("__u8 flags");
  });
});

describe("definitions", () => {
  const { builder, int: intId, char: charId, u8: u8Id } = types();
  const proto = builder.proto(intId, [["a", charId]]);
  const inner = builder.composite("UNION", "", 4, [
    { name: "whole", type: intId, bits: 0 },
    { name: "bytes", type: builder.array(u8Id, 4, intId), bits: 0 },
  ]);
  const ids = {
    int: intId,
    struct: builder.composite("STRUCT", "s", 24, [
      { name: "first", type: charId, bits: 0 },
      { name: "", type: inner, bits: 32 },
      { name: "named", type: inner, bits: 64 },
      { name: "low", type: intId, bits: 96, width: 3 },
      { name: "", type: intId, bits: 99, width: 2 },
      { name: "call", type: builder.ref("PTR", proto), bits: 128 },
    ]),
    packed: builder.composite("STRUCT", "p", 5, [
      { name: "c", type: charId, bits: 0 },
      { name: "i", type: intId, bits: 8 },
    ]),
    empty: builder.composite("STRUCT", "nothing", 0, []),
    enum: builder.add({ kind: "ENUM", name: "e", sizeOrType: 1, vlen: 2, body: ["A", 0, "B", 200] }),
    big: builder.add({ kind: "ENUM", name: "b", sizeOrType: 4, vlen: 1, body: ["TOP", 0xffff_ffff] }),
    enum64: builder.add({
      kind: "ENUM64",
      name: "e64",
      sizeOrType: 8,
      vlen: 1,
      flag: true,
      body: ["M", 0xffff_ffff, 0xffff_ffff],
    }),
    forward: builder.add({ kind: "FWD", name: "later" }),
    forwardEnum: builder.add({ kind: "ENUM", name: "later_enum", sizeOrType: 0 }),
    forwardEnum64: builder.add({ kind: "ENUM64", name: "later_enum64", sizeOrType: 0 }),
    zeros: builder.composite("STRUCT", "z", 4, [
      { name: "none", type: builder.array(builder.array(intId, 2), 0), bits: 0 },
      { name: "some", type: intId, bits: 0 },
      { name: "rest", type: builder.array(charId, 0), bits: 32 },
    ]),
    filled: builder.composite("STRUCT", "filled", 56, [
      { name: "first", type: charId, bits: 0 },
      { name: "far", type: intId, bits: 256 },
      { name: "low", type: intId, bits: 288, width: 3 },
      { name: "high", type: intId, bits: 311, width: 9 },
      { name: "next", type: intId, bits: 320 },
    ]),
    filledUnion: builder.composite("UNION", "fu", 12, [{ name: "only", type: intId, bits: 0 }]),
    filledPacked: builder.composite("STRUCT", "fp", 10, [
      { name: "c", type: charId, bits: 0 },
      { name: "i", type: intId, bits: 16 },
      { name: "d", type: charId, bits: 48 },
    ]),
    outside: builder.composite("STRUCT", "outside", 4, [{ name: "far", type: intId, bits: 320 }]),
    typedef: builder.ref("TYPEDEF", builder.ref("PTR", proto), "callback_t"),
    anonymous: builder.ref("TYPEDEF", inner, "either_t"),
    func: builder.add({ kind: "FUNC", name: "f", sizeOrType: proto, vlen: 0 }),
    extern: builder.add({ kind: "FUNC", name: "g", sizeOrType: proto, vlen: 2 }),
    variable: builder.add({ kind: "VAR", name: "v", sizeOrType: u8Id, body: [1] }),
    tag: builder.add({ kind: "DECL_TAG", name: 'a "tag"', sizeOrType: intId, body: [2] }),
    pointer: builder.ref("PTR", intId),
  };
  const section = builder.add({
    kind: "DATASEC",
    name: ".data",
    sizeOrType: 0,
    vlen: 1,
    body: [ids.variable, 4, 1],
  });
  const btf = builder.parse();

  test.each<[name: keyof typeof ids, text: string]>([
    ["int", "int"],
    [
      "struct",
      "struct s {\n\tchar first;\n\tunion {\n\t\tint whole;\n\t\t__u8 bytes[4];\n\t};\n\tunion {\n\t\tint whole;\n\t\t__u8 bytes[4];\n\t} named;\n\tint low:3;\n\tint :2;\n\tint (*call)(char a);\n};",
    ],
    ["packed", "struct p {\n\tchar c;\n\tint i;\n} __attribute__((packed));"],
    ["empty", "struct nothing {};"],
    ["enum", "enum e {\n\tA = 0,\n\tB = 200,\n} __attribute__((mode(byte)));"],
    ["big", "enum b {\n\tTOP = 4294967295U,\n};"],
    ["enum64", "enum e64 {\n\tM = -1LL,\n} __attribute__((mode(word)));"],
    ["forward", "struct later;"],
    ["forwardEnum", "enum later_enum;"],
    ["forwardEnum64", "enum later_enum64;"],
    ["zeros", "struct z {\n\tint none[0][2];\n\tint some;\n\tchar rest[0];\n};"],
    [
      "filled",
      "struct filled {\n\tchar first;\n\tlong :56;\n\tlong :64;\n\tlong :64;\n\tlong :64;\n\tint far;\n\tint low:3;\n\tint :20;\n\tint high:9;\n\tint next;\n\tint :32;\n\tlong :64;\n};",
    ],
    ["filledUnion", "union fu {\n\tint only;\n\tstruct {\n\t\tlong :64;\n\t\tint :32;\n\t};\n};"],
    [
      "filledPacked",
      "struct fp {\n\tchar c;\n\tchar :8;\n\tint i;\n\tchar d;\n\tchar :8;\n\tshort :16;\n} __attribute__((packed));",
    ],
    ["outside", "struct outside {\n\tint far;\n};"],
    ["typedef", "typedef int (*callback_t)(char a);"],
    ["anonymous", "typedef union {\n\tint whole;\n\t__u8 bytes[4];\n} either_t;"],
    ["func", "static int f(char a);"],
    ["extern", "extern int g(char a);"],
    ["variable", "__u8 v;"],
    ["tag", `__attribute__((btf_decl_tag("a \\"tag\\""))) /* on type 1, component 2 */`],
    ["pointer", "int *"],
  ])("%s", (name, text) => {
    expect(formatDefinition(btf, ids[name])).toBe(text);
  });

  test("a section", () => {
    expect(formatDefinition(btf, section)).toBe("/* section .data */\n__u8 v;");
    expect(formatDefinition(btf, section, { offsets: true })).toBe("/* section .data */\n__u8 v; /* 4 1 */");
  });

  test("with offsets, holes and padding", () => {
    expect(formatDefinition(btf, ids.struct, { offsets: true })).toBe(
      [
        "struct s {",
        "\tchar first; /* 0 1 */",
        "\t/* 3 bytes hole */",
        "\tunion {",
        "\t\tint whole; /* 4 4 */",
        "\t\t__u8 bytes[4]; /* 4 4 */",
        "\t}; /* 4 4 */",
        "\tunion {",
        "\t\tint whole; /* 8 4 */",
        "\t\t__u8 bytes[4]; /* 8 4 */",
        "\t} named; /* 8 4 */",
        "\tint low:3; /* 12:0 4 */",
        "\tint :2; /* 12:3 4 */",
        "\t/* 3 bytes 3 bits hole */",
        "\tint (*call)(char a); /* 16 8 */",
        "}; /* size: 24 */",
      ].join("\n"),
    );
  });
});

describe("types without end", () => {
  test.each<[what: string, make: (builder: BtfBuilder) => number]>([
    ["a pointer to itself", (builder) => builder.ref("PTR", 1)],
    ["a qualifier of itself", (builder) => builder.ref("CONST", 1)],
    ["an array of itself", (builder) => builder.array(1, 2)],
    ["a function that returns itself", (builder) => builder.proto(1, [])],
    ["a function that takes itself", (builder) => builder.proto(0, [["", 1]])],
    ["a struct in itself", (builder) => builder.composite("STRUCT", "", 4, [{ name: "", type: 1, bits: 0 }])],
    [
      "a tree of 40 levels, each twice in the next",
      (builder) => {
        let id = 0;
        for (let level = 0; level < 40; level++) {
          id = builder.proto(0, [
            ["", id],
            ["", id],
          ]);
        }
        return id;
      },
    ],
  ])("%s", (_what, make) => {
    const builder = new BtfBuilder();
    const id = make(builder);
    const btf = builder.parse();
    expect(() => formatDefinition(btf, id)).toThrow(BtfParseError);
    expect(() => formatDefinition(btf, id)).toThrow(/nested deeper|too long/u);
    expect(() => formatDefinition(btf, id, { offsets: true })).toThrow(BtfParseError);
  });
});
