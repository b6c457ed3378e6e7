import { writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compileRuntime, type CompiledRuntime } from "./compiled.ts";

const folder = mkdtempSync(join(tmpdir(), "tinybpf-init-"));
const textFile = join(folder, "libbpf.so.1");
writeFileSync(textFile, "no library");

let runtime: CompiledRuntime;
beforeAll(() => {
  runtime = compileRuntime();
});
afterAll(() => {
  runtime.remove();
  rmSync(folder, { recursive: true });
});

/** Runs code that may use `init`, and prints the error that it throws. */
function run(code: string, environment?: NodeJS.ProcessEnv): string {
  const { status, stdout, stderr } = runtime.run(
    `import * as tinybpf from "%runtime%/index.js";
     const { init } = tinybpf;
     try { ${code} } catch (error) { console.log(error.name + ": " + error.message); }`,
    environment,
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout;
}

test("importing loads nothing", () => {
  expect(run(`console.log(typeof init)`, { TINYBPF_LIBBPF: "/no/such/file" })).toBe("function\n");
});

test("a path that is given goes before the environment's", () => {
  const output = run(`init("/given/libbpf.so")`, { TINYBPF_LIBBPF: "/environment/libbpf.so" });
  expect(output).toMatch(/^LibraryError: cannot load libbpf from \/given\/libbpf\.so \(given to init\): /);
  expect(output).not.toContain("/environment");
});

test("the environment's path goes before the system's library", () => {
  const output = run(`init()`, { TINYBPF_LIBBPF: "/environment/libbpf.so" });
  expect(output).toMatch(
    /^LibraryError: cannot load libbpf from \/environment\/libbpf\.so \(from TINYBPF_LIBBPF\): /,
  );
});

test("a library that is not found: what was tried, and how to get one", () => {
  expect(run(`init("libnosuch.so.1")`)).toMatch(
    /libnosuch\.so\.1[^]*apt-get install libbpf1[^]*TINYBPF_LIBBPF/,
  );
});

test("a file that is no library", () => {
  expect(run(`init(${JSON.stringify(textFile)})`)).toMatch(/^LibraryError: cannot load libbpf from /);
});

test("a library that is no libbpf", () => {
  expect(run(`init("libc.so.6")`)).toMatch(/^LibraryError: libc\.so\.6 is no libbpf, or one older than 0\.6/);
});

test("after a failure another path can be tried", () => {
  expect(run(`try { init("/no/such"); } catch {} init("/no/other");`)).toContain("/no/other");
});
