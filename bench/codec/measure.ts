/** Time and memory of one operation. */
import { SAMPLES } from "./values.ts";
import type { Operation } from "./candidate.ts";

/** What was returned last is kept here, so that nothing can be optimised away. */
let kept: unknown;

/** Runs the operation `times` times over all samples; nanoseconds for all. */
function time(operation: Operation, times: number): number {
  const start = process.hrtime.bigint();
  for (let i = 0; i < times; i++) kept = operation(i & (SAMPLES - 1));
  return Number(process.hrtime.bigint() - start);
}

/** How often it has to run for `milliseconds`, once it is compiled. */
export function warmUp(operation: Operation, milliseconds: number): number {
  let times = 64;
  let taken = 0;
  // Long enough for the compiler to be done.
  const end = process.hrtime.bigint() + BigInt(milliseconds * 80 * 1e6);
  while (process.hrtime.bigint() < end) {
    taken = time(operation, times);
    if (taken < milliseconds * 1e6) times = Math.ceil(times * Math.min(2, (milliseconds * 1.1e6) / taken));
  }
  return times;
}

/** Of so many tries the fastest counts: what else the machine has to do can only add to it. */
const TRIES = 5;

/** Nanoseconds of one. */
export function nanoseconds(operation: Operation, times: number): number {
  return Math.min(...Array.from({ length: TRIES }, () => time(operation, times))) / times;
}

/** Never more than fits into the young generation that the process was started with. */
const MOST_BYTES = 3e6;

/**
 * Bytes that one allocates, on the heap and in array buffers. The process needs `--expose-gc` and a young generation in
 * which all of it finds room.
 */
export function allocated(operation: Operation): number {
  const first = Math.max(1, growth(operation, SAMPLES * 8));
  const times = Math.min(100_000, Math.ceil(MOST_BYTES / first));
  const rounds = Array.from({ length: 5 }, () => growth(operation, times));
  if (kept === undefined) throw new Error("nothing was done");
  // Array buffers can make V8 collect them all the same: what it freed is missing from that round.
  return Math.max(...rounds);
}

function growth(operation: Operation, times: number): number {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error("run with --expose-gc");
  // The second waits for array buffers that the first leaves to be freed on the side.
  gc();
  gc();
  const before = process.memoryUsage();
  time(operation, times);
  const after = process.memoryUsage();
  return (after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers) / times;
}
