/** Whole objects: the fixtures, and small ones built for what no compiler writes. */
import { Buffer } from "node:buffer";
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { type BpfObject, BtfParseError, ElfParseError, parseObject } from "tinybpf-btf";
import { BtfBuilder } from "./btf-builder.ts";
import { buildElf, type SectionSpec, type SymbolSpec } from "./elf-builder.ts";
import { fixturePath, FIXTURES, readFixture } from "./fixtures.ts";
import { command, needs } from "./needs.ts";

function fixture(name: string): BpfObject {
  return parseObject(readFixture(`${name}.bpf.o`));
}

describe("as libbpf opens the fixtures", () => {
  /** bpftool 7.1 is built with libbpf 1.1: no arena, `.bss.x`, `.struct_ops.link`, `__ulong`, other byte order. */
  const unknownToBpftool = new Set([
    "arena",
    "bitfields.be",
    "cells.be",
    "globals",
    "maps_ulong",
    "scalars.be",
    "struct_ops_link",
  ]);
  const known = FIXTURES.map((name) => name.slice(0, -".bpf.o".length)).filter(
    (name) => !unknownToBpftool.has(name),
  );

  test.for(known)("%s: programs and maps in the same order", (name, context) => {
    needs(context, command("bpftool"));
    const { status, stdout } = spawnSync("bpftool", ["gen", "skeleton", fixturePath(`${name}.bpf.o`)], {
      encoding: "utf8",
    });
    expect(status).toBe(0);
    const members = (of: string): (string | undefined)[] =>
      Array.from(stdout.matchAll(new RegExp(`= &obj->${of}\\.(\\w+);`, "gu")), ([, member]) => member);
    const { programs, maps, globals, externs, structOps } = fixture(name);
    expect(programs.map((program) => program.name)).toEqual(members("progs"));
    // bpf_object__init_maps: user maps, then sections of globals, kconfig, and struct_ops.
    const kconfig = externs.some((extern) => extern.section === ".kconfig") ? ["kconfig"] : [];
    expect([
      ...maps.map((map) => map.name),
      ...globals.map((section) => section.name),
      ...kconfig,
      ...structOps.map((map) => map.name),
    ]).toEqual(members("maps"));
  });
});

describe("programs", () => {
  test("instruction counts, sections, autoload and types", () => {
    const { programs, btf, elf } = fixture("programs");
    for (const program of programs) {
      const symbol = elf.symbols.find((candidate) => candidate.name === program.name);
      expect(program.insnCount * 8).toBe(symbol?.size);
      expect(program.section).toBe(elf.sections[Number(symbol?.sectionIndex)]?.name);
      expect(program.autoload).toBe(!program.section.startsWith("?"));
      expect(btf?.type(program.func ?? 0)).toMatchObject({ kind: "FUNC", name: program.name });
    }
    // Subprograms in .text are none.
    expect(programs.map((program) => program.name)).not.toContain("global_helper");
    expect(btf?.find("global_helper", "FUNC")).toBeDefined();
    expect(programs.find((program) => program.name === "unknown_section")?.kind.progType).toBe("unspec");
  });

  test("without BTF", () => {
    const object = fixture("no_btf");
    expect(object).toMatchObject({ btf: undefined, btfExt: undefined, maps: [], externs: [], structOps: [] });
    expect(object.programs.length).toBeGreaterThan(0);
    expect(object.programs.every((program) => program.func === undefined)).toBe(true);
    expect(object.license).toBe("Dual MIT/GPL");
  });

  const symbol: SymbolSpec = { name: "prog", section: "xdp", type: 2, size: 16 };
  const section: SectionSpec = { name: "xdp", flags: 6n, data: new Uint8Array(16) };
  const build = (of: Partial<SymbolSpec>): Uint8Array =>
    buildElf({ sections: [section], symbols: [{ ...symbol, ...of }] });

  test("by their symbols", () => {
    expect(parseObject(build({})).programs).toMatchObject([{ name: "prog", section: "xdp", insnCount: 2 }]);
    expect(parseObject(build({ type: 1 })).programs).toEqual([]);
  });

  test.each<[what: string, of: Partial<SymbolSpec>, message: string]>([
    ["beyond its section", { size: 24 }, "xdp: byte 0: program prog (24 bytes) reaches beyond its section"],
    ["cut", { size: 12 }, "xdp: byte 0: program prog (12 bytes) is no whole number of instructions"],
    ["empty", { size: 0 }, "xdp: byte 0: program prog (0 bytes) is no whole number of instructions"],
    ["at an odd place", { value: 4, size: 8 }, "xdp: byte 4: program prog (8 bytes) is no whole number"],
  ])("bogus: %s", (_what, of, message) => {
    expect(() => parseObject(build(of))).toThrow(ElfParseError);
    expect(() => parseObject(build(of))).toThrow(message);
  });
});

/** Sections and variables without what depends on the byte order. */
function places(object: BpfObject): unknown {
  return object.globals.map(({ section, size, variables }) => [
    section,
    size,
    variables.map(({ name, offset, size: bytes }) => [name, offset, bytes]),
  ]);
}

