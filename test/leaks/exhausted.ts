/**
 * Runs out of descriptors, each time a little later: `node exhausted.js FIXTURES`, with a low limit (ulimit -n). Prints what
 * was left open, and errors that are not typed, as JSON.
 */
import { closeSync, openSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import {
  createMap,
  hashMap,
  le,
  openMapByFd,
  openPinnedLink,
  openPinnedMap,
  openPinnedProgram,
  type Skeleton,
  TinyBpfError,
} from "tinybpf";
import * as dynamic from "tinybpf/dynamic";
import { Exec } from "../golden/exec.skel.ts";
import { Iterators } from "../golden/iterators.skel.ts";
import { Maps } from "../golden/maps.skel.ts";
import { PerfEvents } from "../golden/perf_events.skel.ts";
import { Probes } from "../golden/probes.skel.ts";
import { Syscall } from "../golden/syscall.skel.ts";
import { makePlaces } from "../misuse/places.ts";

const { fixtures, pins } = makePlaces(process.argv[2] ?? "");

function using<S extends Skeleton>(loaded: S, use: (loaded: S) => void): void {
  try {
    use(loaded);
  } finally {
    loaded.close();
  }
}

function maybe(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    if (!(error instanceof TinyBpfError)) throw error;
  }
}

const USES: Readonly<Record<string, () => void>> = {
  maps: () =>
    using(Maps.load(), ({ maps, programs }) => {
      maps.array.get(0);
      maps.raw_events.consume(() => undefined);
      maybe(() => programs.touch.info);
      maybe(() => programs.touch.testRun());
      maps.perf.open({ pages: 1 });
      void maps.raw_events[Symbol.asyncIterator]().next();
    }),
  rings: () => using(Syscall.load(), ({ maps }) => void maps.events[Symbol.asyncIterator]().next()),
  perfBuffers: () =>
    using(PerfEvents.load(), ({ maps }) => {
      maps.samples.open({ pages: 1 });
      void maps.samples[Symbol.asyncIterator]().next();
    }),
  iterators: () =>
    using(Iterators.load(), ({ programs, maps }) => {
      const link = programs.dump_map.attach({ map: maps.counts });
      link.text();
      link.chunks().next();
    }),
  tracepoint: () => using(Exec.load(), (exec) => void exec.attach()),
  perfEvents: () =>
    using(Probes.load({ programs: { on_sample: { autoload: true } } }), ({ programs }) => {
      programs.on_sample.attach({ event: "cpu-clock", frequency: 5, pid: process.pid });
      programs.on_sample.attach({ event: "cpu-clock", frequency: 5 });
    }),
  byName: () => using(dynamic.load(join(fixtures, "maps.bpf.o")), () => undefined),
  pinned: () => {
    const path = join(pins, "map");
    using map = createMap(hashMap(le.u32, le.u64), { maxEntries: 1 });
    maybe(() => map.pin(path));
    maybe(() => openPinnedMap(path, hashMap(le.u32, le.u64)).close());
    maybe(() => dynamic.openPinnedMap(path).close());
    maybe(() => openPinnedLink(path));
    maybe(() => openPinnedProgram(path));
    maybe(() => openMapByFd(map, hashMap(le.u32, le.u64)).close());
  },
};

function bpfDescriptors(): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return /bpf|perf_event/.test(target) ? [target] : [];
    } catch {
      return [];
    }
  });
}

/** Descriptors until there is none left but so many. */
function takeAllBut(free: number): number[] {
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync("/dev/null", "r"));
  } catch {
    for (const fd of taken.splice(taken.length - free)) closeSync(fd);
  }
  return taken;
}

/** What the longest of them needs at once. */
const MOST_FREE = 26;

const problems: string[] = [];
// What is made once is made by then.
for (const use of Object.values(USES)) use();
for (const [name, use] of Object.entries(USES))
  for (let free = 0; free < MOST_FREE; free++) {
    const taken = takeAllBut(free);
    try {
      use();
    } catch (error) {
      if (!(error instanceof TinyBpfError)) problems.push(`${name} with ${free} left: ${String(error)}`);
    }
    for (const fd of taken) closeSync(fd);
    await new Promise((resolve) => setImmediate(resolve));
    const left = bpfDescriptors();
    if (left.length > 0) problems.push(`${name} with ${free} left open: ${left.join(", ")}`);
  }
console.log(JSON.stringify(problems));
process.exit(0);
