/** A bogus section or type, and the error it must get. */
import { describe, expect, test } from "vitest";
import { BtfParseError, parseBtf } from "tinybpf-btf";
import { BtfBuilder, type Record } from "./btf-builder.ts";

function errorOf(bytes: Uint8Array): BtfParseError {
  try {
    parseBtf(bytes);
  } catch (error) {
    if (error instanceof BtfParseError) return error;
    throw error;
  }
  throw new Error("parsed without an error");
}

/** The valid section that the cases below break: one int, and strings `\0int\0`. */
function valid(): { readonly bytes: Uint8Array; readonly view: DataView } {
  const builder = new BtfBuilder();
  builder.int("int", 4);
  const bytes = builder.bytes();
  return { bytes, view: new DataView(bytes.buffer) };
}

type Break = (input: { readonly bytes: Uint8Array; readonly view: DataView }) => Uint8Array | void;

describe("bogus sections", () => {
  test.each<[what: string, breakIt: Break, message: string]>([
    ["nothing", () => new Uint8Array(0), ".BTF: byte 0: too short for a BTF header"],
    ["no magic", ({ bytes }) => void bytes.fill(0, 0, 2), ".BTF: byte 0: no BTF magic number"],
    ["cut header", ({ bytes }) => bytes.subarray(0, 20), ".BTF: byte 20: the header is cut at 20 bytes"],
    ["version", ({ bytes }) => void (bytes[2] = 9), ".BTF: byte 2: version 9 is not known"],
    ["hdr_len short", ({ view }) => view.setUint32(4, 8, true), ".BTF: byte 4: a header of 8 bytes in 45"],
    ["hdr_len long", ({ view }) => view.setUint32(4, 46, true), ".BTF: byte 4: a header of 46 bytes in 45"],
    [
      "type_off",
      ({ view }) => view.setUint32(8, 0xffff_ffff, true),
      ".BTF: byte 8: the types (16 bytes at 4294967319) reach beyond the 45 of the section",
    ],
    [
      "type_len",
      ({ view }) => view.setUint32(12, 22, true),
      ".BTF: byte 8: the types (22 bytes at 24) reach beyond the 45 of the section",
    ],
    [
      "type_len no multiple of 4",
      ({ view }) => view.setUint32(12, 14, true),
      ".BTF: byte 12: 14 bytes of types, no multiple of 4",
    ],
    ["cut record", ({ view }) => view.setUint32(12, 8, true), ".BTF: type 1: byte 24: the record is cut"],
    [
      "cut body",
      ({ view }) => view.setUint32(12, 12, true),
      ".BTF: type 1: byte 24: INT with vlen 0 reaches beyond the type section",
    ],
    [
      "str_len",
      ({ view }) => view.setUint32(20, 6, true),
      ".BTF: byte 16: the strings (6 bytes at 40) reach beyond the 45 of the section",
    ],
    [
      "strings without end",
      ({ view }) => view.setUint32(20, 4, true),
      ".BTF: byte 43: the string table does not end with a NUL",
    ],
    [
      "strings without the empty one",
      ({ bytes }) => void (bytes[40] = 0x41),
      ".BTF: byte 40: the strings do not start with an empty one",
    ],
    ["no strings", ({ view }) => view.setUint32(20, 0, true), "the strings do not start with an empty one"],
  ])("%s", (_what, breakIt, message) => {
    const input = valid();
    expect(errorOf(breakIt(input) ?? input.bytes).message).toContain(message);
  });

  test("a string that is too long", () => {
    const builder = new BtfBuilder();
    builder.string("x".repeat(0xffff));
    expect(() => builder.parse()).not.toThrow();
    builder.string("y".repeat(0x10000));
    expect(errorOf(builder.bytes()).message).toMatch(/a string is longer than 65535 bytes/u);
  });
});

