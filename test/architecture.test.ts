/** The rules of ARCHITECTURE.md about what may import what, read from the sources. */
import { readFileSync, readdirSync } from "node:fs";
import { builtinModules } from "node:module";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../src/", import.meta.url));

interface Import {
  readonly file: string;
  readonly from: string;
}

/** Static, type-only and dynamic imports, and re-exports, of one package folder. */
function importsOf(folder: string): readonly Import[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !path.startsWith("dist") && !path.includes("node_modules"))
    .flatMap((path) => {
      const file = relative(root, join(root, folder, path));
      const text = readFileSync(join(root, folder, path), "utf8");
      const matches = text.matchAll(
        /^(?:import|export)\b[^"'`;]*?from\s*"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)|^import\s*"([^"]+)"/gm,
      );
      return [...matches].map((match) => ({ file, from: match[1] ?? match[2] ?? match[3] ?? "" }));
    });
}

function packagesOf(imports: readonly Import[]): Set<string> {
  const outside = imports
    .map(({ from }) => from)
    .filter((from) => !from.startsWith(".") && !from.startsWith("node:"));
  expect(outside.filter((from) => builtinModules.includes(from))).toEqual([]);
  return new Set(outside);
}

const parser = importsOf("btf-parser");
const runtime = importsOf("runtime");
const codegen = importsOf("codegen");

describe("dependencies point one way", () => {
  test("the reading of imports finds some", () => {
    expect(parser.length).toBeGreaterThan(10);
    expect(runtime.length).toBeGreaterThan(10);
    expect(codegen.length).toBeGreaterThan(10);
  });

  test("the parser depends on elfy alone", () => {
    expect([...packagesOf(parser)]).toEqual(["elfy"]);
  });

  test("the runtime depends on koffi and the parser alone", () => {
    expect([...packagesOf(runtime)].sort()).toEqual(["koffi", "tinybpf-btf"]);
  });

  test("what skeletons import reads no BTF: the parser is for programs without generated code", () => {
    const reached = new Set<string>();
    const visit = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const { from } of runtime.filter((each) => each.file === file && each.from.startsWith(".")))
        visit(relative(root, join(root, file, "..", from)));
    };
    visit("runtime/gen-v1.ts");
    expect(reached.size).toBeGreaterThan(30);
    const users = runtime.filter(({ from }) => from === "tinybpf-btf").map(({ file }) => file);
    expect(users.length).toBeGreaterThan(3);
    expect(users.filter((file) => reached.has(file))).toEqual([]);
  });

  test("the generator depends on the parser, ts-morph, prettier, yargs and others, and not on the runtime", () => {
    expect([...packagesOf(codegen)].sort()).toEqual([
      "diff",
      "prettier",
      "tinybpf-btf",
      "tinyglobby",
      "ts-morph",
      "yargs",
      "yargs-parser",
    ]);
  });

  test("no package reaches into another's folder", () => {
    for (const [folder, imports] of Object.entries({ "btf-parser": parser, runtime, codegen })) {
      for (const { file, from } of imports.filter((each) => each.from.startsWith("."))) {
        const target = relative(root, join(root, file, "..", from));
        expect(target.startsWith(`${folder}/`), `${file} imports ${from}`).toBe(true);
      }
    }
  });
});

test.each([
  ["elfy", "btf-parser/elf.ts"],
  ["koffi", "runtime/native.ts"],
  ["ts-morph", "codegen/source-file.ts"],
  ["prettier", "codegen/format.ts"],
  ["tinyglobby", "codegen/cli-globs.ts"],
  ["yargs", "codegen/cli-arguments.ts"],
  ["yargs-parser", "codegen/cli-arguments.ts"],
])("%s is imported by %s only", (name, only) => {
  const files = [...parser, ...runtime, ...codegen]
    .filter(({ from }) => from === name)
    .map(({ file }) => file);
  expect([...new Set(files)]).toEqual([only]);
});
