/** Many random types: checked in batches, and whatever fails again alone, until the smallest that fails is found. */
import * as fc from "fast-check";
import { type RandomProgram, randomProgram } from "./c-types.ts";
import { check } from "./check.ts";
import { sourceOf } from "./declare.ts";

/** Types in one C source: start-up of compiler and generator is shared, and memory stays small. */
const BATCH = 60;

/** One compiles while another runs its comparisons. */
const AT_ONCE = 2;

/** After this many milliseconds the smallest found so far has to do. */
const SHRINK_LIMIT = 180_000;

/** Which random types. The seed decides them all; `from` skips some. */
export interface Run {
  readonly seed: number;
  readonly count: number;
  readonly from: number;
}

/** Checks random types. */
export async function checkRandom(
  { seed, count, from }: Run,
  onProgress: (done: number) => void,
): Promise<Failure[]> {
  const programs = fc.sample(randomProgram, { seed, numRuns: from + count });
  const batches: Batch[] = [];
  for (let start = from; start < from + count; start += BATCH)
    batches.push({ start, programs: programs.slice(start, Math.min(start + BATCH, from + count)) });
  const failures: Failure[] = [];
  let done = 0;
  const worker = async (): Promise<void> => {
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      failures.push(...(await failuresOf(batch)));
      done += batch.programs.length;
      onProgress(done);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return failures.toSorted((a, b) => a.index - b.index);
}

/** A random type that fails. */
export interface Failure {
  /** Its number among those of the seed. */
  readonly index: number;
  readonly differences: readonly string[];
}

interface Batch {
  readonly start: number;
  readonly programs: readonly RandomProgram[];
}

async function failuresOf({ start, programs }: Batch): Promise<Failure[]> {
  try {
    const optimise = (start / BATCH) % 2 === 0 ? 0 : 1;
    const differences = await check(sourceOf(programs), { optimise });
    return Array.from(differences, ([index, lines]) => ({ index: start + index, differences: lines }));
  } catch (error) {
    // No compiler or generator says which type it is that it cannot cope with.
    if (programs.length === 1) return [{ index: start, differences: [String(error)] }];
    const half = programs.length >>> 1;
    return [
      ...(await failuresOf({ start, programs: programs.slice(0, half) })),
      ...(await failuresOf({ start: start + half, programs: programs.slice(half) })),
    ];
  }
}

/** The smallest type that a failing one can be reduced to, and what is wrong with it. */
export async function shrink(seed: number, index: number): Promise<string> {
  const property = fc.asyncProperty(randomProgram, async (program) => {
    const lines = await differencesOf(program);
    if (lines.length > 0) throw new Error(lines.slice(0, 5).join("\n"));
  });
  const result = await fc.check(property, {
    seed,
    path: String(index),
    numRuns: 1,
    interruptAfterTimeLimit: SHRINK_LIMIT,
    markInterruptAsFailure: true,
  });
  const [smallest] = result.counterexample ?? [];
  if (smallest === undefined) return "alone it does not fail: the other types of its batch matter";
  return [
    `${result.numShrinks} times smaller (${result.counterexamplePath}):`,
    sourceOf([smallest]).declarations,
    ...(await differencesOf(smallest)).slice(0, 5),
  ].join("\n");
}

/** What is wrong with one type. */
async function differencesOf(program: RandomProgram): Promise<readonly string[]> {
  const [failure] = await failuresOf({ start: 0, programs: [program] });
  return failure?.differences ?? [];
}