describe("bogus types", () => {
  // Each comes after `1: int`, `2: int (void)`, so it is type 3 at byte 24 + 16 + 12.
  test.each<[what: string, record: Record, message: string, offset: number]>([
    ["kind 0", { kind: 0 }, "kind 0 is not known", 52],
    ["kind 20", { kind: 20 }, "kind 20 is not known", 52],
    ["kind 31", { kind: 31 }, "kind 31 is not known", 52],
    [
      "name",
      { kind: "PTR", name: 0x7fff_ffff, sizeOrType: 1 },
      "PTR: name at 2147483647, beyond the 5 bytes of strings",
      52,
    ],
    ["PTR to nothing", { kind: "PTR", sizeOrType: 4 }, "PTR: refers to type 4, but ids end at 3", 60],
    [
      "TYPEDEF of nothing",
      { kind: "TYPEDEF", sizeOrType: 0xffff_ffff },
      "TYPEDEF: refers to type 4294967295, but ids end at 3",
      60,
    ],
    [
      "INT of 3 bytes",
      { kind: "INT", sizeOrType: 3, body: [24] },
      "INT: size 3 is none of 1, 2, 4, 8, 16",
      60,
    ],
    [
      "INT of 0 bytes",
      { kind: "INT", sizeOrType: 0, body: [0] },
      "INT: size 0 is none of 1, 2, 4, 8, 16",
      60,
    ],
    [
      "INT of too many bits",
      { kind: "INT", sizeOrType: 4, body: [33] },
      "INT: 33 bits at bit 0 do not fit in 4 bytes",
      64,
    ],
    [
      "INT beyond its end",
      { kind: "INT", sizeOrType: 4, body: [(4 << 16) | 29] },
      "INT: 29 bits at bit 4 do not fit in 4 bytes",
      64,
    ],
    [
      "INT without its word",
      { kind: "INT", sizeOrType: 4 },
      "INT with vlen 0 reaches beyond the type section",
      52,
    ],
    ["ARRAY of nothing", { kind: "ARRAY", body: [9, 1, 1] }, "ARRAY: refers to type 9, but ids end at 3", 64],
    [
      "ARRAY indexed by nothing",
      { kind: "ARRAY", body: [1, 9, 1] },
      "ARRAY: refers to type 9, but ids end at 3",
      68,
    ],
    [
      "STRUCT cut",
      { kind: "STRUCT", vlen: 2, body: [0, 1, 0] },
      "STRUCT with vlen 2 reaches beyond the type section",
      52,
    ],
    [
      "STRUCT of nothing",
      { kind: "STRUCT", vlen: 1, body: [0, 9, 0] },
      "STRUCT: refers to type 9, but ids end at 3",
      68,
    ],
    [
      "STRUCT member's name",
      { kind: "STRUCT", vlen: 1, body: [99, 1, 0] },
      "STRUCT: name at 99, beyond the 5 bytes of strings",
      64,
    ],
    [
      "UNION cut",
      { kind: "UNION", vlen: 65535 },
      "UNION with vlen 65535 reaches beyond the type section",
      52,
    ],
    [
      "ENUM of 0 bytes with a value",
      { kind: "ENUM", sizeOrType: 0, vlen: 1, body: [0, 0] },
      "ENUM: size 0 is none of 1, 2, 4, 8",
      60,
    ],
    [
      "ENUM64 of 0 bytes with a value",
      { kind: "ENUM64", sizeOrType: 0, vlen: 1, body: [0, 0, 0] },
      "ENUM64: size 0 is none of 1, 2, 4, 8",
      60,
    ],
    ["ENUM of 3 bytes", { kind: "ENUM", sizeOrType: 3 }, "ENUM: size 3 is none of 1, 2, 4, 8", 60],
    [
      "ENUM's name",
      { kind: "ENUM", sizeOrType: 4, vlen: 1, body: [99, 0] },
      "ENUM: name at 99, beyond the 5 bytes of strings",
      64,
    ],
    [
      "ENUM cut",
      { kind: "ENUM", sizeOrType: 4, vlen: 1 },
      "ENUM with vlen 1 reaches beyond the type section",
      52,
    ],
    ["ENUM64 of 16 bytes", { kind: "ENUM64", sizeOrType: 16 }, "ENUM64: size 16 is none of 1, 2, 4, 8", 60],
    [
      "ENUM64's name",
      { kind: "ENUM64", sizeOrType: 8, vlen: 1, body: [99, 0, 0] },
      "ENUM64: name at 99, beyond the 5 bytes of strings",
      64,
    ],
    ["FUNC of no function", { kind: "FUNC", sizeOrType: 1 }, "FUNC: type 1 is no FUNC_PROTO", 60],
    ["FUNC of nothing", { kind: "FUNC", sizeOrType: 9 }, "FUNC: refers to type 9, but ids end at 3", 60],
    ["FUNC's linkage", { kind: "FUNC", sizeOrType: 2, vlen: 3 }, "FUNC: linkage 3 is not known", 56],
    [
      "FUNC_PROTO's parameter",
      { kind: "FUNC_PROTO", vlen: 1, body: [0, 9] },
      "FUNC_PROTO: refers to type 9, but ids end at 3",
      68,
    ],
    [
      "FUNC_PROTO's result",
      { kind: "FUNC_PROTO", sizeOrType: 9 },
      "FUNC_PROTO: refers to type 9, but ids end at 3",
      60,
    ],
    ["VAR's linkage", { kind: "VAR", sizeOrType: 1, body: [3] }, "VAR: linkage 3 is not known", 64],
    [
      "VAR of nothing",
      { kind: "VAR", sizeOrType: 9, body: [0] },
      "VAR: refers to type 9, but ids end at 3",
      60,
    ],
    [
      "DATASEC of no variable",
      { kind: "DATASEC", vlen: 1, body: [1, 0, 4] },
      "DATASEC: type 1 is neither VAR nor FUNC",
      64,
    ],
    [
      "DATASEC of nothing",
      { kind: "DATASEC", vlen: 1, body: [9, 0, 4] },
      "DATASEC: refers to type 9, but ids end at 3",
      64,
    ],
    ["FLOAT of 3 bytes", { kind: "FLOAT", sizeOrType: 3 }, "FLOAT: size 3 is none of 2, 4, 8, 12, 16", 60],
    [
      "DECL_TAG's component",
      { kind: "DECL_TAG", sizeOrType: 1, body: [0xffff_fffe] },
      "DECL_TAG: component index -2",
      64,
    ],
    [
      "DECL_TAG of nothing",
      { kind: "DECL_TAG", sizeOrType: 9, body: [0] },
      "DECL_TAG: refers to type 9, but ids end at 3",
      60,
    ],
    [
      "TYPE_TAG of nothing",
      { kind: "TYPE_TAG", sizeOrType: 9 },
      "TYPE_TAG: refers to type 9, but ids end at 3",
      60,
    ],
  ])("%s", (_what, record, message, offset) => {
    const builder = new BtfBuilder();
    const int = builder.int("int", 4);
    builder.proto(int, []);
    builder.add(record);
    const error = errorOf(builder.bytes());
    expect(error.message).toBe(`.BTF: type 3: byte ${offset}: ${message}`);
    expect(error).toMatchObject({ name: "BtfParseError", section: ".BTF", typeId: 3, offset });
  });

  test.each([-1, 2, 1.5, Number.NaN, Infinity])("id %s is none", (id) => {
    const builder = new BtfBuilder();
    builder.int("int", 4);
    const btf = builder.parse();
    expect(() => btf.type(id)).toThrow(/there is no such type; ids end at 1/u);
    expect(() => btf.resolve(id)).toThrow(BtfParseError);
  });
});
