/**
 * Small inputs that describe endless work. Each must be answered in time that grows with the input and not with what
 * it describes; what exceeds that by its nature does not end within the test's timeout, or runs out of memory.
 */
import { describe, expect, test } from "vitest";
import {
  alignOf,
  BtfParseError,
  formatDefinition,
  layoutOf,
  parseBtf,
  parseElf,
  parseObject,
  sizeOf,
} from "tinybpf-btf";
import { BtfBuilder, type StructMember } from "./btf-builder.ts";
import { buildElf } from "./elf-builder.ts";
import { readFixture } from "./fixtures.ts";

const MANY = 60_000;

function members(count: number, type: number): StructMember[] {
  return Array.from({ length: count }, (_, index) => ({ name: "m", type, bits: index % 8 }));
}

describe("types", () => {
  test("structs that contain each other many times, at many levels", () => {
    const builder = new BtfBuilder();
    let id = builder.int("char", 1);
    for (let level = 0; level < 200; level++) {
      id = builder.composite(
        "UNION",
        "",
        1,
        Array.from({ length: 100 }, () => ({ name: "m", type: id, bits: 0 })),
      );
    }
    const btf = builder.parse();
    expect(alignOf(btf, id)).toBe(1);
    expect(layoutOf(btf, id).fields.length).toBe(100);
    expect(() => formatDefinition(btf, id)).toThrow(BtfParseError);
  });

  test("a struct of many members, each of a struct of many members", () => {
    const builder = new BtfBuilder();
    const char = builder.int("char", 1);
    const inner = builder.composite("STRUCT", "inner", 1, members(MANY, builder.array(char, 0)));
    const outer = builder.composite("STRUCT", "outer", 1, members(MANY, inner));
    const btf = builder.parse();
    expect(alignOf(btf, outer)).toBe(1);
    expect(sizeOf(btf, outer)).toBe(1);
    expect(() => layoutOf(btf, outer)).toThrow(/reaches beyond/u);
    expect(formatDefinition(btf, outer).length).toBeGreaterThan(MANY);
  });

  test("a struct of half a gigabyte with one member, most of it to be filled", () => {
    const builder = new BtfBuilder();
    const char = builder.int("char", 1);
    const struct = builder.composite("STRUCT", "s", 0x2000_0000, [{ name: "m", type: char, bits: 0 }]);
    const btf = builder.parse();
    expect(layoutOf(btf, struct).padding).toBe(0x1fff_ffff);
    expect(() => formatDefinition(btf, struct)).toThrow(/too long/u);
  });

  test("nesting deeper than any call stack", () => {
    const builder = new BtfBuilder();
    let id = builder.int("int", 4);
    for (let level = 0; level < MANY; level++) {
      id = builder.composite("STRUCT", "", 4, [{ name: "m", type: id, bits: 0 }]);
    }
    const btf = builder.parse();
    expect(alignOf(btf, id)).toBe(4);
    expect(() => formatDefinition(btf, id)).toThrow(/nested deeper/u);
  });

  test("a circle through many structs", () => {
    const builder = new BtfBuilder();
    for (let level = 0; level < MANY; level++) {
      builder.composite("STRUCT", "", 4, [{ name: "m", type: ((level + 1) % MANY) + 1, bits: 0 }]);
    }
    const btf = builder.parse();
    expect(() => alignOf(btf, 1)).toThrow(/contains itself/u);
  });

  test("chains of typedefs, pointers and arrays", () => {
    const builder = new BtfBuilder();
    let id = 0;
    for (let level = 0; level < MANY; level++) id = builder.ref("PTR", id);
    const typedef = builder.ref("TYPEDEF", builder.typeCount + 1, "t");
    for (let level = 1; level < MANY; level++) builder.ref("TYPEDEF", typedef + level + 1, "t");
    builder.int("int", 4);
    const btf = builder.parse();
    expect(() => formatDefinition(btf, id)).toThrow(/nested deeper/u);
    for (let level = 0; level < MANY - 40; level += 100) {
      expect(() => btf.resolve(typedef + level)).toThrow(/more than 32/u);
    }
  });

  test("many types of one long name, and of all its tails", () => {
    const long = "x".repeat(0xfff0);
    const builder = new BtfBuilder();
    const at = builder.string(long);
    for (let index = 0; index < 0xfff0; index++) builder.add({ kind: "FWD", name: at + index });
    for (let index = 0; index < 1000; index++) builder.add({ kind: "FWD", name: at });
    const btf = builder.parse();
    expect(btf.find(long)?.id).toBe(1);
    expect(btf.findAll(long).length).toBe(1001);
    expect(btf.find("x")?.id).toBe(0xfff0);
    expect(btf.find(`${long}x`)).toBeUndefined();
  });

  test("strings beyond ASCII that overlap", () => {
    const text = "é".repeat(0x7f00);
    const builder = new BtfBuilder();
    const at = builder.string(text);
    for (let index = 0; index < 2000; index++) builder.add({ kind: "FWD", name: at + index * 2 });
    const btf = builder.parse();
    expect(btf.type(1).name).toBe(text);
    expect(btf.type(1).name).toBe(text);
    expect(() => Array.from(btf.types())).toThrow(/overlap too often/u);
  });

  test("a list that says it is longer than the section", () => {
    const builder = new BtfBuilder();
    for (let index = 0; index < 1000; index++) builder.ref("PTR", 0);
    const bytes = builder.bytes();
    // The last record becomes a struct of 65535 members.
    new DataView(bytes.buffer).setUint32(24 + 999 * 12 + 4, (4 << 24) | 0xffff, true);
    expect(() => parseBtf(bytes)).toThrow(/STRUCT with vlen 65535 reaches beyond/u);
  });
});

