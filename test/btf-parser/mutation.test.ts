/** Hostile input: every fixture mutated, and read in child processes with little memory (scripts/fuzz.mjs). */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { FIXTURES, readFixture } from "./fixtures.ts";
import { mutate, toSubject } from "./mutate.ts";

const SCRIPT = fileURLToPath(new URL("../../scripts/fuzz.mjs", import.meta.url));
const COUNT = 24_000;
const SEED = 20;

const subjects = FIXTURES.map((name) => toSubject(name, readFixture(name)));
const [first, ...others] = subjects;
if (first === undefined) throw new Error("no fixtures");

describe("mutations", () => {
  test("are the same for the same seed and index, and others for others", () => {
    const one = mutate([first, ...others], SEED, 7);
    expect(mutate([first, ...others], SEED, 7)).toEqual(one);
    expect(mutate([first, ...others], SEED, 8)).not.toEqual(one);
    expect(mutate([first, ...others], SEED + 1, 7)).not.toEqual(one);
  });

  test("change every fixture, and leave the original alone", () => {
    const before = subjects.map(({ bytes }) => Uint8Array.from(bytes));
    const changed = new Set<string>();
    for (let index = 0; index < 2000; index++) {
      const { subject, bytes } = mutate([first, ...others], SEED, index);
      if (!equal(bytes, subject.bytes)) changed.add(subject.name);
    }
    expect([...changed].sort()).toEqual(FIXTURES);
    expect(subjects.every(({ bytes }, index) => equal(bytes, before[index] ?? new Uint8Array()))).toBe(true);
  });
});

test(
  `${COUNT} mutations give a model or one of the two errors`,
  () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, String(COUNT), String(SEED)], {
      encoding: "utf8",
    });
    // What failed, and the commands that repeat it, are in stderr.
    expect(status, stderr).toBe(0);
    const counts = JSON.parse(stdout) as { [name: string]: number };
    expect(counts).toMatchObject({ mutations: COUNT, seed: SEED, failures: 0 });
    // All three outcomes are common, or the mutations have become too coarse or too mild.
    const { models = 0, elfErrors = 0, btfErrors = 0 } = counts;
    expect(models + elfErrors + btfErrors).toBe(COUNT);
    expect(Math.min(models, elfErrors, btfErrors)).toBeGreaterThan(COUNT / 20);
  },
  // Not a measure of speed: each child is watched by the script, this only bounds a script that hangs itself.
  900_000,
);

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
