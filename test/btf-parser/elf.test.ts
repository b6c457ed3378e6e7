import { execFileSync } from "node:child_process";
import { beforeEach, describe, expect, test } from "vitest";
import { ElfParseError, parseElf } from "tinybpf-btf";
import { buildElf, type ElfSpec } from "./elf-builder.ts";
import { fixturePath, FIXTURES, readFixture } from "./fixtures.ts";
import { command, needs } from "./needs.ts";

const SPEC: ElfSpec = {
  sections: [
    { name: "xdp", flags: 6n, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), addralign: 8 },
    { name: ".bss", type: 8, flags: 3n, size: 1 << 20, addralign: 16 },
    { name: ".data", flags: 3n, data: new Uint8Array(16), entsize: 5 },
  ],
  symbols: [
    { name: "prog", section: "xdp", type: 2, size: 8 },
    { name: "local", section: ".data", type: 1, binding: 0, value: 4, size: 4 },
    { name: "weak", section: ".bss", type: 1, binding: 2, visibility: 2, value: 8 },
    { name: "missing", section: 0, visibility: 3 },
    { name: "absolute", section: 0xfff1, visibility: 1 },
    { name: "common", section: 0xfff2, type: 5, binding: 10 },
    { name: "odd", section: 0xff01, type: 13 },
    { name: "", section: ".data", type: 3, binding: 0 },
  ],
};

