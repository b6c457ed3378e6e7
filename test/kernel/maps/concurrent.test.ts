/** Iterating while another thread inserts and deletes as fast as it can. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { Maps } from "../../golden/maps.skel.ts";
import { loadMapKinds } from "./map-kinds.ts";
import { describeKernel } from "../require-kernel.ts";

/** Keys below are left alone; those from here on come and go. */
const STABLE = 3000;
const VOLATILE = 6000;
const ROUNDS = 20;

/** Sets and deletes keys at random, through a descriptor, until it is told to stop; `control[1]` counts. */
const HAMMER = `
const { workerData: { fd, keys, control } } = require("node:worker_threads");
const koffi = require("koffi");
const libbpf = koffi.load("libbpf.so.1");
const update = libbpf.func("bpf_map_update_elem", "int", ["int", "uint8_t *", "uint8_t *", "uint64_t"]);
const remove = libbpf.func("bpf_map_delete_elem", "int", ["int", "uint8_t *"]);
let seed = 1;
while (Atomics.load(control, 0) === 0) {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  const { key, value } = keys[(seed >>> 8) % keys.length];
  if ((seed & 0x80) === 0) update(fd, key, value, 0);
  else remove(fd, key);
  Atomics.add(control, 1, 1);
}`;

interface Bytes {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Runs `action` while a thread changes the map, and says how often it did. */
async function hammering(fd: number, keys: readonly Bytes[], action: () => void): Promise<number> {
  const control = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(HAMMER, { eval: true, workerData: { fd, keys, control } });
  const exited = once(worker, "exit");
  await once(worker, "online");
  // It is at work before we start.
  while (Atomics.load(control, 1) < 1000) await new Promise((resolve) => void setTimeout(resolve, 1));
  const before = Atomics.load(control, 1);
  try {
    action();
    return Atomics.load(control, 1) - before;
  } finally {
    Atomics.store(control, 0, 1);
    await exited;
  }
}

function u32(value: number): Uint8Array {
  return new Uint8Array(new Uint32Array([value]).buffer);
}
function u64(value: number): Uint8Array {
  return new Uint8Array(new BigUint64Array([BigInt(value)]).buffer);
}

describeKernel("iterating while others write", () => {
  test("a hash map: every key that stays is seen once, no other one twice, and none with another's value", async () => {
    using kinds = loadMapKinds();
    const { busy } = kinds.maps;
    busy.setMany(Array.from({ length: STABLE }, (_, key) => [key, key * 3] as const));
    const keys = Array.from({ length: VOLATILE }, (_, i) => ({
      key: u32(STABLE + i),
      value: u64((STABLE + i) * 3),
    }));
    const changes = await hammering(busy.fd, keys, () => {
      for (let round = 0; round < ROUNDS; round++) {
        const seen = new Set<number>();
        let stable = 0;
        let wrong = 0;
        for (const [key, value] of busy) {
          if (seen.has(key) || value !== BigInt(key) * 3n || key >= STABLE + VOLATILE) wrong++;
          seen.add(key);
          if (key < STABLE) stable++;
        }
        expect({ wrong, stable }).toEqual({ wrong: 0, stable: STABLE });
      }
    });
    expect(changes).toBeGreaterThan(0);
  });

  test("a trie, key by key: the same", async () => {
    using maps = Maps.load({ maps: { routes: { maxEntries: 4096 } } });
    const { routes } = maps.maps;
    for (let i = 0; i < 200; i++) routes.set(`10.0.${i}.0/24`, i);
    const keys = Array.from({ length: 200 }, (_, i) => ({
      key: new Uint8Array([24, 0, 0, 0, 10, 1, i, 0]),
      value: u32(i),
    }));
    const changes = await hammering(routes.fd, keys, () => {
      for (let round = 0; round < ROUNDS; round++) {
        const seen = new Set<string>();
        let wrong = 0;
        let stable = 0;
        for (const [{ prefixlen, addr }, value] of routes) {
          const key = `${addr.join(".")}/${prefixlen}`;
          if (seen.has(key) || value !== addr[2] || prefixlen !== 24) wrong++;
          seen.add(key);
          if (addr[1] === 0) stable++;
        }
        expect({ wrong, stable }).toEqual({ wrong: 0, stable: 200 });
      }
    });
    expect(changes).toBeGreaterThan(0);
  });

  test("taking all of a hash map loses nothing that stays and gives nothing twice", async () => {
    using kinds = loadMapKinds();
    const { busy } = kinds.maps;
    busy.setMany(Array.from({ length: STABLE }, (_, key) => [key, key * 3] as const));
    const keys = Array.from({ length: VOLATILE }, (_, i) => ({
      key: u32(STABLE + i),
      value: u64((STABLE + i) * 3),
    }));
    await hammering(busy.fd, keys, () => {
      const taken = busy.takeAll();
      const stable = taken.filter(([key]) => key < STABLE).map(([key]) => key);
      expect(new Set(stable).size).toBe(STABLE);
      expect(stable).toHaveLength(STABLE);
      expect(taken.every(([key, value]) => value === BigInt(key) * 3n)).toBe(true);
    });
    busy.clear();
    expect(busy.size).toBe(0);
  });
});
