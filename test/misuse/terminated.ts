/**
 * Plays episodes of misuse in worker threads, each of which is terminated somewhere in the middle:
 * `node --expose-gc terminated.js THREADS SEED FIXTURES JOURNAL`. Ends with code 0 unless a thread fails or takes the process along.
 */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { Random } from "../btf-parser/random.ts";

const [threads = 20, seed = 1] = process.argv.slice(2, 4).map(Number);
const [fixtures = "", journal = ""] = process.argv.slice(4);

/** More than any of them gets to. */
const STEPS = 1e9;
/** Milliseconds that a thread plays for. */
const LONGEST = 1000;

const random = new Random(seed, 0);
for (let i = 0; i < threads; i++) {
  const argv = [STEPS, seed + i, 0, fixtures, journal].map(String);
  const worker = new Worker(new URL("child.js", import.meta.url), { argv });
  let ended = false;
  worker.on("exit", () => (ended = true));
  await once(worker, "message");
  await sleep(random.below(LONGEST));
  if (ended) throw new Error(`thread ${i} failed by itself`);
  await worker.terminate();
}
console.log("done");
process.exit(0);
