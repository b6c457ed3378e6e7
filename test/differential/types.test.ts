/** The code that is generated for random types, under the strictest flags of tsc. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { needs } from "../btf-parser/needs.ts";
import { typeCheck } from "../codegen/support.ts";
import { randomProgram } from "./c-types.ts";
import { workFolder } from "./check.ts";
import { COMPILER, compileBpf } from "./compile.ts";
import { sourceOf } from "./declare.ts";
import { constantsSource } from "./c-constants.ts";
import { generateCodecs } from "./generated.ts";

const COUNT = 100;
const SEED = Number(process.env["TINYBPF_DIFFERENTIAL_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

test(`skeletons of ${COUNT} random types compile`, { timeout: 300_000 }, async (context) => {
  needs(context, COMPILER);
  console.log(`differential: ${COUNT} random types for tsc, seed ${SEED}`);
  const folder = workFolder();
  try {
    const source = join(folder, "types.bpf.c");
    const programs = fc.sample(randomProgram, { seed: SEED, numRuns: COUNT });
    writeFileSync(source, constantsSource(sourceOf(programs)));
    await generateCodecs(await compileBpf(source, "bpfel"), folder, "types");
    expect(typeCheck([join(folder, "types.skel.ts")]), `TINYBPF_DIFFERENTIAL_SEED=${SEED}`).toBe("");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
