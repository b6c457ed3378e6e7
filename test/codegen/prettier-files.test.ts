/** The digests cover the configuration that prettier itself would take. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { resolveConfig, resolveConfigFile } from "prettier";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { prettierFiles } from "../../src/codegen/prettier-files.ts";

let folder = "";
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "tinybpf-prettier-")));
  mkdirSync(join(folder, "src/bpf"), { recursive: true });
  mkdirSync(join(folder, ".git"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

function found(): readonly (readonly [string, string, string])[] {
  return prettierFiles(join(folder, "src/bpf/x.skel.ts"));
}

const JSON_TEXT = '{ "semi": false }';
const MODULE = "export default { semi: false };";
const COMMON = "module.exports = { semi: false };";

describe("a configuration that prettier finds is found", () => {
  test.each([
    [".prettierrc", JSON_TEXT],
    [".prettierrc.json", JSON_TEXT],
    [".prettierrc.yml", "semi: false"],
    [".prettierrc.yaml", "semi: false"],
    [".prettierrc.json5", "{ semi: false }"],
    [".prettierrc.js", COMMON],
    [".prettierrc.ts", MODULE],
    [".prettierrc.mjs", MODULE],
    [".prettierrc.mts", MODULE],
    [".prettierrc.cjs", COMMON],
    [".prettierrc.cts", COMMON],
    [".prettierrc.toml", "semi = false"],
    ["prettier.config.js", COMMON],
    ["prettier.config.ts", MODULE],
    ["prettier.config.mjs", MODULE],
    ["prettier.config.mts", MODULE],
    ["prettier.config.cjs", COMMON],
    ["prettier.config.cts", COMMON],
    ["package.yaml", "prettier:\n  semi: false\n"],
  ])("%s", async (name, text) => {
    write(name, text);
    expect(basename((await resolveConfigFile(join(folder, "src/bpf/x.skel.ts"))) ?? "")).toBe(name);
    expect(found()).toEqual([[name, "src/bpf/x.skel.ts", text]]);
  });

  test("prettier in package.json, of which nothing else counts", async () => {
    write("package.json", '{ "version": "1.0.0", "prettier": { "semi": false } }');
    expect(basename((await resolveConfigFile(join(folder, "src/bpf/x.skel.ts"))) ?? "")).toBe("package.json");
    expect(found()).toEqual([["package.json", "src/bpf/x.skel.ts", '{"semi":false}']]);
  });
});

describe("what only a parser of YAML could find is taken along, and does not end the search", () => {
  test.each([
    ['"prettier":\n  semi: false\n', "package.yaml"],
    ["{ name: x, prettier: { semi: false } }\n", "package.yaml"],
    ['"pretti\\x65r": { semi: false }\n', "package.yaml"],
    ["prettier:\n", ".prettierrc"],
    ["devDependencies: { prettier: 3 }\n", ".prettierrc"],
  ])("%j", async (text, taken) => {
    write(".prettierrc", JSON_TEXT);
    write("src/package.yaml", text);
    expect(basename((await resolveConfigFile(join(folder, "src/bpf/x.skel.ts"))) ?? "")).toBe(taken);
    expect(found().map(([name]) => name)).toEqual(["package.yaml", ".prettierrc"]);
  });
});

describe("prettier in package.json", () => {
  test("behind a byte order mark", async () => {
    write("package.json", '\uFEFF{ "prettier": { "semi": false } }');
    expect(basename((await resolveConfigFile(join(folder, "src/bpf/x.skel.ts"))) ?? "")).toBe("package.json");
    expect(found()).toEqual([["package.json", "src/bpf/x.skel.ts", '{"semi":false}']]);
  });

  test.each(["null", '""', "false", "0"])("that is %s is none", async (value) => {
    write(".prettierrc", JSON_TEXT);
    write("src/package.json", `{ "prettier": ${value} }`);
    expect(basename((await resolveConfigFile(join(folder, "src/bpf/x.skel.ts"))) ?? "")).toBe(".prettierrc");
    expect(found()).toEqual([[".prettierrc", "src/bpf/x.skel.ts", JSON_TEXT]]);
  });
});

describe("what prettier passes over is passed over", () => {
  test.each([
    ["package.json", "{}"],
    ["package.json", "{ no JSON"],
    ["package.yaml", "name: x\n"],
    ["prettierrc", JSON_TEXT],
  ])("%s with %j", async (name, text) => {
    write(name, text);
    expect(await resolveConfigFile(join(folder, "src/bpf/x.skel.ts"))).toBeNull();
    expect(found()).toEqual([]);
  });

  test("configurations above the nearest", () => {
    write(".prettierrc", JSON_TEXT);
    write("src/prettier.config.js", COMMON);
    expect(found()).toEqual([["prettier.config.js", "bpf/x.skel.ts", COMMON]]);
  });
});

describe(".editorconfig", () => {
  const TABS = "[*]\nindent_style = tab\n";

  test("is found upwards, each of them, up to the root", async () => {
    write(".editorconfig", TABS);
    write("src/.editorconfig", "[*.ts]\nindent_size = 3\n");
    expect(found().map(([, output]) => output)).toEqual(["bpf/x.skel.ts", "src/bpf/x.skel.ts"]);
    expect(await resolveConfig(join(folder, "src/bpf/x.skel.ts"), { editorconfig: true })).toMatchObject({
      useTabs: true,
    });
    write("src/.editorconfig", `; comment\nroot = true\n\n[*]\nroot = false\n`);
    expect(found().map(([, output]) => output)).toEqual(["bpf/x.skel.ts"]);
  });

  test("a section cannot be the root", () => {
    write(".editorconfig", TABS);
    write("src/.editorconfig", "[*]\nroot = true\n");
    expect(found()).toHaveLength(2);
  });

  test.each([
    ["root = true\nroot = false\n", 'a later "root"'],
    ["root = true\nRoot = false\n", 'a "root" in other letters'],
    ["root = true\n[root]\n", "a section of its name"],
    ["root = true\n[*]\nno value\n", "what cannot be parsed"],
    ["root = true\n[*\n", "a section without an end"],
  ])("%j may be no root, for %s", (text) => {
    write(".editorconfig", TABS);
    write("src/.editorconfig", text);
    expect(found()).toHaveLength(2);
  });

  test.each(["root = true\nroot = false\n", "root = true\n[root]\n", "root = true\n[*\n"])(
    "prettier takes %j for no root",
    async (text) => {
      write(".editorconfig", TABS);
      write("src/.editorconfig", text);
      expect(await resolveConfig(join(folder, "src/bpf/x.skel.ts"), { editorconfig: true })).toEqual({
        useTabs: true,
      });
    },
  );

  test("a file called .hg is no repository", async () => {
    write(".editorconfig", TABS);
    write("src/.hg", "");
    expect(await resolveConfig(join(folder, "src/bpf/x.skel.ts"), { editorconfig: true })).not.toBeNull();
    expect(found()).toHaveLength(1);
  });

  test.each([".git", ".hg"])("is not looked for above a folder with %s", async (name) => {
    write(".editorconfig", TABS);
    mkdirSync(join(folder, "src", name));
    expect(await resolveConfig(join(folder, "src/bpf/x.skel.ts"), { editorconfig: true })).toBeNull();
    expect(found()).toEqual([]);
  });
});
