/**
 * Mutations from one index to another, in a process of their own: `fuzz.js FIXTURES SEED FROM TO`.
 *
 * Says on stdout, one line each, before what it does: `at INDEX` from time to time, and at the end `done` with counts as
 * JSON. A line `failed` with JSON is a mutation that got neither a model nor one of the two errors.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { isParseError, parseBtf, parseObject } from "../../src/btf-parser/index.ts";
import { mutate, toSubject } from "./mutate.ts";
import { walk } from "./walk.ts";

/** Bytes of typed arrays that reading one object may take, beyond `ARRAY_FACTOR` times its size. */
const ARRAY_BASE = 1 << 20;
const ARRAY_FACTOR = 16;

/** What became of the mutations. */
interface Counts {
  models: number;
  elfErrors: number;
  btfErrors: number;
  answers: number;
  questionErrors: number;
}

function check(bytes: Uint8Array, counts: Counts): void {
  const before = process.memoryUsage().arrayBuffers;
  try {
    const object = parseObject(bytes);
    // Garbage from before can only make the difference smaller.
    const taken = process.memoryUsage().arrayBuffers - before;
    assert(taken <= ARRAY_BASE + ARRAY_FACTOR * bytes.length, `${taken} bytes for ${bytes.length}`);
    const { answers, errors } = walk(object);
    counts.models++;
    counts.answers += answers;
    counts.questionErrors += errors;
  } catch (error) {
    if (!isParseError(error)) throw error;
    if (error.name === "ElfParseError") counts.elfErrors++;
    else counts.btfErrors++;
  }
}

/** The types alone, for mutations whose ELF headers hide them. */
function checkTypesAlone(bytes: Uint8Array, at: number | undefined): void {
  if (at === undefined) return;
  try {
    for (const type of parseBtf(bytes.subarray(at)).types()) assert(type.id > 0);
  } catch (error) {
    if (!isParseError(error)) throw error;
  }
}

function say(line: string): void {
  // Synchronous: what was said before a crash must be there after it.
  writeSync(1, `${line}\n`);
}

function main(): void {
  const [folder = "fixtures", ...numbers] = argv.slice(2);
  const [seed = 1, from = 0, to = 0] = numbers.map(Number);
  const names = readdirSync(folder).filter((name) => name.endsWith(".bpf.o"));
  const [first, ...others] = names
    .sort()
    .map((name) => toSubject(name, Uint8Array.from(readFileSync(join(folder, name)))));
  if (first === undefined) throw new Error(`no objects in ${folder}; npm run fixtures makes them`);
  const counts: Counts = { models: 0, elfErrors: 0, btfErrors: 0, answers: 0, questionErrors: 0 };
  for (let index = from; index < to; index++) {
    if ((index - from) % 16 === 0) say(`at ${index}`);
    const { subject: chosen, bytes } = mutate([first, ...others], seed, index);
    try {
      check(bytes, counts);
      checkTypesAlone(bytes, chosen.btfAt);
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      say(`failed ${JSON.stringify({ index, fixture: chosen.name, error: text })}`);
      process.exitCode = 1;
    }
  }
  say(`done ${JSON.stringify(counts)}`);
}

main();
