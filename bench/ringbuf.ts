/** Nanoseconds per event of a ring buffer, for each way of consuming it. Each way runs in a process of its own. */
import { Syscall } from "../test/golden/syscall.skel.ts";

const SIZE = 64 * 1024 * 1024;
/** `BPF_RB_NO_WAKEUP` */
const NO_WAKEUP = 1;

type Consumer = (syscall: Syscall, expected: number) => Promise<number> | number;

/** What a consumer found is added up here, so that no reading can be optimised away. */
let sink = 0;
let bigSink = 0n;

const consumers: Readonly<Record<string, Consumer>> = {
  "views, two u32": (syscall) =>
    syscall.maps.events.consumeViews((event) => {
      sink += event.pid + event.seq;
    }),
  "views, two u32 and the u64": (syscall) =>
    syscall.maps.events.consumeViews((event) => {
      sink += event.pid + event.seq;
      bigSink ^= event.ts;
    }),
  "views, all with the string": (syscall) =>
    syscall.maps.events.consumeViews((event) => {
      sink += event.pid + event.seq + event.comm.length;
      bigSink ^= event.ts;
    }),
  "objects with the string": (syscall) =>
    syscall.maps.events.consume((event) => {
      sink += event.pid + event.seq + event.comm.length;
      bigSink ^= event.ts;
    }),
  "for await, batches of objects": async (syscall, expected) => {
    let count = 0;
    for await (const batch of syscall.maps.events.batches()) {
      for (const event of batch) sink += event.pid + event.comm.length;
      count += batch.length;
      if (count >= expected) break;
    }
    return count;
  },
  "for await, objects": async (syscall, expected) => {
    let count = 0;
    for await (const event of syscall.maps.events) {
      sink += event.pid + event.comm.length;
      if (++count === expected) break;
    }
    return count;
  },
};

/** The names of the ways, for whoever starts the processes. */
export const names: readonly string[] = Object.keys(consumers);

/** Runs one way `runs` times over `count` events; nanoseconds per event of each run. */
export async function measure(name: string, count: number, runs: number): Promise<number[]> {
  const consume = consumers[name];
  if (consume === undefined) throw new Error(`no such benchmark: ${name}`);
  using syscall = Syscall.load({ maps: { events: { maxEntries: SIZE } } });
  const results: number[] = [];
  for (let run = 0; run < runs; run++) {
    const { ctx } = syscall.programs.emit.run({ count, emitted: 0, flags: NO_WAKEUP });
    if (ctx.emitted !== count) throw new Error(`only ${ctx.emitted} of ${count} events were emitted`);
    const start = process.hrtime.bigint();
    const consumed = await consume(syscall, count);
    results.push(Number(process.hrtime.bigint() - start) / count);
    if (consumed !== count) throw new Error(`${consumed} of ${count} events arrived`);
  }
  if (sink === 0 && bigSink === 0n) throw new Error("nothing was read");
  return results;
}

const [, , name, count, runs] = process.argv;
if (name === "--list") console.log(JSON.stringify(names));
else if (name !== undefined) console.log(JSON.stringify(await measure(name, Number(count), Number(runs))));
