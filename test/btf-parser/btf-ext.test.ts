import { describe, expect, test } from "vitest";
import { type Btf, BtfParseError, parseBtfExt, parseObject } from "tinybpf-btf";
import { BtfBuilder } from "./btf-builder.ts";
import { readFixture } from "./fixtures.ts";

interface Ext {
  readonly btf: Btf;
  readonly bytes: Uint8Array;
}

interface Options {
  readonly byteOrder?: "little" | "big";
  readonly headerLength?: number;
  /** Bytes that each record is longer than known. */
  readonly extra?: number;
  readonly words?: (
    strings: (text: string) => number,
  ) => readonly [func: number[], line: number[], core: number[]];
}

/** A section with two parts of one record each, unless told otherwise. */
function build({ byteOrder = "little", headerLength = 32, extra = 0, words }: Options = {}): Ext {
  const builder = new BtfBuilder({ byteOrder });
  const int = builder.int("int", 4);
  const string = (text: string): number => builder.string(text);
  const rest = Array.from({ length: extra / 4 }, () => 0xffff_ffff);
  const parts = words?.(string) ?? [
    [8 + extra, string("xdp"), 1, 0, int, ...rest],
    [16 + extra, string("xdp"), 1, 8, string("a.c"), string("return 0;"), (12 << 10) | 3, ...rest],
    [16 + extra, string("xdp"), 2, 16, int, string("0:1"), 0, ...rest, 24, int, string("0"), 99, ...rest],
  ];
  const btf = builder.parse();
  const sizes = parts.map((part) => part.length * 4);
  const bytes = new Uint8Array(headerLength + sizes.reduce((sum, size) => sum + size, 0)).fill(0xee);
  const view = new DataView(bytes.buffer);
  const little = byteOrder === "little";
  view.setUint16(0, 0xeb9f, little);
  view.setUint8(2, 1);
  view.setUint32(4, headerLength, little);
  let offset = 0;
  for (const [index, part] of parts.entries()) {
    if (8 + index * 8 < headerLength) {
      view.setUint32(8 + index * 8, offset, little);
      view.setUint32(12 + index * 8, sizes[index] ?? 0, little);
    }
    for (const word of part) {
      view.setUint32(headerLength + offset, word, little);
      offset += 4;
    }
  }
  return { btf, bytes };
}

describe("records", () => {
  test.each<Options>([
    {},
    { byteOrder: "big" },
    { headerLength: 40 },
    { extra: 8 },
    { byteOrder: "big", headerLength: 64, extra: 4 },
  ])("%o", (options) => {
    const { btf, bytes } = build(options);
    const ext = parseBtfExt(bytes, btf);
    const [func] = ext.funcInfo;
    expect(ext.funcInfo.length).toBe(1);
    expect(func).toMatchObject({ section: "xdp", length: 1 });
    expect([...(func ?? [])]).toEqual([{ insnOffset: 0, type: 1 }]);
    const [line] = ext.lineInfo;
    expect([...(line ?? [])]).toEqual([
      { insnOffset: 8, file: "a.c", text: "return 0;", line: 12, column: 3 },
    ]);
    const [core] = ext.coreRelos;
    expect([...(core ?? [])]).toEqual([
      { insnOffset: 16, type: 1, access: "0:1", kind: "field_byte_offset", kindNumber: 0 },
      { insnOffset: 24, type: 1, access: "0", kind: undefined, kindNumber: 99 },
    ]);
    expect(core?.at(1)?.insnOffset).toBe(24);
    expect(core?.at(2)).toBeUndefined();
    expect(core?.at(-1)).toBeUndefined();
    expect(core?.at(0.5)).toBeUndefined();
  });

  test("a header from before CO-RE has none", () => {
    const { btf, bytes } = build({ headerLength: 24 });
    expect(parseBtfExt(bytes, btf).coreRelos).toEqual([]);
    expect(parseBtfExt(bytes, btf).lineInfo.length).toBe(1);
  });
});

/** A first part of these words and nothing else. */
function onlyFirstPart(...words: number[]): () => readonly [number[], number[], number[]] {
  return () => [words, [], []];
}

