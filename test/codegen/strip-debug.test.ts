/** Embedded objects carry no DWARF, and are otherwise the same. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, type TestContext } from "vitest";
import { type BpfObject, parseObject } from "tinybpf-btf";
import { generateSkeleton } from "tinybpf-gen";
import { stripDebug } from "../../src/codegen/strip-debug.ts";
import { command, needs } from "../btf-parser/needs.ts";
import { FIXTURES, fixturePath } from "../btf-parser/fixtures.ts";

const folder = mkdtempSync(join(tmpdir(), "tinybpf-strip-"));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A fixture as clang leaves it, with its DWARF. */
function compile(context: TestContext, fixture: string, target: string): BpfObject {
  needs(context, command("clang-19"));
  const object = join(folder, `${fixture}-${target}.o`);
  const include = `/usr/include/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`;
  const source = fixturePath(`${fixture}.bpf.c`);
  execFileSync("clang-19", ["-O2", "-g", "-target", target, "-I", include, "-c", source, "-o", object]);
  return parseObject(readFileSync(object));
}

/** Everything of the model that does not speak of places in the file. */
function essence(object: BpfObject): unknown {
  const { programs, maps, globals, externs, structOps, license } = object;
  return {
    programs,
    maps,
    globals: globals.map(({ name, size, variables, initial }) => [name, size, variables, [...initial]]),
    externs,
    structOps,
    license,
    types: object.btf === undefined ? [] : [...object.btf.types()],
    sections: object.elf.sections
      .filter(({ name }) => !name.includes(".debug_"))
      .map((section) => ({ name: section.name, size: section.size, align: section.addralign })),
    code: object.elf.sections
      .filter(({ flags }) => (flags & 4) !== 0)
      .map((section) => ({
        data: [...section.data],
        relocations: object.elf
          .relocations(section)
          .map(({ offset, type, symbol }) => [offset, type, object.elf.symbols[symbol]?.name, symbol]),
      })),
  };
}

describe.each(["exec", "globals", "maps", "map_in_map", "core", "struct_ops", "arena", "programs"])(
  "%s",
  (fixture) => {
    test.for(["bpfel", "bpfeb"])("%s: the same object, without DWARF", (target, context) => {
      const object = compile(context, fixture, target);
      const bytes = stripDebug(object.bytes, object.elf);
      const stripped = parseObject(bytes);
      expect(object.elf.sections.some(({ name }) => name.startsWith(".debug_"))).toBe(true);
      expect(stripped.elf.sections.filter(({ name }) => name.includes(".debug_"))).toEqual([]);
      expect(bytes.length).toBeLessThan(object.bytes.length * 0.8);
      expect(essence(stripped)).toEqual(essence(object));
    });
  },
);

test.each(FIXTURES)("%s has none, and stays as it is", (name) => {
  const object = parseObject(readFileSync(fixturePath(name)));
  expect(stripDebug(object.bytes, object.elf)).toBe(object.bytes);
});

test("llvm-readelf finds nothing wrong with it", (context) => {
  needs(context, command("llvm-readelf-19"));
  const object = compile(context, "exec", "bpfel");
  const path = join(folder, "stripped.o");
  writeFileSync(path, stripDebug(object.bytes, object.elf));
  const { stdout: printed, stderr } = spawnSync("llvm-readelf-19", ["--all", path], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(printed).not.toContain(".debug_");
  expect(printed).toContain("on_exec");
});

test("a skeleton embeds the stripped bytes", async (context) => {
  const object = compile(context, "exec", "bpfel");
  const text = await generateSkeleton(object, { source: "exec.bpf.o" });
  const base64 = /embedded\(`([^`]*)`/.exec(text)?.[1] ?? "";
  const embedded = Buffer.from(base64, "base64");
  expect(embedded).toEqual(Buffer.from(stripDebug(object.bytes, object.elf)));
});
