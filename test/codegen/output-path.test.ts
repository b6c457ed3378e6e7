import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { objectStem } from "../../src/codegen/object-stem.ts";
import {
  checkOutput,
  namesFile,
  objectPathFrom,
  outputFiles,
  outputPath,
} from "../../src/codegen/output-path.ts";

test.each([
  ["trace.bpf.o", "trace"],
  ["dir/tcp-connect.bpf.o", "tcp-connect"],
  ["scalars.be.bpf.o", "scalars.be"],
  ["plain.o", "plain"],
  ["no-extension", "no-extension"],
  [".o", ".o"],
])("the stem of %s is %s", (path, stem) => {
  expect(objectStem(path)).toBe(stem);
});

test.each([
  ["build/trace.bpf.o", undefined, "build/trace.skel.ts"],
  ["build/trace.bpf.o", "src", "src/trace.skel.ts"],
  ["build/trace.bpf.o", "src/bpf.ts", "src/bpf.ts"],
  ["build/trace.bpf.o", "src/bpf.mts", "src/bpf.mts"],
])("%s with -o %s goes to %s", (object, output, expected) => {
  expect(outputPath(object, output)).toBe(expected);
});

test.each([
  ["build/trace.bpf.o", undefined, "build/trace.skel.js"],
  ["build/trace.bpf.o", "src", "src/trace.skel.js"],
  ["build/trace.bpf.o", "src/bpf.mjs", "src/bpf.mjs"],
])("in JavaScript %s with -o %s goes to %s", (object, output, expected) => {
  expect(outputPath(object, output, "js")).toBe(expected);
});

test.each([
  ["a/x.skel.ts", "ts", ["a/x.skel.ts"]],
  ["a/x.skel.js", "js", ["a/x.skel.js", "a/x.skel.d.ts"]],
  ["a/x.mjs", "js", ["a/x.mjs", "a/x.d.mts"]],
  ["a.js/x.js", "js", ["a.js/x.js", "a.js/x.d.ts"]],
] as const)("%s for %s means %j", (path, target, files) => {
  expect(outputFiles(path, target)).toEqual(files);
});

test("a folder may be called like a file", () => {
  const folder = mkdtempSync(join(tmpdir(), "tinybpf-"));
  try {
    const module = join(folder, "bpf.ts");
    expect(namesFile(module)).toBe(true);
    mkdirSync(module);
    expect(namesFile(module)).toBe(false);
    expect(() => checkOutput(module, "js")).not.toThrow();
    expect(outputPath("trace.bpf.o", module)).toBe(join(module, "trace.skel.ts"));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([
  ["a/x.skel.ts", "a/x.bpf.o", "./x.bpf.o"],
  ["src/x.skel.ts", "build/x.bpf.o", "../build/x.bpf.o"],
  ["x.skel.ts", "build/x.bpf.o", "./build/x.bpf.o"],
])("from %s the object %s is %s", (skeleton, object, expected) => {
  expect(objectPathFrom(skeleton, object)).toBe(expected);
});
