import { BatchError, BpfError, ClosedError, ValueError } from "tinybpf";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Maps } from "../../golden/maps.skel.ts";
import { loadMapKinds } from "./map-kinds.ts";
import { describeKernel } from "../require-kernel.ts";
import { linux, needsKernel } from "../this-kernel.ts";

const key = (id: number): { id: number; zone: number; flags: number } => ({ id, zone: 2, flags: 3 });
const value = (packets: number): { packets: number; bytes: number } => ({ packets, bytes: 0 });

describeKernel("hash maps, many elements at a time", () => {
  let skeleton: Maps;
  let maps: Maps["maps"];
  beforeEach(() => {
    skeleton = Maps.load({ maps: { lru: { maxEntries: 4096 } } });
    maps = skeleton.maps;
  });
  afterEach(() => skeleton.close());

  test("size counts the keys", () => {
    expect(maps.hash.size).toBe(0);
    maps.hash.set(key(1), value(1)).set(key(2), value(2)).set(key(1), value(3));
    expect(maps.hash.size).toBe(2);
    expect(maps.percpu_hash.size).toBe(0);
  });

  test("can be copied to a Map", () => {
    maps.lru.set(1n, 10n).set(2n, 20n);
    const copy = new Map(maps.lru);
    expect(copy.size).toBe(2);
    expect(copy.get(2n)).toBe(20n);
  });

  test("take reads and deletes", (context) => {
    needsKernel(context, linux("5.14"));
    maps.hash.set(key(1), value(7));
    expect(maps.hash.take(key(1))).toEqual({ packets: 7n, bytes: 0n });
    expect(maps.hash.take(key(1))).toBeUndefined();
    expect(maps.hash.size).toBe(0);
    const cpus = maps.percpu_hash.cpus;
    const values = Array.from({ length: cpus }, (_, cpu) => ({ packets: BigInt(cpu), bytes: 1n }));
    maps.percpu_hash.set(5, values);
    expect(maps.percpu_hash.take(5)).toEqual(values);
    expect(maps.percpu_hash.has(5)).toBe(false);
  });

  test("takeAll empties the map", () => {
    maps.lru.setMany(Array.from({ length: 3000 }, (_, i) => [i, i * 2] as const));
    const size = maps.lru.size; // an LRU map of 4096 may push some out before it is full
    const taken = maps.lru.takeAll();
    expect(taken).toHaveLength(size);
    expect(taken.length).toBeGreaterThan(2000);
    for (const [id, twice] of taken) expect(twice).toBe(id * 2n);
    expect([...maps.lru]).toEqual([]);
    expect(maps.lru.takeAll()).toEqual([]);
  });

  test("setMany, getMany and deleteMany", () => {
    const { hash } = maps;
    expect(hash.setMany([1, 2, 3].map((id) => [key(id), value(id)] as const))).toBe(hash);
    expect(hash.getMany([3, 9, 1].map(key)).map((each) => each?.packets)).toEqual([3n, undefined, 1n]);
    expect(hash.deleteMany([9, 1, 8, 8, 3, 7].map(key))).toBe(2);
    expect([...hash.keys()]).toEqual([key(2)]);
    expect(hash.setMany([]).deleteMany([])).toBe(0);
    expect(hash.getMany([])).toEqual([]);
  });

  test("setMany of more than fit says how many were set", () => {
    const entries = Array.from({ length: 200 }, (_, id) => [key(id), value(id)] as const);
    let error: unknown;
    try {
      maps.hash.setMany(entries);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(BatchError);
    expect((error as BatchError).name).toBe("BatchError");
    expect(error).toBeInstanceOf(BpfError);
    const { done, code, message } = error as BatchError;
    expect(code).toBe("E2BIG");
    expect(done).toBe(128);
    expect(maps.hash.size).toBe(128);
    expect(maps.hash.has(key(127))).toBe(true);
    expect(message).toMatch(/set keys in map hash \(128 of 200 were done\)[^]*maxEntries/);
  });

  test("setMany takes pairs only", () => {
    // @ts-expect-error no pair
    expect(() => maps.hash.setMany([[key(1), value(1)], 5])).toThrow(/^\[1\]: /);
    expect(maps.hash.size).toBe(0);
  });

  test("setMany checks everything before it sets anything", () => {
    const entries = [
      [key(1), value(1)],
      [key(2), { packets: 1, bytes: -1 }],
    ] as const;
    expect(() => maps.hash.setMany(entries)).toThrow(/^\[1\]\.value\.bytes: -1 is out of range/);
    expect(() => maps.hash.deleteMany([key(1), { ...key(1), zone: 70_000 }])).toThrow(ValueError);
    expect(maps.hash.size).toBe(0);
  });

  test("clear empties maps of every kind", () => {
    maps.hash.set(key(1), value(1));
    maps.lru.setMany(Array.from({ length: 2500 }, (_, i) => [i, i] as const));
    maps.percpu_hash.set(
      1,
      Array.from({ length: maps.percpu_hash.cpus }, () => value(1)),
    );
    maps.routes.set("10.0.0.0/8", 1).set("10.1.0.0/16", 2);
    for (const map of [maps.hash, maps.lru, maps.percpu_hash, maps.routes]) {
      map.clear();
      expect(map.size, map.name).toBe(0);
    }
  });

  test("per-CPU values add up and fold", () => {
    const { percpu_hash: hash, percpu_array: array } = maps;
    const values = Array.from({ length: hash.cpus }, (_, cpu) => ({ packets: BigInt(cpu + 1), bytes: 2n }));
    const expected = (BigInt(hash.cpus) * BigInt(hash.cpus + 1)) / 2n;
    hash.set(1, values);
    expect(hash.sum(1, (each) => each.packets)).toBe(expected);
    expect(hash.sum(2, (each) => each.packets)).toBeUndefined();
    expect(hash.reduce(1, (most, each, cpu) => (each.packets > 0n ? cpu : most), -1)).toBe(hash.cpus - 1);
    expect(hash.reduce(2, () => 1, 0)).toBeUndefined();
    array.set(
      3,
      Array.from({ length: array.cpus }, () => 5),
    );
    expect(array.sum(3)).toBe(5 * array.cpus);
    expect(array.sum(3, (each) => BigInt(each))).toBe(BigInt(5 * array.cpus));
    expect(array.reduce(3, (most, each) => Math.max(most, each), 0)).toBe(5);
  });

  test("the per-CPU LRU map too", () => {
    using kinds = loadMapKinds();
    const { lru_percpu: lru } = kinds.maps;
    lru.set(
      1,
      Array.from({ length: lru.cpus }, () => 3n),
    );
    expect(lru.sum(1)).toBe(3n * BigInt(lru.cpus));
    expect(lru.takeAll()).toHaveLength(1);
  });

  test("once closed, everything is a ClosedError", () => {
    const { hash } = maps;
    skeleton.close();
    const uses: (() => unknown)[] = [
      () => hash.size,
      () => hash.get(key(1)),
      () => hash.take(key(1)),
      () => hash.takeAll(),
      () => hash.setMany([[key(1), value(1)]]),
      () => hash.deleteMany([key(1)]),
      () => hash.clear(),
      () => hash.getMany([key(1)]),
      () => hash.freeze(),
      () => hash.id,
      () => maps.percpu_hash.sum(1, (each) => each.packets),
    ];
    for (const use of uses) expect(use, String(use)).toThrow(ClosedError);
  });

  test("a frozen map is read, but no longer written from here", () => {
    maps.hash.set(key(1), value(1));
    maps.hash.freeze();
    expect(maps.hash.get(key(1))?.packets).toBe(1n);
    expect(() => maps.hash.set(key(1), value(2))).toThrow(
      /EPERM[^]*The map is frozen: only programs can write it/,
    );
    expect(() => maps.hash.freeze()).toThrow(/cannot freeze map hash: .*(?:EPERM|EBUSY)[^]*is frozen/);
    expect(skeleton.programs.touch.testRun().retval).toBe(1); // programs still write
    expect(maps.hash.get(key(1))?.packets).toBe(2n);
  });

  test("the id is the kernel's", () => {
    expect(maps.hash.id).toBeGreaterThan(0);
    expect(maps.hash.id).not.toBe(maps.lru.id);
  });
});
