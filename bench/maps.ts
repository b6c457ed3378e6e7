/**
 * Nanoseconds of CPU time, of all threads, per entry of a hash map with 16-byte values, for each operation; beside
 * maps.c.
 */
import { Exec } from "../test/golden/exec.skel.ts";

const [, , entriesText = "10000", callsText = "200000"] = process.argv;
const entries = Number(entriesText);
const calls = Number(callsText);
/** The first rounds are the compiler's. */
const WARM_UP = 3;

/** What was read is added up here, so that no reading can be optimised away. */
let sink = 0;
let bigSink = 0n;

const keys = Array.from({ length: entries }, (_, key) => key);

/** Times `action`, which handles `count` entries, `repeat` times. */
function time(name: string, count: number, action: () => void, report: boolean, repeat = 1): void {
  const start = process.cpuUsage();
  for (let i = 0; i < repeat; i++) action();
  const { user, system } = process.cpuUsage(start);
  if (report) console.log(`${name}\t${(((user + system) * 1000) / (count * repeat)).toFixed(2)}`);
}

function round({ per_pid: map }: Exec["maps"], report: boolean): void {
  for (const key of keys) map.set(key, { execs: 1n, last_ts: 2n });
  const get = (): void => {
    for (let i = 0; i < calls; i++) bigSink ^= map.get(i % entries)?.execs ?? 0n;
  };
  const has = (): void => {
    for (let i = 0; i < calls; i++) sink += map.has(i % entries) ? 1 : 0;
  };
  const set = (): void => {
    for (let i = 0; i < calls; i++) map.set(i % entries, { execs: BigInt(i), last_ts: 2n });
  };
  const iterate = (): void => {
    for (const [key, value] of map) {
      sink += key;
      bigSink ^= value.execs;
    }
  };
  const walkKeys = (): void => {
    for (const key of map.keys()) sink += key;
  };
  const remove = (): void => {
    for (const key of keys) map.delete(key);
  };
  time("get", calls, get, report);
  time("has", calls, has, report);
  time("set", calls, set, report);
  time("iterate, in batches", entries, iterate, report, 10);
  time("keys, in batches", entries, walkKeys, report, 10);
  time("getMany", entries, () => void (sink += map.getMany(keys).length), report);
  time("delete", entries, remove, report);
  const all = keys.map((key) => [key, { execs: BigInt(key), last_ts: 2n }] as const);
  time("set, in batches", entries, () => void map.setMany(all), report);
  time("delete, in batches", entries, () => void (sink += map.deleteMany(keys)), report);
}

using exec = Exec.load({ maps: { per_pid: { maxEntries: entries } } });
for (let i = 0; i <= WARM_UP; i++) round(exec.maps, i === WARM_UP);
if (sink === 0 && bigSink === 0n) throw new Error("nothing was read");
