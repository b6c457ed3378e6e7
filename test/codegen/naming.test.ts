/** `--naming camel`: what members are called, and that nothing else changes with their names. */
import { describe, expect, test, vi } from "vitest";
import { generateSkeleton, type SkeletonOptions } from "tinybpf-gen";
import { formatValue } from "tinybpf";
import type { StructCodec } from "tinybpf/gen-v1";
import { camelMember, memberNames } from "../../src/codegen/member-names.ts";
import { BtfBuilder } from "../btf-parser/btf-builder.ts";
import {
  FIXTURE_NAMES,
  type Module,
  generateAndImport,
  importModule,
  initialBytes,
  mapOf,
  memoryOf,
  objectOf,
  readFixture,
  typeCheck,
  writeModule,
} from "./support.ts";

describe("a name", () => {
  test.each([
    ["exit_code", "exitCode"],
    ["exitCode", "exitCode"],
    ["a__b", "aB"],
    ["u_64", "u64"],
    ["x_1_2", "x12"],
    ["pid", "pid"],
    ["_private_part", "_privatePart"],
    ["__sk_buff", "__skBuff"],
    ["class_", "class_"],
    ["__proto__", "__proto__"],
    ["MAX_SIZE", "MAX_SIZE"],
    ["A", "A"],
    ["_", "_"],
    ["__", "__"],
    ["_1", "_1"],
    ["nr_CPUs", "nrCPUs"],
    ["ExitCode", "ExitCode"],
    ["Exit_code", "ExitCode"],
    ["to_string", "toString"],
    ["a_$b", "a$b"],
    ["", ""],
    ["no identifier_at all", "no identifier_at all"],
    ["größe_x", "größe_x"],
  ])("%j becomes %j", (cName, name) => {
    expect(camelMember(cName)).toBe(name);
  });
});

describe("names that become the same", () => {
  test.each([
    ["one that C spells so keeps it", ["exit_code", "exitCode"], ["exitCode2", "exitCode"]],
    [
      "else the first one gets it",
      ["exit_code", "exit__code", "exit_Code"],
      ["exitCode", "exitCode2", "exitCode3"],
    ],
    [
      "a number takes no other's name",
      ["exit_code", "exitCode", "exit_code2"],
      ["exitCode3", "exitCode", "exitCode2"],
    ],
    ["nor one that C has", ["a_b", "aB", "aB2"], ["aB3", "aB", "aB2"]],
  ])("%s", (_rule, cNames, names) => {
    expect(cNames.map(memberNames("camel", cNames))).toEqual(names);
    expect(cNames.map(memberNames("c", cNames))).toEqual(cNames);
  });

  test("are not searched from the start for each of thousands", () => {
    const cNames = Array.from({ length: 1024 }, (_, i) => `a${"_".repeat(i + 1)}b`);
    const lookUps = vi.spyOn(Set.prototype, "has");
    const nameOf = memberNames("camel", cNames);
    const { length } = lookUps.mock.calls;
    lookUps.mockRestore();
    expect(nameOf(cNames.at(-1) ?? "")).toBe("aB1024");
    expect(length).toBeLessThan(10 * cNames.length);
  });
});

/** A struct of a `__u32` for each name, and what its codec makes of the bytes 1, 2, 3... */
async function structOf(names: readonly string[]): Promise<{ codec: StructCodec<object>; text: string }> {
  const btf = new BtfBuilder();
  const u32 = btf.int("__u32", 4);
  btf.composite(
    "STRUCT",
    "s",
    names.length * 4,
    names.map((name, i) => ({ name, type: u32, bits: i * 32 })),
  );
  const options: SkeletonOptions = { source: "x.bpf.o", types: ["s"], naming: "camel" };
  const text = await generateSkeleton(objectOf(btf.parse()), options);
  return { codec: codecIn(await importModule(text), "S"), text };
}

function codecIn(module: Module, name: string): StructCodec<object> {
  return module[name] as StructCodec<object>;
}