describe.each(["little", "big"] as const)("%s endian", (byteOrder) => {
  const elf = parseElf(buildElf({ ...SPEC, byteOrder }));

  test("header", () => {
    expect(elf).toMatchObject({ class: 64, byteOrder, type: 1, machine: 247, flags: 0 });
  });

  test("sections, with alignment and entry size from where ELF64 has them", () => {
    expect(elf.sections.map(({ name, type, size }) => [name, type, size])).toEqual([
      ["", 0, 0],
      ["xdp", 1, 8],
      [".bss", 8, 1 << 20],
      [".data", 1, 16],
      [".strtab", 3, 45],
      [".symtab", 2, 216],
      [".shstrtab", 3, 42],
    ]);
    expect(elf.section("xdp")).toMatchObject({ index: 1, flags: 6, addralign: 8, entsize: 0 });
    expect(elf.section(".data")).toMatchObject({ addralign: 1, entsize: 5 });
    expect(elf.section("nothing")).toBeUndefined();
  });

  test("a section's bytes are its own, and .bss has none", () => {
    expect([...(elf.section("xdp")?.data ?? [])]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(elf.section(".bss")?.data.length).toBe(0);
  });

  test("symbols", () => {
    expect(elf.symbols).toMatchObject([
      { name: "", sectionIndex: "undef", type: "notype", binding: "local", visibility: "default" },
      { name: "prog", sectionIndex: 1, type: "func", binding: "global", size: 8, value: 0 },
      { name: "local", sectionIndex: 3, type: "object", binding: "local", value: 4, size: 4 },
      { name: "weak", sectionIndex: 2, type: "object", binding: "weak", visibility: "hidden", value: 8 },
      { name: "missing", sectionIndex: "undef", visibility: "protected" },
      { name: "absolute", sectionIndex: "abs", visibility: "internal" },
      { name: "common", sectionIndex: "common", type: "common", binding: "other" },
      { name: "odd", sectionIndex: "reserved", type: "other" },
      { name: "", sectionIndex: 3, type: "section" },
    ]);
    expect(elf.symbolsIn(3).map((symbol) => symbol.name)).toEqual(["local", ""]);
    expect(elf.symbolsIn(99)).toEqual([]);
  });
});

test("any machine", () => {
  expect(parseElf(buildElf({ machine: 62 })).machine).toBe(62);
  expect(parseElf(buildElf({ machine: 0xfeed })).machine).toBe(0xfeed);
});

test("a file without symbols has none", () => {
  expect(parseElf(buildElf({})).symbols).toEqual([]);
});

test("counts and section indexes too big for their fields", () => {
  const elf = parseElf(buildElf({ ...SPEC, extended: true, symbols: SPEC.symbols?.slice(0, 3) ?? [] }));
  expect(elf.section("xdp")?.size).toBe(8);
  expect(elf.symbols.map((symbol) => symbol.sectionIndex)).toEqual(["undef", 1, 3, 2]);
});

/** The file with a relocation table. */
function table(name: string, type: number, data: Uint8Array, info: string): ElfSpec {
  return { ...SPEC, sections: [...(SPEC.sections ?? []), { name, type, data, info }] };
}

function relocations(spec: ElfSpec, section: string): unknown {
  const elf = parseElf(buildElf(spec));
  const target = elf.section(section);
  return target === undefined ? undefined : elf.relocations(target);
}

describe("relocations", () => {
  const rel = new Uint8Array(32);
  new DataView(rel.buffer).setBigUint64(0, 8n, true);
  new DataView(rel.buffer).setBigUint64(8, (2n << 32n) | 1n, true);
  new DataView(rel.buffer).setBigUint64(24, (1n << 32n) | 10n, true);
  const rela = new Uint8Array(24);
  new DataView(rela.buffer).setBigUint64(8, (1n << 32n) | 2n, true);
  new DataView(rela.buffer).setBigInt64(16, -5n, true);
  test("with the addend in the section", () => {
    expect(relocations(table(".rel.data", 9, rel, ".data"), ".data")).toEqual([
      { offset: 8, symbol: 2, type: 1, addend: undefined },
      { offset: 0, symbol: 1, type: 10, addend: undefined },
    ]);
    expect(relocations(table(".rel.data", 9, rel, ".data"), "xdp")).toEqual([]);
  });

  test("with the addend in the table", () => {
    expect(relocations(table(".rela.data", 4, rela, ".data"), ".data")).toEqual([
      { offset: 0, symbol: 1, type: 2, addend: -5n },
    ]);
  });

  test.each<[what: string, spec: ElfSpec, section: string, message: string]>([
    [
      "outside of the section",
      table(".rel.x", 9, rel, "xdp"),
      "xdp",
      ".rel.x: byte 0: relocates byte 8 of the 8 of xdp",
    ],
    [
      "a symbol that is not there",
      table(".rel.x", 9, Uint8Array.from(rel).fill(0xff, 12, 16), ".data"),
      ".data",
      ".rel.x: byte 8: names symbol 4294967295 of 9",
    ],
    [
      "a cut table",
      table(".rel.x", 9, rel.subarray(0, 30), ".data"),
      ".data",
      ".rel.x: 30 bytes are no whole number of relocations",
    ],
  ])("%s", (_what, spec, section, message) => {
    expect(() => relocations(spec, section)).toThrow(message);
  });
});

function valid(): Uint8Array {
  return buildElf(SPEC);
}

describe("bogus files", () => {
  const sectionTable = Number(new DataView(valid().buffer).getBigUint64(40, true));
  const change = (at: number, ...values: number[]): Uint8Array => {
    const bytes = valid();
    bytes.set(values, at);
    return bytes;
  };
  const word = (at: number, value: bigint): Uint8Array => {
    const bytes = valid();
    new DataView(bytes.buffer).setBigUint64(at, value, true);
    return bytes;
  };
  test.each<[what: string, bytes: Uint8Array, message: RegExp]>([
    ["nothing", new Uint8Array(0), /^byte 0: not an ELF file$/u],
    ["another file", new Uint8Array(100), /^byte 0: not an ELF file$/u],
    ["a cut header", valid().subarray(0, 63), /^byte 63: the ELF header is cut at 63 of 64 bytes$/u],
    ["32 bits", change(4, 1), /^byte 4: a 32-bit ELF file; BPF objects are 64-bit$/u],
    ["class 3", change(4, 3), /^byte 4: unknown ELF class 3$/u],
    ["byte order 0", change(5, 0), /^byte 5: unknown byte order 0$/u],
    ["no section table", word(40, 0n), /^byte 40: the file has no section table$/u],
    ["a far section table", word(40, 1n << 63n), /section table .* reaches beyond the file/u],
    ["section headers of 40 bytes", change(58, 40), /^byte 58: section headers of 40 bytes, not 64$/u],
    [
      "too many sections",
      change(60, 0xff, 0xff),
      /section table of 65535 sections .* reaches beyond the file/u,
    ],
    ["extended count lies", change(60, 0, 0), /section 0, named as|no string table|section table of 0/u],
    [
      "names in a section that is not there",
      change(62, 0x33),
      /section 51, named as the table of section names/u,
    ],
    ["a section beyond the file", word(sectionTable + 64 + 32, 1n << 40n), /section 1 .* reaches beyond/u],
    [
      "a section far beyond the file",
      word(sectionTable + 64 + 24, 0xffff_ffff_ffff_fff0n),
      /section 1 .* reaches/u,
    ],
    [
      ".bss of an impossible size",
      word(sectionTable + 128 + 32, 1n << 60n),
      /section 2 has an impossible size/u,
    ],
    ["a name beyond the names", change(sectionTable + 64, 0xff), /^\.shstrtab: byte 255: string offset 255/u],
  ])("%s", (_what, bytes, message) => {
    expect(() => parseElf(bytes)).toThrow(ElfParseError);
    expect(() => parseElf(bytes)).toThrow(message);
  });

  test.each<[what: string, symbol: number, at: number, bytes: readonly number[], message: RegExp]>([
    ["in a section that is not there", 1, 6, [0x63, 0], /symbol 1 is in section 99 of 7/u],
    ["whose section index is nowhere", 1, 6, [0xff, 0xff], /symbol 1 wants a SHT_SYMTAB_SHNDX section/u],
    ["with a name beyond the names", 1, 0, [0xff], /^\.strtab: byte 255: string offset 255/u],
    ["at an impossible place", 1, 15, [0x80], /too big for a place or size/u],
  ])("a symbol %s", (_what, symbol, at, values, message) => {
    const bytes = valid();
    const symtab = parseElf(bytes).section(".symtab");
    bytes.set(values, (symtab?.offset ?? 0) + symbol * 24 + at);
    expect(() => parseElf(bytes)).toThrow(ElfParseError);
    expect(() => parseElf(bytes)).toThrow(message);
  });

  test("a second symbol table", () => {
    const sections = [...(SPEC.sections ?? []), { name: "other", type: 2, data: new Uint8Array(24) }];
    expect(() => parseElf(buildElf({ ...SPEC, sections }))).toThrow("a second symbol table");
  });
});

interface ReadelfSymbol {
  readonly Symbol: {
    readonly Name: { readonly Name: string };
    readonly Value: number;
    readonly Size: number;
    readonly Binding: { readonly Name: string };
    readonly Type: { readonly Name: string };
    readonly Other: { readonly Value: number };
    readonly Section: { readonly Name: string; readonly Value: number };
  };
}

interface ReadelfSection {
  readonly Section: {
    readonly Index: number;
    readonly Name: { readonly Name: string };
    readonly Type: { readonly Value: number };
    readonly Flags: { readonly Value: number };
    readonly Offset: number;
    readonly Size: number;
    readonly Link: number;
    readonly Info: number;
    readonly AddressAlignment: number;
    readonly EntrySize: number;
  };
}

describe("as llvm-readelf reads the fixtures", () => {
  beforeEach((context) => needs(context, command("llvm-readelf-19")));

  test.each(FIXTURES)("%s", (name) => {
    const args = ["--elf-output-style=JSON", "--sections", "--symbols", fixturePath(name)];
    const output = execFileSync("llvm-readelf-19", args, { encoding: "utf8" });
    const [theirs] = JSON.parse(output) as [{ Sections: ReadelfSection[]; Symbols: ReadelfSymbol[] }];
    const elf = parseElf(readFixture(name));
    expect(
      elf.sections.map(({ index, type, flags, offset, size, link, info, addralign, entsize, name: own }) => ({
        index,
        name: own,
        type,
        flags,
        offset,
        size,
        link,
        info,
        addralign,
        entsize,
      })),
    ).toEqual(
      theirs.Sections.map(({ Section }) => ({
        index: Section.Index,
        name: Section.Name.Name,
        type: Section.Type.Value,
        flags: Section.Flags.Value,
        offset: Section.Offset,
        size: Section.Size,
        link: Section.Link,
        info: Section.Info,
        addralign: Section.AddressAlignment,
        entsize: Section.EntrySize,
      })),
    );
    expect(
      elf.symbols.map(({ name: own, value, size, type, binding }) => [own, value, size, type, binding]),
    ).toEqual(
      theirs.Symbols.map(({ Symbol: symbol }) => [
        symbol.Type.Name === "Section" ? "" : symbol.Name.Name,
        symbol.Value,
        symbol.Size,
        symbol.Type.Name === "None" ? "notype" : symbol.Type.Name.toLowerCase().replace("function", "func"),
        symbol.Binding.Name.toLowerCase(),
      ]),
    );
  });
});
