/**
 * Nanoseconds of CPU time, of all threads, per entry of a hash map with 16-byte values, for each operation; beside
 * maps.c. "Bare" is the same call of libbpf through koffi with nothing around it: neither checks nor codecs.
 */
import { allocate, libbpf } from "../src/runtime/native.ts";
import { Exec } from "../test/golden/exec.skel.ts";

const [, , entriesText = "10000", callsText = "200000"] = process.argv;
const entries = Number(entriesText);
const calls = Number(callsText);
/** The first rounds are the compiler's: so many, because it comes late to operations that take few calls. */
const WARM_UP = 10;

/** What was read goes here, so that no reading can be optimised away. */
let sink = 0;
let last: unknown;

const keys = Array.from({ length: entries }, (_, key) => key);
/** What is set: C has its value ready, too. */
const value = { execs: 1n, last_ts: 2n };
const all = keys.map((key) => [key, { execs: BigInt(key), last_ts: 2n }] as const);

using exec = Exec.load({ maps: { per_pid: { maxEntries: entries } } });
const map = exec.maps.per_pid;

interface Operation {
  readonly action: () => void;
  /** Entries that it handles. */
  readonly count: number;
  readonly repeat?: number;
}

const { bpf_map_lookup_elem: bareLookup, bpf_map_update_elem: bareUpdate } = libbpf;
const bareKey = allocate(4);
const bareValue = allocate(16);

/** In this order, which leaves in the map what the next one needs. */
const operations: Readonly<Record<string, Operation>> = {
  get: {
    count: calls,
    action() {
      for (let i = 0; i < calls; i++) last = map.get(i % entries);
    },
  },
  has: {
    count: calls,
    action() {
      for (let i = 0; i < calls; i++) sink += map.has(i % entries) ? 1 : 0;
    },
  },
  "bare get": {
    count: calls,
    action() {
      const { fd } = map;
      for (let i = 0; i < calls; i++) {
        bareKey.view.setUint32(0, i % entries, true);
        sink += bareLookup(fd, bareKey.address, bareValue.address);
      }
    },
  },
  set: {
    count: calls,
    action() {
      for (let i = 0; i < calls; i++) map.set(i % entries, value);
    },
  },
  "bare set": {
    count: calls,
    action() {
      const { fd } = map;
      for (let i = 0; i < calls; i++) {
        bareKey.view.setUint32(0, i % entries, true);
        sink += bareUpdate(fd, bareKey.address, bareValue.address, 0);
      }
    },
  },
  "iterate, in batches": {
    count: entries,
    repeat: 10,
    action() {
      for (const entry of map) last = entry;
    },
  },
  "keys, in batches": {
    count: entries,
    repeat: 10,
    action() {
      for (const key of map.keys()) sink += key;
    },
  },
  getMany: { count: entries, action: () => void (last = map.getMany(keys)) },
  delete: {
    count: entries,
    action() {
      for (const key of keys) map.delete(key);
    },
  },
  "set, in batches": { count: entries, action: () => void map.setMany(all) },
  "delete, in batches": { count: entries, action: () => void (sink += map.deleteMany(keys)) },
};

for (let round = 0; round <= WARM_UP; round++) {
  map.setMany(all);
  for (const [name, { count, action, repeat = 1 }] of Object.entries(operations)) {
    const start = process.cpuUsage();
    for (let i = 0; i < repeat; i++) action();
    const { user, system } = process.cpuUsage(start);
    if (round === WARM_UP)
      console.log(`${name}\t${(((user + system) * 1000) / (count * repeat)).toFixed(2)}`);
  }
}
if (sink === 0 || last === undefined) throw new Error("nothing was read");
