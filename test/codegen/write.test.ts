import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readText, writeAtomically } from "../../src/codegen/write.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tinybpf-write-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("writes a file and the folders on the way, and leaves nothing else", () => {
  const path = join(folder, "a/b/x.ts");
  expect(writeAtomically(path, "text")).toBe("wrote");
  expect(readText(path)).toBe("text");
  expect(readdirSync(join(folder, "a/b"))).toEqual(["x.ts"]);
});

test("leaves a file alone that has the text already", () => {
  const path = join(folder, "x.ts");
  writeFileSync(path, "text");
  utimesSync(path, 1000, 1000);
  expect(writeAtomically(path, "text")).toBe("unchanged");
  expect(statSync(path).mtimeMs).toBe(1_000_000);
  expect(writeAtomically(path, "other")).toBe("wrote");
  expect(statSync(path).mtimeMs).toBeGreaterThan(1_000_000);
});

test("replaces the file rather than its content", () => {
  const path = join(folder, "x.ts");
  writeFileSync(path, "text");
  const before = statSync(path).ino;
  writeAtomically(path, "other");
  expect(statSync(path).ino).not.toBe(before);
});

test("keeps the mode, and a symbolic link", () => {
  const target = join(folder, "target.ts");
  const link = join(folder, "link.ts");
  writeFileSync(target, "text");
  chmodSync(target, 0o600);
  symlinkSync(target, link);
  writeAtomically(link, "other");
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(target, "utf8")).toBe("other");
  expect(statSync(target).mode & 0o777).toBe(0o600);
});

test("a failure leaves the old file and no part of the new one", () => {
  const path = join(folder, "x.ts");
  writeFileSync(path, "text");
  const squatter = join(folder, `.x.ts.${process.pid}.tmp`);
  writeFileSync(squatter, "");
  expect(() => writeAtomically(path, "other")).toThrow("EEXIST");
  expect(readText(path)).toBe("text");
});

test("a file that is not there has no text", () => {
  expect(readText(join(folder, "none.ts"))).toBeUndefined();
});
