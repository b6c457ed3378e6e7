/** Iterating while another thread inserts and deletes as fast as it can. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { createMap, hashMap, le, type MapDescriptor, type Opened, perCpuHashMap } from "tinybpf";
import { expect, test } from "vitest";
import { KeyedMap } from "../../../src/runtime/maps/keyed.ts";
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

/** A hash map that is walked through as on kernels without batch calls. */
class WalkedByKey extends KeyedMap<number, bigint, number, number | bigint> {}

const walkedByKey: MapDescriptor<WalkedByKey> = {
  types: ["hash"],
  keySize: 4,
  valueSize: 8,
  create: (handle) => new WalkedByKey(handle, le.u32, le.u64, "keys"),
};

/** Keys that come and go, each with three times itself as its value. */
const VOLATILE_KEYS = Array.from({ length: VOLATILE }, (_, i) => ({
  key: u32(STABLE + i),
  value: u64((STABLE + i) * 3),
}));

/** Walks through a map whose other keys come and go: no key twice, none with another's value, all that stay. */
function expectWalk(entries: Iterable<readonly [number, bigint | undefined]>): void {
  const seen = new Set<number>();
  let stable = 0;
  let wrong = 0;
  for (const [key, value] of entries) {
    if (seen.has(key) || value !== BigInt(key) * 3n || key >= STABLE + VOLATILE) wrong++;
    seen.add(key);
    if (key < STABLE) stable++;
  }
  expect({ wrong, stable }).toEqual({ wrong: 0, stable: STABLE });
}

describeKernel("iterating while others write", () => {
  test("a hash map: every key that stays is seen once, no other one twice, and none with another's value", async () => {
    using kinds = loadMapKinds();
    const { busy } = kinds.maps;
    busy.setMany(Array.from({ length: STABLE }, (_, key) => [key, key * 3] as const));
    const changes = await hammering(busy.fd, VOLATILE_KEYS, () => {
      for (let round = 0; round < ROUNDS; round++) expectWalk(busy);
    });
    expect(changes).toBeGreaterThan(0);
  });

  test("the same key by key, as where the kernel has no batch calls", async () => {
    using map = createMap(walkedByKey, { maxEntries: STABLE + VOLATILE });
    map.setMany(Array.from({ length: STABLE }, (_, key) => [key, key * 3] as const));
    // A key that is deleted under the walk sends it back to the start.
    const changes = await hammering(map.fd, VOLATILE_KEYS, () => {
      for (let round = 0; round < ROUNDS; round++) expectWalk(map);
    });
    expect(changes).toBeGreaterThan(0);
  });

  test("values of all CPUs come together", async () => {
    using map = createMap(perCpuHashMap(le.u32, le.u64), { maxEntries: STABLE + VOLATILE });
    const perCpu = (value: number): number[] => Array.from({ length: map.cpus }, () => value);
    map.setMany(Array.from({ length: STABLE }, (_, key) => [key, perCpu(key * 3)] as const));
    const keys = VOLATILE_KEYS.map(({ key, value }) => ({
      key,
      value: new Uint8Array(Buffer.concat(perCpu(0).map(() => value))),
    }));
    const changes = await hammering(map.fd, keys, () => {
      for (let round = 0; round < ROUNDS; round++)
        expectWalk(
          Array.from(map, ([key, values]) => [
            key,
            values.length === map.cpus && values.every((value) => value === values[0])
              ? values[0]
              : undefined,
          ]),
        );
    });
    expect(changes).toBeGreaterThan(0);
  });

  test.each([
    ["in batches", hashMap(le.u32, le.u64)],
    ["key by key", walkedByKey],
  ] as const)("what the loop itself adds and deletes does not keep it going, %s", (_how, descriptor) => {
    using map: Opened<KeyedMap<number, bigint, number, number | bigint>> = createMap(descriptor, {
      maxEntries: 20_000,
    });
    map.setMany(Array.from({ length: 1000 }, (_, key) => [key, key] as const));
    const seen = new Set<number>();
    let twice = 0;
    for (const key of map.keys()) {
      if (seen.has(key)) twice++;
      seen.add(key);
      map.delete(key);
      map.set(key + 1000, key);
      if (seen.size > 19_000) break;
    }
    expect(twice).toBe(0);
    expect(seen.size).toBeLessThan(19_000);
    expect(map.size).toBe(1000);
  });

  test("a bucket with more elements than fit into a batch makes the batch grow", () => {
    // Two of these fit, and of 600 in 1024 buckets some have three or more.
    using map = createMap(hashMap(le.u32, le.bytes(30_000)), { maxEntries: 600 });
    const value = new Uint8Array(30_000);
    for (let key = 0; key < 600; key++) map.set(key, value.fill(key & 0xff));
    const found = Array.from(
      map,
      ([key, bytes]) => [key, bytes.every((byte) => byte === (key & 0xff))] as const,
    );
    expect(found.toSorted(([a], [b]) => a - b)).toEqual(Array.from({ length: 600 }, (_, key) => [key, true]));
    expect(map.takeAll()).toHaveLength(600);
    expect(map.size).toBe(0);
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
    await hammering(busy.fd, VOLATILE_KEYS, () => {
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
