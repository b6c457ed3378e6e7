/**
 * The examples of README.md: a comment before a block says how it is tested.
 *
 *     <!-- test: typecheck exec -->   compiles beside the skeletons of the fixtures, such as fixtures/exec.bpf.o
 *     <!-- test: run exec -->         the same, and runs; everything it logs must be `true`
 *     <!-- test: typecheck parser --> compiles without a skeleton; so does `probe`
 *     <!-- test: fixture exec -->     is fixtures/exec.bpf.c
 *     <!-- test: help -->             is what `tinybpf-gen --help` prints
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test, vi } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));
const build = join(root, ".build/readme");
const readme = readFileSync(join(root, "README.md"), "utf8");

interface Block {
  readonly how: string;
  readonly language: string;
  readonly text: string;
  readonly line: number;
}

function blocks(): readonly Block[] {
  const pattern = /(?:<!-- test: ([a-z_ ]+) -->\s*)?^```(\w+)\n(.*?)^```$/gms;
  return [...readme.matchAll(pattern)].map(([, how = "", language = "", text = ""], i, all) => {
    const at = all[i]?.index ?? 0;
    return { how, language, text, line: readme.slice(0, at).split("\n").length };
  });
}

const typescript = blocks().filter(({ language }) => language === "ts");

test("every TypeScript example is tested", () => {
  expect(typescript.length).toBeGreaterThan(4);
  expect(typescript.filter(({ how }) => how === "").map(({ line }) => `README.md:${line}`)).toEqual([]);
});

describe("examples", () => {
  beforeAll(() => {
    rmSync(build, { recursive: true, force: true });
    mkdirSync(build, { recursive: true });
    const named = typescript
      .map(({ how }) => how.split(" ")[1] ?? "")
      .filter((name) => name !== "parser" && name !== "probe");
    for (const name of new Set(named))
      copyFileSync(join(root, `test/golden/${name}.skel.ts`), join(build, `${name}.skel.ts`));
    for (const { text, line } of typescript) writeFileSync(join(build, `line-${line}.ts`), text);
    writeFileSync(
      join(build, "tsconfig.json"),
      JSON.stringify({
        extends: "../../tsconfig.json",
        compilerOptions: { noUnusedLocals: false },
        include: ["*.ts", "../../src/btf-parser/elfy.d.ts"],
        exclude: [],
      }),
    );
  });

  test("compile", () => {
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    let output = "";
    try {
      output = execFileSync(process.execPath, [tsc, "-p", build, "--pretty", "false"], { encoding: "utf8" });
    } catch (error) {
      output = String((error as { readonly stdout?: unknown }).stdout);
    }
    expect(output).toBe("");
  });

  test.each(typescript.filter(({ how }) => how.startsWith("run")))(
    "README.md:$line runs",
    async ({ line }) => {
      const log = vi.spyOn(console, "log").mockImplementation(() => {});
      try {
        await import(join(build, `line-${line}.ts`));
        const logged = log.mock.calls.flat();
        expect(logged.length).toBeGreaterThan(0);
        expect(logged).toEqual(logged.map(() => true));
      } finally {
        log.mockRestore();
      }
    },
  );
});

test("programs in C are fixtures, whole", () => {
  const programs = blocks().filter(({ how }) => how.startsWith("fixture "));
  expect(programs).toHaveLength(1);
  for (const { how, text } of programs)
    expect(text).toBe(readFileSync(join(root, `fixtures/${how.slice("fixture ".length)}.bpf.c`), "utf8"));
});

test("the CLI reference is what --help prints", () => {
  const help = blocks().find(({ how }) => how === "help");
  const printed = execFileSync(process.execPath, [join(root, "src/codegen/bin.js"), "--help"], {
    encoding: "utf8",
    env: { ...process.env, COLUMNS: "100" },
  });
  expect(help?.text.trim()).toBe(printed.trim());
});
