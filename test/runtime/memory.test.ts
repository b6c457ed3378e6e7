import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, afterEach, expect, test } from "vitest";
import { mapMemory, pageSize } from "../../src/runtime/memory.ts";

const folder = mkdtempSync(join(tmpdir(), "tinybpf-memory-"));
const path = join(folder, "file");
afterAll(() => rmSync(folder, { recursive: true }));

let fd: number;
beforeEach(() => {
  fd = openSync(path, "w+");
  ftruncateSync(fd, 2 * pageSize());
});
afterEach(() => closeSync(fd));

test("pages", () => {
  expect([4096, 16_384, 65_536]).toContain(pageSize());
});

test("a writable mapping is the descriptor's memory", () => {
  const mapping = mapMemory(fd, 8, pageSize(), true);
  expect(mapping.view.byteLength).toBe(8);
  new Uint8Array(mapping.view.buffer).set([1, 2, 3]);
  expect([...readFileSync(path).subarray(pageSize(), pageSize() + 4)]).toEqual([1, 2, 3, 0]);

  const reading = mapMemory(fd, 4, pageSize(), false);
  expect(reading.view.getUint32(0, true)).toBe(0x030201);
  reading.close();
  mapping.close();
});

test("closing is idempotent", () => {
  const mapping = mapMemory(fd, 8, 0, true);
  expect(mapping.closed).toBe(false);
  mapping.close();
  mapping.close();
  expect(mapping.closed).toBe(true);
});

test("what the kernel refuses is a BpfError with its reason", () => {
  expect(() => mapMemory(-1, 8, 0, true, "map x")).toThrow(/cannot map 8 bytes of map x: .*EBADF/);
  expect(() => mapMemory(fd, 8, 1, true)).toThrow(/EINVAL/);
});

test.each([0, -1, 1.5, 2 ** 32, Number.NaN])("a length of %s is refused before C sees it", (length) => {
  expect(() => mapMemory(fd, length, 0, true)).toThrow(RangeError);
});