describe("globals", () => {
  const { globals, btf } = fixture("globals");
  const section = (name: string): (typeof globals)[number] | undefined =>
    globals.find((candidate) => candidate.section === name);

  test("every section, named as a libbpf skeleton names it", () => {
    expect(globals.map(({ section: own, name, readonly }) => [own, name, readonly])).toEqual([
      [".data", "data", false],
      [".rodata", "rodata", true],
      [".data.custom", "data_custom", false],
      [".rodata.tuning", "rodata_tuning", true],
      [".bss", "bss", false],
      [".bss.quiet", "bss_quiet", false],
    ]);
  });

  test("initial bytes, and a copy of them", () => {
    const data = section(".data");
    const seeded = data?.variables.find((variable) => variable.name === "seeded");
    expect(seeded).toMatchObject({ offset: 0, size: 8, binding: "global", visibility: "default" });
    const bytes = data?.initial ?? new Uint8Array();
    expect(bytes.length).toBe(data?.size);
    expect(new DataView(bytes.buffer).getBigUint64(0, true)).toBe(0x1122_3344_5566_7788n);
    expect(data?.initial).toBe(bytes);
    const bss = section(".bss");
    expect(bss?.initial.length).toBe(bss?.size);
    expect(bss?.initial.every((byte) => byte === 0)).toBe(true);
  });

  test("linkage and visibility come from the symbols", () => {
    const variables = globals.flatMap((one) => one.variables);
    const of = (name: string): unknown => {
      const variable = variables.find((candidate) => candidate.name === name);
      return [variable?.binding, variable?.visibility];
    };
    expect(of("hidden_from_linker")).toEqual(["local", "default"]);
    expect(of("hidden_from_users")).toEqual(["global", "hidden"]);
    expect(of("weak_counter")).toEqual(["weak", "default"]);
    for (const variable of variables) {
      expect(btf?.type(variable.variable)).toMatchObject({
        kind: "VAR",
        name: variable.name,
        type: variable.type,
      });
    }
  });

  test("the same in both byte orders, but for the bytes", () => {
    const [little, big] = [fixture("scalars"), fixture("scalars.be")];
    expect([little.byteOrder, big.byteOrder]).toEqual(["little", "big"]);
    expect(places(big)).toEqual(places(little));
    expect(Array.from(big.btf?.types() ?? [])).toEqual(Array.from(little.btf?.types() ?? []));
  });
});

/** An object with the section `.data` of 16 bytes, whose DATASEC says this of its variables. */
function withVariables(
  variables: readonly {
    readonly name: string;
    readonly linkage: number;
    readonly offset: number;
    readonly size: number;
  }[],
  symbols: readonly SymbolSpec[],
): BpfObject {
  const builder = new BtfBuilder();
  const int = builder.int("int", 4);
  const infos = variables.map(({ name, linkage, offset, size }) => [
    builder.add({ kind: "VAR", name, sizeOrType: int, body: [linkage] }),
    offset,
    size,
  ]);
  builder.add({ kind: "DATASEC", name: ".data", vlen: infos.length, body: infos.flat() });
  return parseObject(
    buildElf({
      sections: [
        { name: ".data", flags: 3n, data: Uint8Array.from({ length: 16 }, (_, index) => index) },
        { name: ".BTF", data: builder.bytes() },
      ],
      symbols,
    }),
  );
}

function symbolAt(name: string, value: number, binding = 1): SymbolSpec {
  return { name, value, binding, size: 4, type: 1, section: ".data" };
}

function offsets(object: BpfObject): unknown {
  return object.globals[0]?.variables.map(({ name, offset, size }) => [name, offset, size]);
}

describe("places of variables", () => {
  test("are the symbols', since clang leaves offsets 0", () => {
    const variables = ["a", "b"].map((name) => ({ name, linkage: 1, offset: 0, size: 4 }));
    expect(offsets(withVariables(variables, [symbolAt("b", 4), symbolAt("a", 8)]))).toEqual([
      ["b", 4, 4],
      ["a", 8, 4],
    ]);
  });

  test("tell static variables of one name apart, as libbpf's linker leaves them", () => {
    const variables = [0, 4].map((offset) => ({ name: "same", linkage: 0, offset, size: 4 }));
    expect(offsets(withVariables(variables, [symbolAt("same", 4, 0), symbolAt("same", 0, 0)]))).toEqual([
      ["same", 0, 4],
      ["same", 4, 4],
    ]);
  });

  test("of a static variable without a symbol are BTF's", () => {
    const variables = [{ name: "s", linkage: 0, offset: 12, size: 4 }];
    expect(offsets(withVariables(variables, []))).toEqual([["s", 12, 4]]);
  });

  test("sizes that BTF leaves 0 are the symbols'", () => {
    expect(
      offsets(withVariables([{ name: "a", linkage: 1, offset: 0, size: 0 }], [symbolAt("a", 8)])),
    ).toEqual([["a", 8, 4]]);
  });

  test.each<
    [message: string, variable: { linkage: number; offset: number; size: number }, symbols: SymbolSpec[]]
  >([
    ["no symbol in .data for the global variable v", { linkage: 1, offset: 0, size: 4 }, []],
    [
      "variable v (4 bytes at 13) reaches beyond the 16 of .data",
      { linkage: 1, offset: 0, size: 4 },
      [symbolAt("v", 13)],
    ],
    ["variable v (17 bytes at 0) reaches beyond the 16 of .data", { linkage: 0, offset: 0, size: 17 }, []],
  ])("bogus: %s", (message, variable, symbols) => {
    expect(() => withVariables([{ name: "v", ...variable }], symbols)).toThrow(BtfParseError);
    expect(() => withVariables([{ name: "v", ...variable }], symbols)).toThrow(message);
  });

  test("bogus: overlapping", () => {
    const variables = ["a", "b"].map((name) => ({ name, linkage: 1, offset: 0, size: 4 }));
    expect(() => withVariables(variables, [symbolAt("a", 0), symbolAt("b", 2)])).toThrow(
      ".data: variables a and b overlap",
    );
  });
});