describe("bogus sections", () => {
  test.each<[what: string, options: Options, message: RegExp]>([
    [
      "records too short",
      { words: onlyFirstPart(4, 0, 1, 0) },
      /^\.BTF\.ext: byte 32: func_info records of 4 bytes$/u,
    ],
    ["records of odd length", { words: onlyFirstPart(9, 0, 1, 0, 0) }, /func_info records of 9 bytes/u],
    [
      "a section's header cut",
      { words: onlyFirstPart(8, 0) },
      /byte 36: func_info ends in the header of a section/u,
    ],
    [
      "too many records",
      { words: onlyFirstPart(8, 0, 0xffff_ffff, 0, 0) },
      /func_info has 4294967295 records where 8 bytes/u,
    ],
    [
      "a type that is not there",
      { words: onlyFirstPart(8, 0, 1, 0, 2) },
      /byte 48: refers to type 2, but ids end at 1/u,
    ],
    [
      "a section name that is not there",
      { words: onlyFirstPart(8, 9999, 1, 0, 1) },
      /byte 36: string 9999 does not exist/u,
    ],
    [
      "a line's file that is not there",
      { words: () => [[], [16, 0, 1, 0, 9999, 0, 0], []] },
      /byte 48: string 9999 does not exist/u,
    ],
    [
      "an access that is not there",
      { words: () => [[], [], [16, 0, 1, 0, 1, 9999, 0]] },
      /byte 52: string 9999 does not exist/u,
    ],
  ])("%s", (_what, options, message) => {
    const { btf, bytes } = build(options);
    expect(() => parseBtfExt(bytes, btf)).toThrow(BtfParseError);
    expect(() => parseBtfExt(bytes, btf)).toThrow(message);
  });

  test.each<[what: string, change: (bytes: Uint8Array) => Uint8Array, message: RegExp]>([
    ["nothing", () => new Uint8Array(), /byte 0: too short/u],
    ["no magic", (bytes) => bytes.fill(0, 0, 2), /byte 0: no BTF magic number/u],
    ["a cut header", (bytes) => bytes.subarray(0, 20), /byte 20: the header is cut at 20 bytes/u],
    ["version", (bytes) => bytes.fill(2, 2, 3), /byte 2: version 2 is not known/u],
    ["hdr_len", (bytes) => bytes.fill(8, 4, 5), /byte 4: a header of 8 bytes/u],
    ["an offset", (bytes) => bytes.fill(0xff, 16, 20), /byte 16: line_info .* reaches beyond the section/u],
    ["a length", (bytes) => bytes.fill(0xff, 28, 32), /byte 24: core_relo .* reaches beyond the section/u],
    [
      "a length without a record size",
      (bytes) => bytes.fill(0, 13, 16).fill(2, 12, 13),
      /func_info of 2 bytes has no/u,
    ],
  ])("%s", (_what, change, message) => {
    const { btf, bytes } = build();
    expect(() => parseBtfExt(change(bytes), btf)).toThrow(BtfParseError);
    expect(() => parseBtfExt(change(bytes), btf)).toThrow(message);
  });
});

describe("of a compiled object", () => {
  const { btf, btfExt, elf } = parseObject(readFixture("core.bpf.o"));

  test("functions are FUNCs at instructions of their section", () => {
    expect(btfExt?.funcInfo.length).toBeGreaterThan(0);
    for (const section of btfExt?.funcInfo ?? []) {
      const size = elf.section(section.section)?.size ?? 0;
      for (const record of section) {
        expect(btf?.type(record.type).kind).toBe("FUNC");
        expect(record.insnOffset).toBeLessThan(size);
        expect(record.insnOffset % 8).toBe(0);
      }
    }
  });

  test("lines name the source and its text", () => {
    const records = (btfExt?.lineInfo ?? []).flatMap((section) => Array.from(section));
    expect(records.length).toBeGreaterThan(5);
    expect(new Set(records.map((record) => record.file))).toContain("./core.bpf.c");
    for (const record of records) expect(record.line).toBeGreaterThan(0);
  });

  test("CO-RE relocations have kinds and access strings", () => {
    const records = (btfExt?.coreRelos ?? []).flatMap((section) => Array.from(section));
    expect(records.length).toBeGreaterThan(3);
    for (const record of records) {
      expect(record.kind).toBeDefined();
      expect(record.access).toMatch(/^\d+(?::\d+)*$/u);
    }
  });
});
