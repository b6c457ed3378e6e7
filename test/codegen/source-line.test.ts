/** Where in the C source a program is, according to the object's line records. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type BpfObject, type LineInfo, type ProgramModel } from "tinybpf-btf";
import { generateSkeleton } from "tinybpf-gen";
import { sourceOf } from "../../src/codegen/source-line.ts";
import { FIXTURE_NAMES, fixturePath, readFixture } from "./support.ts";

function program(object: BpfObject, name: string): ProgramModel {
  const found = object.programs.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no program ${name}`);
  return found;
}

test.each([
  ["exec.bpf.o", "on_exec", "int on_exec("],
  ["syscall.bpf.o", "echo", "int echo("],
  ["xdp.bpf.o", "drop_all", "int drop_all("],
  ["tp_btf.bpf.o", "on_rename", "int BPF_PROG(on_rename"],
])("%s: %s begins at the line that the compiler says", (name, wanted, text) => {
  const object = readFixture(name);
  const source = name.replace(/\.o$/, ".c");
  const lines = readFileSync(fixturePath(source), "utf8").split("\n");
  const line = lines.findIndex((each) => each.startsWith(text)) + 1;
  expect(line).toBeGreaterThan(0);
  expect(sourceOf(object, program(object, wanted))).toBe(`${source}:${line}`);
});

test.each(FIXTURE_NAMES.filter((name) => name !== "no_btf.bpf.o"))("%s: all programs have a line", (name) => {
  const object = readFixture(name);
  const source = name.replace(/(?:\.be)?\.bpf\.o$/, ".bpf.c");
  const { length } = readFileSync(fixturePath(source), "utf8").split("\n");
  for (const each of object.programs) {
    const [, file, line] = /^(.+):(\d+)$/.exec(sourceOf(object, each) ?? "") ?? [];
    expect(file).toBe(source);
    expect(Number(line)).toBeLessThanOrEqual(length);
  }
});

test("it is in the doc comment; of an object without BTF it is not known", async () => {
  const text = await generateSkeleton(readFixture("exec.bpf.o"), { source: "exec.bpf.o" });
  expect(text).toMatch(/\/\*\* `SEC\("[^"]+"\)`, `exec\.bpf\.c:\d+` \*\//);
  expect(await generateSkeleton(readFixture("no_btf.bpf.o"), { source: "no_btf.bpf.o" })).not.toContain(
    ".bpf.c",
  );
});

describe("records", () => {
  const object = readFixture("ringbufs.bpf.o");
  const second = program(object, "start_and_stop");

  /** The object with other line records: bytes from the start of the section, file and line. */
  function withLines(...records: [insnOffset: number, file: string, line: number][]): BpfObject {
    const { btfExt } = object;
    const [section] = btfExt?.lineInfo ?? [];
    if (btfExt === undefined || section === undefined) throw new Error("no line records");
    const infos = records.map(([insnOffset, file, line]): LineInfo => ({
      insnOffset,
      file,
      line,
      text: "",
      column: 1,
    }));
    const lines = Object.create(section, {
      length: { value: infos.length },
      at: { value: (index: number) => infos[index] },
    }) as typeof section;
    return Object.create(object, { btfExt: { value: { ...btfExt, lineInfo: [lines] } } }) as BpfObject;
  }

  const start = object.elf.symbols.find(({ name }) => name === "start_and_stop")?.value ?? 0;
  const end = start + second.insnCount * 8;

  test.each<[what: string, records: [number, string, number][], expected: string | undefined]>([
    ["none", [], undefined],
    [
      "its first",
      [
        [0, "a.c", 1],
        [start, "b.c", 7],
        [start + 8, "b.c", 8],
      ],
      "b.c:7",
    ],
    [
      "of a function from a header first",
      [
        [start, "h.h", 5],
        [start + 8, "b.c", 9],
        [start + 16, "b.c", 10],
      ],
      "b.c:9",
    ],
    [
      "one that begins later",
      [
        [0, "a.c", 1],
        [start + 16, "b.c", 9],
      ],
      "b.c:9",
    ],
    [
      "only of others",
      [
        [0, "a.c", 1],
        [end, "c.c", 3],
      ],
      undefined,
    ],
    ["without a line", [[start, "b.c", 0]], "b.c"],
    ["without a file", [[start, "", 4]], undefined],
    ["in the current folder", [[start, "././src/b.c", 4]], "src/b.c:4"],
    ["in another folder", [[start, "../src/b.c", 4]], "../src/b.c:4"],
  ])("%s", (_what, records, expected) => {
    expect(sourceOf(withLines(...records), second)).toBe(expected);
  });

  test("whose file ends the comment, do not", async () => {
    const text = await generateSkeleton(withLines([start, "*/ evil(); /* `x`\n", 4]), { source: "x.bpf.o" });
    expect(text).toContain("`*\\/ evil(); /* 'x'\\u000a:4` */");
  });
});
