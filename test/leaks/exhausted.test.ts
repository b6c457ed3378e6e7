/** Without descriptors to be had everything fails, with a typed error, and leaves nothing open: see exhausted.ts. */
import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeKernel } from "../kernel/require-kernel.ts";
import { type CompiledProgram, compileProgram } from "../misuse/compile.ts";

describeKernel("no descriptor left", () => {
  let program: CompiledProgram;
  beforeAll(() => {
    program = compileProgram("test/leaks/exhausted.ts");
  });
  afterAll(() => program.remove());

  test("is a typed error, and leaves nothing open", { timeout: 300_000 }, () => {
    const limited = [
      "-c",
      'ulimit -n 400; exec "$@"',
      "bash",
      process.execPath,
      program.path,
      program.fixtures,
    ];
    const { status, stdout, stderr } = spawnSync("bash", limited, { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual([]);
  });
});
