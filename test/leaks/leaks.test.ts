/** Thousands of ways from opening to closing: see cycles.ts. */
import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeKernel } from "../kernel/require-kernel.ts";
import { type CompiledProgram, compileProgram } from "../misuse/compile.ts";
import type { Leaks } from "./child.ts";

const CYCLES = Number(process.env["TINYBPF_LEAK_CYCLES"] ?? 2000);
/**
 * Resident memory that each part of the cycles may add: a page for each cycle. What leaks does so in all of them, while V8 and
 * the C library take memory for themselves now and then.
 */
const RESIDENT = 4096;
/** What C code may have allocated more: 512 bytes for each cycle. */
const ALLOCATED = CYCLES * 512;
/** Of addresses, which cost next to nothing: 32 KB a cycle. A ring buffer's would be 516 KB. */
const ADDRESSES = 64 * 2 ** 20;
/** Of V8's heap, which a closure or two for each cycle would fill. */
const HEAP = 2 * 2 ** 20;

describeKernel("leaks", () => {
  let program: CompiledProgram;
  beforeAll(() => {
    program = compileProgram("test/leaks/child.ts");
  });
  afterAll(() => program.remove());

  test(`${CYCLES} cycles leave nothing behind`, { timeout: 1_800_000 }, () => {
    const args = ["--expose-gc", program.path, String(CYCLES), program.fixtures];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const { before, after, rss, maps, programs } = JSON.parse(stdout) as Leaks;
    expect(after.descriptors).toEqual(before.descriptors);
    expect([after.mappings, after.mappedBytes]).toEqual([before.mappings, before.mappedBytes]);
    expect(after.addressSpace - before.addressSpace).toBeLessThan(ADDRESSES);
    expect(after.allMappings - before.allMappings).toBeLessThan(CYCLES / 10);
    expect({ maps, programs }).toEqual({ maps: [], programs: [] });
    const growth = rss.slice(1).map((value, part) => value - (rss[part] ?? 0));
    expect(Math.min(...growth)).toBeLessThan((CYCLES / growth.length) * RESIDENT);
    expect(after.allocated - before.allocated).toBeLessThan(ALLOCATED);
    expect(after.external - before.external).toBeLessThan(HEAP);
    expect(after.heap - before.heap).toBeLessThan(HEAP);
  });
});
