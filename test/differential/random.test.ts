/**
 * Random C types against the compiler. `npm run differential -- 10000 [seed]` runs as many as wanted; here they are
 * 300, with a new seed each time.
 */
import { expect, test } from "vitest";
import { needs } from "../btf-parser/needs.ts";
import { checkRandom, shrink } from "./batches.ts";
import { COMPILER, HOST } from "./compile.ts";

const COUNT = number("TINYBPF_DIFFERENTIAL_COUNT") ?? 300;
const SEED = number("TINYBPF_DIFFERENTIAL_SEED") ?? Math.floor(Math.random() * 2 ** 31);
const FROM = number("TINYBPF_DIFFERENTIAL_FROM") ?? 0;

/** So many failures are reduced to their smallest; the others are most likely the same. */
const SHRUNK = 3;

function number(variable: string): number | undefined {
  const text = process.env[variable];
  return text === undefined ? undefined : Number(text);
}

test(`${COUNT} random types`, { timeout: 600_000 + COUNT * 2000 }, async (context) => {
  needs(context, COMPILER, HOST);
  console.log(`differential: ${COUNT} random types, seed ${SEED}, from ${FROM}`);
  let shown = 0;
  const failures = await checkRandom({ seed: SEED, count: COUNT, from: FROM }, (done) => {
    if (done - shown < 1000) return;
    shown = done;
    console.log(`differential: ${done} done`);
  });
  const reports: string[] = [];
  for (const [nth, { index, differences }] of failures.entries()) {
    reports.push(
      `type ${index}; again: npm run differential -- 1 ${SEED} --from ${index}`,
      ...differences.slice(0, 3),
      ...(nth < SHRUNK ? [await shrink(SEED, index)] : []),
      "",
    );
  }
  expect(reports.join("\n"), `${failures.length} of ${COUNT} types with seed ${SEED}`).toBe("");
});