describe("a struct", () => {
  test("has its members by their new names, and its table says those of C", async () => {
    const { codec, text } = await structOf(["exit_code", "pid", "exitCode"]);
    const bytes = Uint8Array.of(1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0);
    const value = { exitCode2: 1, pid: 2, exitCode: 3 };
    expect(codec.decode(bytes)).toEqual(value);
    expect(codec.encode(value)).toEqual(bytes);
    expect(codec.view(bytes)).toMatchObject({ exitCode2: 1, pid: 2, exitCode: 3 });
    expect(codec.fields).toEqual({
      exitCode2: { offset: 0, size: 4, name: "exit_code" },
      pid: { offset: 4, size: 4 },
      exitCode: { offset: 8, size: 4 },
    });
    expect(formatValue(codec, value)).toBe("{ .exit_code = 1, .pid = 2, .exitCode = 3 }");
    expect(codec.toJSON(value)).toEqual(value);
    // The declaration is C's own.
    expect(text).toMatch(/\* {3}__u32 exit_code; +\/\/ offset 0/);
    expect(text).toContain("// Options: --type s --naming camel\n");
    expect(typeCheck([writeModule(text)])).toBe("");
  });

  test("errors name the members as the user does", async () => {
    const { codec } = await structOf(["exit_code", "pid"]);
    expect(() => codec.encode({ exitCode: -1, pid: 1 })).toThrow(
      /^s\.exitCode: -1 is out of range for __u32$/,
    );
    expect(() => codec.encode({ pid: 1 })).toThrow(/^s\.exitCode: is missing/);
    expect(() => codec.encode({ exitCode: 1, pid: 1, exit_code: 1 })).toThrow(
      /^s\.exit_code: unknown member; there are exitCode, pid$/,
    );
  });

  test("names that JavaScript has plans for are as good as in C", async () => {
    const names = ["to_string", "value_of", "__proto__", "constructor", "has_own_property", "class_"];
    const { codec, text } = await structOf(names);
    const value = codec.decode(Uint8Array.from({ length: 24 }, (_, i) => (i % 4 === 0 ? i / 4 + 1 : 0)));
    const camel = ["toString", "valueOf", "__proto__", "constructor", "hasOwnProperty", "class_"];
    expect(Object.keys(value)).toEqual(camel);
    expect(camel.map((name) => Object.getOwnPropertyDescriptor(value, name)?.value as unknown)).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
    expect(codec.decode(codec.encode(value))).toEqual(value);
    expect(typeCheck([writeModule(text)])).toBe("");
  });

  test("members of unnamed structs and unions share its names; those left out have theirs", async () => {
    const btf = new BtfBuilder();
    const u32 = btf.int("__u32", 4);
    const union = btf.composite("UNION", "", 8, [
      { name: "raw_bits", type: btf.array(btf.int("unsigned char", 1), 8), bits: 0 },
      {
        name: "",
        type: btf.composite("STRUCT", "", 8, [
          { name: "exit_code", type: u32, bits: 0 },
          { name: "exitCode", type: u32, bits: 32 },
        ]),
        bits: 0,
      },
    ]);
    btf.composite("STRUCT", "s", 12, [
      { name: "exit__code", type: u32, bits: 0 },
      { name: "", type: union, bits: 32 },
      { name: "raw__bits", type: btf.array(u32, 0), bits: 96 },
    ]);
    const text = await generateSkeleton(objectOf(btf.parse()), {
      source: "x.bpf.o",
      types: ["s"],
      naming: "camel",
    });
    const codec = codecIn(await importModule(text), "S");
    const bytes = Uint8Array.of(1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0);
    const value = codec.decode(bytes);
    expect(value).toMatchObject({ exitCode2: 1, exitCode3: 2, exitCode: 3 });
    expect(codec.encode({ exitCode2: 1, exitCode3: 2, exitCode: 3 })).toEqual(bytes);
    expect(codec.fields).toMatchObject({
      exitCode2: { name: "exit__code" },
      exitCode3: { offset: 4, name: "exit_code" },
      rawBits: { name: "raw_bits" },
      rawBits2: { offset: 12, size: 0, name: "raw__bits" },
    });
    expect(() => codec.encode({ exitCode2: 1, exitCode: 2, rawBits: new Uint8Array(8) })).toThrow(
      /exactly one of rawBits, { exitCode3, exitCode }/,
    );
    expect(text).toContain("Left out: `raw__bits` at byte 12 (a flexible array).");
    expect(typeCheck([writeModule(text)])).toBe("");
  });
});