describe("objects", () => {
  test("many maps of one big struct", () => {
    const builder = new BtfBuilder();
    const uint = builder.ref("PTR", builder.array(builder.int("int", 4), 1));
    const struct = builder.composite("STRUCT", "", 8, [{ name: "type", type: uint, bits: 0 }]);
    const infos = Array.from({ length: 5000 }, (_, index) => [
      builder.add({ kind: "VAR", name: `map${index}`, sizeOrType: struct, body: [1] }),
      index * 8,
      8,
    ]);
    builder.add({ kind: "DATASEC", name: ".maps", vlen: infos.length, body: infos.flat() });
    const object = parseObject(
      buildElf({
        sections: [
          { name: ".maps", flags: 3n, data: new Uint8Array(40_000) },
          { name: ".BTF", data: builder.bytes() },
        ],
        symbols: infos.map((_, index) => ({
          name: `map${index}`,
          value: index * 8,
          size: 8,
          section: ".maps",
        })),
      }),
    );
    expect(object.maps.length).toBe(5000);
  });

  test("many struct_ops variables of one big struct", () => {
    const builder = new BtfBuilder();
    const flexible = builder.array(builder.int("char", 1), 0);
    const struct = builder.composite("STRUCT", "ops", 8, members(MANY, flexible));
    const infos = Array.from({ length: MANY }, (_, index) => [
      builder.add({ kind: "VAR", name: `v${index}`, sizeOrType: struct, body: [0] }),
      index * 8,
      8,
    ]);
    builder.add({ kind: "DATASEC", name: ".struct_ops", vlen: infos.length, body: infos.flat() });
    const object = parseObject(
      buildElf({
        sections: [
          { name: ".struct_ops", flags: 3n, data: new Uint8Array(MANY * 8) },
          { name: ".BTF", data: builder.bytes() },
        ],
      }),
    );
    expect(object.structOps.length).toBe(MANY);
  });

  test("many variables, functions and symbols of one name", () => {
    const builder = new BtfBuilder();
    const int = builder.int("int", 4);
    for (let index = 0; index < MANY; index++) builder.add({ kind: "FWD", name: "same" });
    const infos = Array.from({ length: MANY }, (_, index) => [
      builder.add({ kind: "VAR", name: "same", sizeOrType: int, body: [0] }),
      index * 4,
      4,
    ]);
    builder.add({ kind: "DATASEC", name: ".data", vlen: infos.length, body: infos.flat() });
    const object = parseObject(
      buildElf({
        sections: [
          { name: ".data", flags: 3n, data: new Uint8Array(MANY * 4) },
          { name: "xdp", flags: 6n, data: new Uint8Array(8) },
          { name: ".BTF", data: builder.bytes() },
        ],
        symbols: Array.from({ length: MANY }, (_, index) => [
          { name: "same", section: ".data", type: 1, binding: 0, value: index * 4, size: 4 },
          { name: "same", section: "xdp", type: 2, size: 8 },
        ]).flat(),
      }),
    );
    expect(object.globals[0]?.variables.length).toBe(MANY);
    expect(object.programs.length).toBe(MANY);
  });

  test("gigabytes of .bss take none until they are asked for", () => {
    const bytes = buildElf({ sections: [{ name: ".bss", type: 8, flags: 3n, size: 2 ** 31 - 1 }] });
    const before = process.memoryUsage().arrayBuffers;
    const objects = Array.from({ length: 100 }, () => parseObject(bytes));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 26);
    expect(objects[0]?.globals[0]?.size).toBe(2 ** 31 - 1);
  });
});

test("a section of type SHT_NULL has no bytes, whatever size it claims", () => {
  const bytes = readFixture("arena.bpf.o");
  const view = new DataView(bytes.buffer);
  const header = Number(view.getBigUint64(40, true));
  const index = parseElf(bytes).section(".addr_space.1")?.index ?? 0;
  view.setUint32(header + index * 64 + 4, 0, true);
  expect(() => parseObject(bytes)).toThrow("a section of type 0 has no bytes in the file");
});

test("a symbol's place and size can be added, or are refused", () => {
  const bytes = readFixture("maps_pinned.bpf.o");
  const view = new DataView(bytes.buffer);
  const { offset = 0 } = parseElf(bytes).sections.find(({ type }) => type === 2) ?? {};
  view.setBigUint64(offset + 24 + 8, 2n ** 53n - 1n, true);
  view.setBigUint64(offset + 24 + 16, 1n, true);
  expect(() => parseObject(bytes)).toThrow("is too big for a place or size");
});
