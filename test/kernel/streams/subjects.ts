/** A ring buffer and a perf event array with the same interface: what holds of one holds of the other. */
import type { BatchOptions, StreamOptions } from "tinybpf";
import { Emit } from "../../golden/emit.skel.ts";
import { PerfEvents } from "../../golden/perf_events.skel.ts";
import { onlineCpus } from "../../../src/runtime/maps/online-cpus.ts";
import { emit } from "../emit.ts";

/** An event that the programs number, from 0. */
export interface Numbered {
  readonly seq: number;
}

type Callback = (event: Numbered) => boolean | number | undefined | void;

/** What both kinds of maps have. */
export interface Stream extends AsyncIterable<Numbered> {
  consume(callback: Callback): number;
  consumeViews(callback: Callback): number;
  poll(timeout: number, callback: Callback, options?: StreamOptions): Promise<number>;
  pollViews(timeout: number, callback: Callback, options?: StreamOptions): Promise<number>;
  listen(callback: Callback, options?: StreamOptions): Promise<number>;
  listenViews(callback: Callback, options?: StreamOptions): Promise<number>;
  iterate(options?: StreamOptions): AsyncIterableIterator<Numbered, undefined>;
  batches(options?: BatchOptions): AsyncIterableIterator<Numbered[], undefined>;
  readable(options?: StreamOptions): ReadableStream<Numbered>;
  [Symbol.asyncIterator](): AsyncIterableIterator<Numbered, undefined>;
}

/** One that is loaded. */
export interface Subject {
  readonly stream: Stream;
  /** Lets a program send so many events, all of which find room. */
  readonly emit: (count: number) => void;
  readonly close: () => void;
}

/** How each kind is loaded, by its name. */
export const SUBJECTS: Readonly<Record<string, () => Subject>> = {
  "ring buffer": loadRing,
  "perf event array": loadPerf,
};

function loadRing(): Subject {
  const ring = Emit.load();
  return {
    stream: ring.maps.events,
    emit(count) {
      const emitted = emit(ring, count);
      if (emitted !== count) throw new Error(`only ${emitted} of ${count} found room`);
    },
    close: () => ring.close(),
  };
}

const BPF_F_TEST_RUN_ON_CPU = 1;
const [CPU = 0] = onlineCpus();

function loadPerf(): Subject {
  const perf = PerfEvents.load();
  perf.maps.samples.open({ pages: 64 });
  return {
    stream: perf.maps.samples,
    emit(count) {
      const before = perf.bss.sent;
      const context = new Uint8Array(new BigUint64Array([BigInt(count)]).buffer);
      // From one CPU: between CPUs there is no order.
      perf.programs.send_samples.testRun({ context, cpu: CPU, flags: BPF_F_TEST_RUN_ON_CPU });
      if (perf.bss.sent - before !== count) throw new Error("not all found room");
    },
    close: () => perf.close(),
  };
}

/** The numbers from `first`, `count` of them. */
export function numbers(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

/** The numbers of the events that are there. */
export function drain(stream: Stream): number[] {
  const seen: number[] = [];
  stream.consume(({ seq }) => void seen.push(seq));
  return seen;
}

/** After so many turns of the event loop. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise<void>((resolve) => void setImmediate(resolve));
}

/** The result of what should settle by itself; an error when it does not, where a test would hang. */
export async function within<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("nobody woke who waits")), 10_000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
