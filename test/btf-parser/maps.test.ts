/** Map definitions, good and bogus, and what becomes of them. */
import { describe, expect, test } from "vitest";
import {
  type BpfObject,
  BtfParseError,
  ElfParseError,
  type MapModel,
  mapTypeName,
  parseObject,
} from "tinybpf-btf";
import { BtfBuilder } from "./btf-builder.ts";
import { buildElf } from "./elf-builder.ts";
import { FIXTURES, readFixture } from "./fixtures.ts";

/** Types and macros of a map definition (bpf_helpers.h). */
class Definition {
  readonly builder = new BtfBuilder();
  readonly int: number = this.builder.int("int", 4, 1);
  readonly long: number = this.builder.int("long", 8, 1);
  /** `__uint(name, value)` */
  uint(value: number): number {
    return this.builder.ref("PTR", this.builder.array(this.int, value));
  }
  /** `__type(name, T)` */
  type(id: number): number {
    return this.builder.ref("PTR", id);
  }
  /** `__array(name, T)` */
  array(id: number): number {
    return this.builder.array(this.builder.ref("PTR", id), 0, this.int);
  }
  /** `__ulong(name, value)` */
  ulong(value: bigint): number {
    const low = Number(value & 0xffff_ffffn);
    const high = Number(value >> 32n);
    return this.builder.add({ kind: "ENUM64", sizeOrType: 8, vlen: 1, body: ["__unique", low, high] });
  }
  struct(members: { readonly [name: string]: number }): number {
    const entries = Object.entries(members);
    return this.builder.composite(
      "STRUCT",
      "",
      entries.length * 8,
      entries.map(([name, type], index) => ({ name, type, bits: index * 64 })),
    );
  }
}

type Make = (definition: Definition) => number;

/** An object with one map `m`, whose variable is of the type that `make` makes. */
function object(make: Make): BpfObject {
  const definition = new Definition();
  const { builder } = definition;
  const variable = builder.add({ kind: "VAR", name: "m", sizeOrType: make(definition), body: [1] });
  builder.add({ kind: "DATASEC", name: ".maps", vlen: 1, body: [variable, 0, 64] });
  return parseObject(
    buildElf({
      sections: [
        { name: ".maps", flags: 3n, data: new Uint8Array(64) },
        { name: ".BTF", data: builder.bytes() },
      ],
      symbols: [{ name: "m", section: ".maps", type: 1, size: 64 }],
    }),
  );
}

function map(make: Make): MapModel {
  const [only] = object(make).maps;
  if (only === undefined) throw new Error("no map");
  return only;
}

describe("attributes", () => {
  test("all that a definition can say", () => {
    const model = map((d) =>
      d.struct({
        type: d.uint(1),
        max_entries: d.uint(0xffff_ffff),
        map_flags: d.uint(7),
        map_extra: d.uint(3),
        numa_node: d.uint(0),
        key: d.type(d.int),
        key_size: d.uint(4),
        value_size: d.uint(8),
        value: d.type(d.long),
        pinning: d.uint(1),
      }),
    );
    expect(model).toMatchObject({
      name: "m",
      type: 1,
      typeName: "hash",
      keySize: 4,
      keyType: 1,
      valueSize: 8,
      valueType: 2,
      maxEntries: 0xffff_ffff,
      mapFlags: 7,
      mapExtra: 3n,
      numaNode: 0,
      pinning: "by_name",
      inner: undefined,
      values: [],
      tags: [],
    });
  });

  test("what it does not say", () => {
    expect(map((d) => d.struct({ type: d.uint(27) }))).toMatchObject({
      typeName: "ringbuf",
      keySize: 0,
      keyType: undefined,
      valueSize: 0,
      valueType: undefined,
      maxEntries: 0,
      mapExtra: 0n,
      numaNode: undefined,
      pinning: "none",
    });
  });

  test.each([0n, 1n, 0x1_0000_0000n, 0xffff_ffff_ffff_ffffn])("__ulong of %s", (value) => {
    expect(map((d) => d.struct({ type: d.uint(1), map_extra: d.ulong(value) })).mapExtra).toBe(value);
  });

  test("inner maps", () => {
    const model = map((d) =>
      d.struct({
        type: d.uint(12),
        max_entries: d.uint(2),
        key: d.type(d.int),
        values: d.array(d.struct({ type: d.uint(1), key: d.type(d.int), value: d.type(d.long) })),
      }),
    );
    expect(model).toMatchObject({
      typeName: "array_of_maps",
      valueSize: 4,
      inner: {
        name: "m.inner",
        typeName: "hash",
        keySize: 4,
        valueSize: 8,
        variable: undefined,
        inner: undefined,
      },
    });
  });

  test("program arrays", () => {
    const model = map((d) =>
      d.struct({ type: d.uint(3), key_size: d.uint(4), values: d.array(d.builder.proto(d.int, [])) }),
    );
    expect(model).toMatchObject({ typeName: "prog_array", valueSize: 4, inner: undefined });
  });

  test("names of map types", () => {
    expect([0, 1, 27, 33, 34].map(mapTypeName)).toEqual(["unspec", "hash", "ringbuf", "arena", "insn_array"]);
    expect(mapTypeName(99)).toBe("type_99");
    expect(map((d) => d.struct({ type: d.uint(99) })).typeName).toBe("type_99");
  });
});

