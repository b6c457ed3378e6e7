/** Random sequences of calls, right and wrong: see child.ts. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeKernel } from "../kernel/require-kernel.ts";
import { type CompiledProgram, compileProgram } from "./compile.ts";
import { runMisuse } from "./run.ts";

const number = (name: string, otherwise: number): number =>
  Number(process.env[`TINYBPF_MISUSE_${name}`] ?? otherwise);
const STEPS = number("STEPS", 50_000);
const SEED = number("SEED", 1);
const FROM = number("FROM", 0);
const SCENE = process.env["TINYBPF_MISUSE_SCENE"];

describeKernel("misuse", () => {
  let program: CompiledProgram;
  beforeAll(() => {
    program = compileProgram("test/misuse/child.ts");
  });
  afterAll(() => program.remove());

  test(
    `${STEPS} steps with seed ${SEED} give typed errors or right answers`,
    { timeout: 3_600_000 },
    async () => {
      const { ok, report } = await runMisuse(program, STEPS, SEED, FROM, SCENE);
      if (!ok) console.error(report);
      expect(ok).toBe(true);
    },
  );
});