describe("externs", () => {
  const { externs, btf } = fixture("kconfig_ksyms");

  test("config options and kernel symbols, with weakness", () => {
    const brief = externs.map(
      ({ section, name, is, weak }) => `${section} ${is} ${name}${weak ? " weak" : ""}`,
    );
    expect(brief).toContain(".kconfig var LINUX_KERNEL_VERSION");
    expect(brief).toContain(".kconfig var CONFIG_HZ");
    expect(brief).toContain(".kconfig var CONFIG_NO_SUCH_OPTION weak");
    expect(brief).toContain(".ksyms func no_such_function weak");
    expect(brief).toContain(".ksyms var no_such_variable weak");
  });

  test("types", () => {
    for (const { is, type } of externs) {
      expect(btf?.type(type).kind === "FUNC_PROTO").toBe(is === "func");
    }
  });
});

test("struct_ops: members that C set to a program", () => {
  const { structOps, btf, programs } = fixture("struct_ops");
  expect(structOps).toEqual([
    {
      name: "fixed_window",
      section: ".struct_ops",
      type: btf?.find("tcp_congestion_ops", "STRUCT")?.id,
      offset: 0,
      size: 56,
      programs: ["init", "ssthresh", "cong_avoid", "undo_cwnd"].map((member) => ({
        member,
        program: `fixed_${member}`,
      })),
      link: false,
    },
  ]);
  const names = programs.map((program) => program.name);
  expect(names).toEqual(
    expect.arrayContaining(structOps.flatMap((map) => map.programs.map((set) => set.program))),
  );
});

test("arena: its globals, and no map of theirs", () => {
  const { arena, maps, globals } = fixture("arena");
  expect(arena).toMatchObject({ map: "arena", section: ".addr_space.1", size: 24 });
  expect(arena?.variables.map(({ name, offset, size }) => [name, offset, size])).toEqual([
    ["sum", 0, 8],
    ["first", 8, 16],
  ]);
  expect(arena?.initial.length).toBe(24);
  expect(maps.map((map) => map.name)).toEqual(["arena"]);
  expect(globals.map((section) => section.section)).not.toContain(".addr_space.1");
});

describe("license and version", () => {
  test("of fixtures", () => {
    expect(fixture("exec")).toMatchObject({ license: "Dual MIT/GPL", kernelVersion: undefined });
    expect(fixture("programs").kernelVersion).toBe(0x50a00);
  });

  test("absent, without a NUL, in the other byte order", () => {
    expect(parseObject(buildElf({}))).toMatchObject({ license: undefined, kernelVersion: undefined });
    const object = parseObject(
      buildElf({
        byteOrder: "big",
        sections: [
          { name: "license", data: Buffer.from("GPL") },
          { name: "version", data: Uint8Array.of(0, 6, 18, 1) },
        ],
      }),
    );
    expect(object).toMatchObject({ license: "GPL", kernelVersion: 0x61201 });
  });

  test("a version of another size", () => {
    const bytes = buildElf({ sections: [{ name: "version", data: new Uint8Array(3) }] });
    expect(() => parseObject(bytes)).toThrow("version: 3 bytes are no kernel version");
  });
});

describe("files that are no BPF objects", () => {
  test("of another machine or type", () => {
    expect(() => parseObject(buildElf({ machine: 62 }))).toThrow(
      "byte 16: not a compiled BPF object: its ELF type is 1, its machine 62",
    );
    const executable = buildElf({});
    executable[16] = 2;
    expect(() => parseObject(executable)).toThrow(ElfParseError);
    expect(parseObject(buildElf({ machine: 0 })).programs).toEqual([]);
  });
});

describe("bogus sections", () => {
  test("two of a name", () => {
    const data = { name: ".data", flags: 3n, data: new Uint8Array(4) };
    expect(() => parseObject(buildElf({ sections: [data, data] }))).toThrow(
      ".data: a second section of this name",
    );
  });

  test(".bss too big for a map", () => {
    const bytes = buildElf({ sections: [{ name: ".bss", type: 8, size: 2 ** 31 }] });
    expect(() => parseObject(bytes)).toThrow(".bss: 2147483648 bytes are more than a map can hold");
  });
});
