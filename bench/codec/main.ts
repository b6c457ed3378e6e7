/**
 * Codecs against what else there is. The main process starts one process for each struct, candidate and operation,
 * so that none spoils another's inline caches, and lets them take turns.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { agree } from "./agree.ts";
import { type CandidateName, operationsOf } from "./candidates.ts";
import { allocated, nanoseconds, warmUp } from "./measure.ts";
import { STRUCTS, type StructName } from "./values.ts";

const ROUNDS = 15;
const MILLISECONDS = 4;

/** The rows of the table: what is measured, and against which row its ratio is. */
const ROWS: readonly (readonly [candidate: CandidateName, operation: string, yardstick: string])[] = [
  ["hand-written", "read", "read"],
  ["generated", "read", "read"],
  ["run-time", "read", "read"],
  ["hand-written", "read, use every field", "read, use every field"],
  ["generated", "view, use every field", "read, use every field"],
  ["run-time", "view, use every field", "read, use every field"],
  ["hand-written", "decode", "decode"],
  ["generated", "decode", "decode"],
  ["run-time", "decode", "decode"],
  ["koffi", "decode", "decode"],
  ["protobuf-es", "decode", "decode"],
  ["hand-written", "write", "write"],
  ["generated", "write", "write"],
  ["run-time", "write", "write"],
  ["hand-written", "write, unchecked", "write"],
  ["hand-written", "encode", "encode"],
  ["generated", "encode", "encode"],
  ["run-time", "encode", "encode"],
  ["koffi", "encode", "encode"],
  ["protobuf-es", "encode", "encode"],
];

interface Worker {
  readonly row: (typeof ROWS)[number];
  readonly process: ChildProcess;
  readonly times: number[];
  bytes: number;
}

/** What a worker answers when asked for "time" or "memory". */
async function ask(worker: Worker, what: string): Promise<number> {
  worker.process.send(what);
  const [answer]: unknown[] = await once(worker.process, "message");
  return Number(answer);
}

function start(struct: StructName, row: Worker["row"], flags: string[] = []): Worker {
  const [candidate, operation] = row;
  const process = fork(fileURLToPath(import.meta.url), [struct, candidate, operation], { execArgv: flags });
  return { row, process, times: [], bytes: 0 };
}

async function measure(struct: StructName): Promise<void> {
  agree(struct);
  const workers = ROWS.filter(([candidate, operation]) => operation in operationsOf(candidate, struct)).map(
    (row) => start(struct, row),
  );
  try {
    for (const worker of workers) await ask(worker, "warm up");
    for (let round = 0; round < ROUNDS; round++)
      for (const worker of workers) worker.times.push(await ask(worker, "time"));
    for (const worker of workers) worker.bytes = await memory(struct, worker.row);
  } finally {
    for (const worker of workers) worker.process.kill();
  }
  print(struct, workers);
}

/** Bytes per operation, in a process whose young generation is never collected while it is measured. */
async function memory(struct: StructName, row: Worker["row"]): Promise<number> {
  const worker = start(struct, row, [
    "--expose-gc",
    "--min-semi-space-size=128",
    "--max-semi-space-size=128",
  ]);
  try {
    await ask(worker, "warm up");
    return await ask(worker, "memory");
  } finally {
    worker.process.kill();
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function print(struct: StructName, workers: readonly Worker[]): void {
  const header = ["ns/op", "range", "Mop/s", "bytes/op", "x hand"].map((text) => text.padStart(11)).join("");
  console.log(`\n${STRUCTS[struct].title}\n  ${"".padEnd(36)}${header}`);
  for (const { row, times, bytes } of workers) {
    const [candidate, operation, yardstick] = row;
    const base = workers.find(({ row: [name, what] }) => name === "hand-written" && what === yardstick);
    const middle = median(times);
    // Round by round, so that a slow moment of the machine is in both.
    const ratio = median(times.map((time, round) => time / (base?.times[round] ?? Number.NaN)));
    const cells = [
      middle.toFixed(1),
      `${Math.min(...times).toFixed(0)}-${Math.max(...times).toFixed(0)}`,
      (1e3 / middle).toFixed(2),
      bytes.toFixed(0),
      `${ratio.toFixed(2)}x`,
    ];
    console.log(
      `  ${`${candidate}, ${operation}`.padEnd(36)}${cells.map((cell) => cell.padStart(11)).join("")}`,
    );
  }
}

/** In a worker: answers with numbers until it is killed. */
function work(struct: StructName, candidate: CandidateName, name: string): void {
  const operation = operationsOf(candidate, struct)[name];
  if (operation === undefined) throw new Error(`no ${name} by ${candidate}`);
  let times = 0;
  process.on("message", (what) => {
    if (what === "warm up") times = warmUp(operation, MILLISECONDS);
    process.send?.(
      what === "memory" ? allocated(operation) : what === "time" ? nanoseconds(operation, times) : 0,
    );
  });
}

const [, , struct, candidate, operation] = process.argv;
if (operation === undefined) {
  console.log(
    `\nCodecs: median of ${ROUNDS} rounds; "x hand" against the hand-written row of the same operation`,
  );
  for (const name of Object.keys(STRUCTS))
    if (name.startsWith(struct ?? "")) await measure(name as StructName);
} else work(struct as StructName, candidate as CandidateName, operation);