describe("bogus definitions", () => {
  test.each<[message: string, make: Make]>([
    ["map m: its definition is no struct but INT", (d) => d.int],
    ["map m: no type", (d) => d.struct({ max_entries: d.uint(1) })],
    ["map m: unknown attribute size", (d) => d.struct({ type: d.uint(1), size: d.uint(1) })],
    ["map m: attribute 0 has no name", (d) => d.struct({ "": d.uint(1) })],
    [
      "map m: attribute type comes twice",
      (d) => {
        const one = d.uint(1);
        return d.builder.composite("STRUCT", "", 16, [
          { name: "type", type: one, bits: 0 },
          { name: "type", type: one, bits: 64 },
        ]);
      },
    ],
    ["map m: attribute type is no number; write it with __uint()", (d) => d.struct({ type: d.int })],
    ["map m: attribute type is no number; write it with __uint()", (d) => d.struct({ type: d.type(d.int) })],
    [
      "map m: attribute key is no type; write it with __type()",
      (d) => d.struct({ type: d.uint(1), key: d.int }),
    ],
    [
      "map m: attribute value is a type without a size",
      (d) => d.struct({ type: d.uint(1), value: d.type(0) }),
    ],
    [
      "map m: attribute key_size says that keys have 8 bytes, another one 4",
      (d) => d.struct({ type: d.uint(1), key: d.type(d.int), key_size: d.uint(8) }),
    ],
    [
      "map m: attribute value says that values have 8 bytes, another one 4",
      (d) => d.struct({ type: d.uint(1), value_size: d.uint(4), value: d.type(d.long) }),
    ],
    [
      "map m: attribute pinning has the unknown value 2",
      (d) => d.struct({ type: d.uint(1), pinning: d.uint(2) }),
    ],
    [
      "map m: attribute map_extra is an enum of other than one value; write it with __ulong()",
      (d) =>
        d.struct({ type: d.uint(1), map_extra: d.builder.add({ kind: "ENUM", sizeOrType: 4, vlen: 0 }) }),
    ],
    [
      "map m: attribute values is for maps of maps and program arrays, and must follow type",
      (d) => d.struct({ type: d.uint(1), values: d.array(d.int) }),
    ],
    [
      "map m: attribute values must be the last one",
      (d) => d.struct({ type: d.uint(12), values: d.array(d.int), max_entries: d.uint(1) }),
    ],
    [
      "map m: attribute values is no array; write it with __array()",
      (d) => d.struct({ type: d.uint(12), values: d.type(d.int) }),
    ],
    [
      "map m: attribute values must be of map definitions",
      (d) => d.struct({ type: d.uint(12), values: d.array(d.int) }),
    ],
    [
      "map m: attribute values must be of functions",
      (d) => d.struct({ type: d.uint(3), values: d.array(d.int) }),
    ],
    [
      "map m.inner: no type",
      (d) => d.struct({ type: d.uint(13), values: d.array(d.struct({ max_entries: d.uint(1) })) }),
    ],
    [
      "map m.inner: attribute pinning is not possible for an inner map",
      (d) =>
        d.struct({ type: d.uint(13), values: d.array(d.struct({ type: d.uint(1), pinning: d.uint(1) })) }),
    ],
    [
      "map m.inner: attribute values makes a map of maps of maps, which the kernel has not",
      (d) =>
        d.struct({
          type: d.uint(13),
          values: d.array(
            d.struct({
              type: d.uint(13),
              values: d.array(d.struct({ type: d.uint(1), max_entries: d.uint(1) })),
            }),
          ),
        }),
    ],
  ])("%s", (message, make) => {
    expect(() => object(make)).toThrow(BtfParseError);
    expect(() => object(make)).toThrow(new RegExp(`: ${escape(message)}$`, "u"));
  });

  test("legacy definitions", () => {
    const bytes = buildElf({ sections: [{ name: "maps", data: new Uint8Array(20) }] });
    expect(() => parseObject(bytes)).toThrow(ElfParseError);
    expect(() => parseObject(bytes)).toThrow(/legacy map definitions.*SEC\("\.maps"\)/u);
  });
});

function escape(text: string): string {
  return text.replaceAll(/[\^$.*+?()[\]{}|\\]/gu, String.raw`\$&`);
}

function fixture(name: string): BpfObject {
  return parseObject(readFixture(name));
}

function named(name: string, { maps }: BpfObject): MapModel | undefined {
  return maps.find((model) => model.name === name);
}

describe("of compiled objects", () => {
  test("initial values of maps of maps and program arrays", () => {
    const maps = fixture("map_in_map.bpf.o");
    expect(named("outer_array", maps)).toMatchObject({
      typeName: "array_of_maps",
      values: [
        { index: 0, symbol: "inner_a" },
        { index: 2, symbol: "inner_b" },
      ],
      inner: { typeName: "array", maxEntries: 4 },
    });
    expect(named("tails", maps)?.values).toEqual([
      { index: 0, symbol: "tail_one" },
      { index: 2, symbol: "tail_two" },
    ]);
    expect(named("empty_tails", maps)?.values).toEqual([]);
  });

  test("tags", () => {
    expect(named("events", fixture("tags.bpf.o"))?.tags).toEqual(["tinybpf:event=user_event"]);
  });

  test("64-bit attributes", () => {
    expect(fixture("maps_ulong.bpf.o").maps.some((model) => model.mapExtra > 0xffff_ffffn)).toBe(true);
  });

  test("every map is a VAR of .maps with the sizes of its types", () => {
    for (const name of FIXTURES) {
      const { btf, maps } = fixture(name);
      for (const model of maps) {
        expect(btf?.type(model.variable ?? 0)).toMatchObject({ kind: "VAR", name: model.name });
      }
    }
  });
});
