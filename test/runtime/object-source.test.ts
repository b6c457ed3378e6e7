import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { SkeletonError } from "tinybpf";
import { embedded, objectFile } from "tinybpf/gen-v1";

const folder = mkdtempSync(join(tmpdir(), "tinybpf-object-"));
const base = pathToFileURL(join(folder, "x.skel.ts")).href;
const bytes = Buffer.from("an object");
const digest = createHash("sha256").update(bytes).digest("hex");

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("an object beside the skeleton", () => {
  writeFileSync(join(folder, "a b#%41.bpf.o"), bytes);
  expect(Buffer.from(objectFile("./a%20b%23%2541.bpf.o", base, digest)())).toEqual(bytes);
});

test("another object, or the same damaged, is refused before libbpf sees it", () => {
  writeFileSync(join(folder, "other.bpf.o"), "another one");
  expect(() => objectFile("./other.bpf.o", base, digest)()).toThrow(SkeletonError);
  expect(() => objectFile("./other.bpf.o", base, digest)()).toThrow("run tinybpf-gen again");
});

test("an object that is gone", () => {
  expect(() => objectFile("./gone.bpf.o", base, digest)()).toThrow(
    /cannot read .*gone\.bpf\.o: the skeleton was made with --no-embed/,
  );
});

test("an object in the skeleton", () => {
  expect(Buffer.from(embedded(`\n${bytes.toString("base64")}\n`)())).toEqual(bytes);
});