describe("a skeleton", () => {
  test("types, enumerators and sections keep their names; --event and --type are told those of C", async () => {
    const text = await generateSkeleton(readFixture("enums.bpf.o"), {
      source: "enums.bpf.o",
      naming: "camel",
    });
    expect(text).toContain("STATE_NEW:");
    const globals = await generateSkeleton(readFixture("globals.bpf.o"), {
      source: "globals.bpf.o",
      naming: "camel",
    });
    expect(globals).toContain("readonly data_custom: GlobalsDataCustom;");
    expect(globals).toContain("get customConfig(): Snapshot<Config>");
    const events = await generateSkeleton(readFixture("maps.bpf.o"), {
      source: "maps.bpf.o",
      naming: "camel",
      events: { raw_events: "lpm_key" },
    });
    expect(events).toContain("readonly rawEvents: RingBuffer<LpmKey, LpmKeyView>;");
    expect(events).toContain("rawEvents: ringBuffer(LpmKey),");
  });

  test("maps that become the same are numbered, and the runtime is told the names of C", async () => {
    const object = objectOf(new BtfBuilder().parse(), {
      maps: [mapOf("per_pid"), mapOf("perPid"), mapOf("CPU_MAP"), mapOf("__proto__")],
    });
    const text = await generateSkeleton(object, { source: "x.bpf.o", naming: "camel" });
    expect(text).toContain("/** `per_pid`: `BPF_MAP_TYPE_HASH`, max_entries 1 */");
    expect(text).toContain('names: {\n    maps: { perPid2: "per_pid" },\n  },');
    expect(typeCheck([writeModule(text)])).toBe("");
    const plain = await generateSkeleton(object, { source: "x.bpf.o" });
    expect(plain).not.toContain("names:");
  });
});

describe("every fixture", () => {
  test("type-checks with its members in camelCase", async () => {
    const texts = await Promise.all(
      FIXTURE_NAMES.map((source) =>
        generateSkeleton(readFixture(source), { source, naming: "camel", types: ["*"] }),
      ),
    );
    expect(typeCheck(texts.map(writeModule))).toBe("");
  });

  test.each(FIXTURE_NAMES)("%s reads and writes the same bytes, only the names differ", async (source) => {
    const object = readFixture(source);
    const [c, camel] = await Promise.all([
      generateAndImport(object, { source, name: "Test", naming: "c" }),
      generateAndImport(object, { source, name: "Test", naming: "camel" }),
    ]);
    expect(Object.keys(camel)).toEqual(Object.keys(c));
    for (const section of object.globals) {
      const name = Object.keys(c).find((key) => key === `Test${pascal(section.name)}`);
      if (name === undefined || section.initial.length === 0) continue;
      const bytes = initialBytes(source, section.section);
      const memory = memoryOf(bytes);
      const wanted = memoryOf(bytes);
      const before = globalsOf(c[name], wanted);
      const after = globalsOf(camel[name], memory);
      const nameOf = memberNames("camel", variablesOf(before));
      expect(variablesOf(after)).toEqual(variablesOf(before).map(nameOf));
      for (const variable of variablesOf(before)) {
        const value: unknown = Reflect.get(after, nameOf(variable));
        expect(Object.values(flat(value))).toEqual(Object.values(flat(Reflect.get(before, variable))));
        Reflect.set(after, nameOf(variable), value);
        // Of text, what is behind its NUL is not written back.
        Reflect.set(before, variable, Reflect.get(before, variable));
      }
      expect(memory.bytes).toEqual(wanted.bytes);
    }
  });
});

function pascal(section: string): string {
  return section.replaceAll(/(?:^|_)(.)/g, (_match, letter: string) => letter.toUpperCase());
}

/** A section's global variables over some memory. */
function globalsOf(Class: unknown, memory: ReturnType<typeof memoryOf>): object {
  return Reflect.construct(Class as new (from: typeof memory) => object, [memory]);
}

/** The names of its variables. */
function variablesOf(globals: object): string[] {
  const properties = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(globals) as object);
  return Object.keys(properties).filter((name) => properties[name]?.set !== undefined);
}

/** The leaves of a value by their paths. */
function flat(value: unknown, path = ""): Record<string, unknown> {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return { [path]: value };
  return Object.assign({}, ...Object.entries(value).map(([key, inner]) => flat(inner, `${path}.${key}`)));
}
