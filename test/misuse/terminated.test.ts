/** Threads that are terminated in the middle of anything: see terminated.ts. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeKernel } from "../kernel/require-kernel.ts";
import { type CompiledProgram, compileProgram } from "./compile.ts";

const THREADS = Number(process.env["TINYBPF_MISUSE_THREADS"] ?? 20);
const SEED = Number(process.env["TINYBPF_MISUSE_SEED"] ?? 1);

describeKernel("terminated threads", () => {
  let program: CompiledProgram;
  beforeAll(() => {
    program = compileProgram("test/misuse/terminated.ts", "test/misuse/child.ts");
  });
  afterAll(() => program.remove());

  test(`${THREADS} threads with seed ${SEED} leave the process well`, { timeout: 600_000 }, () => {
    const journal = join(program.path, "../journal");
    const flags = ["--expose-gc", "--no-warnings"];
    const args = [program.path, String(THREADS), String(SEED), program.fixtures, journal];
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, [...flags, ...args], {
      encoding: "utf8",
      timeout: 590_000, // A hang is what the test would not end of itself.
    });
    expect({ status, signal, stdout, stderr }).toEqual({
      status: 0,
      signal: null,
      stdout: "done\n",
      stderr: "",
    });
  });
});
