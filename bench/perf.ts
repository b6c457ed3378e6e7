/** Nanoseconds per event of a perf event array, for each way of consuming it. Each way runs in a process of its own. */
import { PerfEvents } from "../test/golden/perf_events.skel.ts";

type Consumer = (perf: PerfEvents, expected: number) => Promise<number> | number;

/** How many samples the program sends at a time. */
const MAX_SAMPLES = 2048;

/** What a consumer found is added up here, so that no reading can be optimised away. */
let sink = 0;

const consumers: Readonly<Record<string, Consumer>> = {
  "views, two u32": ({ maps }) =>
    maps.samples.consumeViews((event) => {
      sink += event.seq + event.cpu;
    }),
  "views, all with the string": ({ maps }) =>
    maps.samples.consumeViews((event) => {
      sink += event.seq + event.cpu + event.text.length;
    }),
  "objects with the string": ({ maps }) =>
    maps.samples.consume((event) => {
      sink += event.seq + event.cpu + event.text.length;
    }),
  "for await, batches of objects": async ({ maps }, expected) => {
    let count = 0;
    for await (const batch of maps.samples.batches()) {
      for (const event of batch) sink += event.seq + event.text.length;
      count += batch.length;
      if (count >= expected) break;
    }
    return count;
  },
  "for await, objects": async ({ maps }, expected) => {
    let count = 0;
    for await (const event of maps.samples) {
      sink += event.seq + event.text.length;
      if (++count === expected) break;
    }
    return count;
  },
};

/** The names of the ways, for whoever starts the processes. */
export const names: readonly string[] = Object.keys(consumers);

/** Runs one way `runs` times over `count` events; nanoseconds per event of each run. */
export async function measure(name: string, count: number, runs: number, pages: number): Promise<number[]> {
  const consume = consumers[name];
  if (consume === undefined) throw new Error(`no such benchmark: ${name}`);
  using perf = PerfEvents.load();
  perf.maps.samples.open({ pages });
  const results: number[] = [];
  for (let run = 0; run < runs; run++) {
    perf.bss.sent = 0;
    for (let sent = 0; sent < count; sent += MAX_SAMPLES) {
      const context = new Uint8Array(BigUint64Array.of(BigInt(Math.min(MAX_SAMPLES, count - sent))).buffer);
      perf.programs.send_samples.testRun({ context, cpu: 0, flags: 1 });
    }
    if (perf.bss.sent !== count) throw new Error(`only ${perf.bss.sent} of ${count} events were sent`);
    const start = process.hrtime.bigint();
    const consumed = await consume(perf, count);
    results.push(Number(process.hrtime.bigint() - start) / count);
    if (consumed !== count) throw new Error(`${consumed} of ${count} events arrived`);
  }
  if (sink === 0) throw new Error("nothing was read");
  return results;
}

const [, , name, count, runs, pages] = process.argv;
if (name === "--list") console.log(JSON.stringify(names));
else if (name !== undefined)
  console.log(JSON.stringify(await measure(name, Number(count), Number(runs), Number(pages))));
