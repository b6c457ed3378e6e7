import {
  chmodSync,
  lstatSync,
  mkdirSync,
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

test("makes what a symbolic link leads to, be it there or not", () => {
  mkdirSync(join(folder, "real"));
  symlinkSync("real/none.ts", join(folder, "link.ts"));
  symlinkSync("link.ts", join(folder, "second.ts"));
  symlinkSync("absent", join(folder, "folder"));
  expect(writeAtomically(join(folder, "second.ts"), "text")).toBe("wrote");
  expect(writeAtomically(join(folder, "folder/x.ts"), "text")).toBe("wrote");
  expect(readText(join(folder, "real/none.ts"))).toBe("text");
  expect(readText(join(folder, "absent/x.ts"))).toBe("text");
  for (const link of ["link.ts", "second.ts", "folder"])
    expect(lstatSync(join(folder, link)).isSymbolicLink(), link).toBe(true);
  expect(readdirSync(join(folder, "real"))).toEqual(["none.ts"]);
});

test("does not follow a link that leads to itself by way of what is not there", () => {
  const path = join(folder, "x.ts");
  symlinkSync("absent/../x.ts", path);
  expect(() => writeAtomically(path, "text")).toThrow(`cannot be written: ENOENT`);
});

test("keeps a mode that the umask would not give", () => {
  const path = join(folder, "x.ts");
  writeFileSync(path, "text");
  chmodSync(path, 0o666);
  const umask = process.umask(0o077);
  try {
    writeAtomically(path, "other");
    writeAtomically(join(folder, "new.ts"), "text");
  } finally {
    process.umask(umask);
  }
  expect(statSync(path).mode & 0o777).toBe(0o666);
  expect(statSync(join(folder, "new.ts")).mode & 0o777).toBe(0o600);
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
