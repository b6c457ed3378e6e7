/**
 * Plays episodes of misuse: `node --expose-gc child.js STEPS SEED FIRST_EPISODE FIXTURES JOURNAL [SCENE]`. Writes each step
 * to the journal before it does it. Ends with code 0, or tells what went wrong and ends with 1. Also a worker thread's program: see
 * terminated.ts.
 */
import { openSync, readdirSync, readlinkSync, writeSync } from "node:fs";
import { isMainThread, parentPort } from "node:worker_threads";
import { init } from "tinybpf";
import { Random } from "../btf-parser/random.ts";
import { closeStep, transientStep } from "./closing.ts";
import { allowed, attempt, Finding, Injected } from "./outcome.ts";
import { makePlaces, type Places } from "./places.ts";
import { SCENES } from "./scenes.ts";
import { iterationStep, wildStep } from "./wild.ts";
import { type Step, World } from "./world.ts";

const STEPS_OF_EPISODE = 250;
const [steps = 1000, seed = 1, first = 0] = process.argv.slice(2, 5).map(Number);
const [fixtures = "", journalPath = "", wanted = ""] = process.argv.slice(5);
const scenes = wanted === "" ? SCENES : SCENES.filter(({ name }) => name === wanted);
if (scenes.length === 0) throw new Error(`no scene is called ${wanted}`);
const journal = openSync(journalPath, "a");
const gc = globalThis.gc as ((options?: { type: "minor" }) => void) | undefined;
if (gc === undefined) throw new Error("run with --expose-gc");

function note(text: string): void {
  writeSync(journal, `${text}\n`);
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function nextStep(world: World): Step | undefined {
  const { random } = world;
  const kind = random.below(100);
  if (kind < 3 && random.oneIn(2)) return closeStep(world);
  if (kind < 6) return transientStep(world);
  if (kind < 14) return iterationStep(world);
  if (kind < 45) return wildStep(world);
  const actor = world.pick(world.actors);
  if (actor === undefined) return wildStep(world);
  if (world.dirty.delete(actor) && (actor.owner.open || actor.outlives === true)) actor.resync();
  return actor.step(world);
}

async function episode(index: number, places: Places, count: number): Promise<void> {
  const world = new World(new Random(seed, index), note);
  note(`episode ${index}`);
  for (let i = 0; i <= world.random.below(3); i++) world.pick(scenes)?.(world, places);
  for (let i = 0; i < count; i++) {
    const step = nextStep(world);
    if (step === undefined) continue;
    note(`${i} ${step.text}`);
    await step.run();
    gc?.({ type: "minor" });
    if (i % 50 === 0) gc?.();
    if (i % 4 === 0) await turn();
    else await Promise.resolve();
    world.assertWell();
  }
  note("end: close all");
  await end(world);
}

async function end(world: World): Promise<void> {
  for (const owned of world.owners) world.close(owned);
  for (const { owner } of world.actors) if (owner.open) throw new Finding("an owner is still open");
  for (const thing of world.transients) attempt(() => thing.close());
  for (let i = 0; i < 100 && world.pending > 0; i++) await turn();
  if (world.pending > 0) throw new Finding(`${world.pending} promises never end, though all is closed`);
  for (const iterator of world.iterators) attempt((): unknown => iterator.next());
  for (const root of world.roots) attempt(() => root.owner?.thing.close());
  world.assertWell();
}

/** What is open, by kind. */
function descriptors(): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return [];
    }
  });
}

async function main(): Promise<void> {
  const places = makePlaces(fixtures);
  init();
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
  parentPort?.postMessage("ready");
  let opened: number | undefined;
  for (let done = 0, index = first; done < steps; done += STEPS_OF_EPISODE, index++) {
    await episode(index, places, Math.min(STEPS_OF_EPISODE, steps - done));
    if (!isMainThread) continue; // other threads have descriptors, too
    const left = descriptors();
    const bpf = left.filter(
      (target) => /bpf|perf_event|btf|epoll/.test(target) && !target.includes("eventpoll"),
    );
    if (bpf.length > 0) throw new Finding(`left open: ${bpf.join(", ")}`);
    opened ??= left.length;
    if (left.length > opened + 2)
      throw new Finding(`${opened} descriptors became ${left.length}: ${left.join(", ")}`);
  }
}

function fail(error: unknown): never {
  writeSync(2, `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}

// What a listener of lost events throws while nobody waits has nowhere else to go.
process.on("uncaughtException", (error) => {
  if (!(error instanceof Injected)) fail(error);
});
process.on("unhandledRejection", (error) => {
  try {
    allowed(error);
  } catch (finding) {
    fail(finding);
  }
});
await main().catch(fail);
note("done");
process.exit(0);
