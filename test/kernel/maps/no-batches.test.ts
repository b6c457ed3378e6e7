/** Many elements at a time where the kernel has no batch calls for a kind, as none had before Linux 5.6. */
import { BatchError, createMap, hashMap, le, type MapDescriptor, type Opened } from "tinybpf";
import { expect, test } from "vitest";
import { KeyedMap } from "../../../src/runtime/maps/keyed.ts";
import { describeKernel } from "../require-kernel.ts";

/** Interfaces by a key: a kind without batch calls (kernel/bpf/devmap.c, dev_map_hash_ops). */
class Interfaces extends KeyedMap<number, number> {}

const interfaces: MapDescriptor<Interfaces> = {
  types: ["devmap_hash"],
  keySize: 4,
  valueSize: 4,
  create: (handle) => new Interfaces(handle, le.u32, le.u32),
};

const LO = 1;
const NO_INTERFACE = 0x7fff_fff0;

function failureOf(action: () => void): BatchError {
  try {
    action();
  } catch (error) {
    if (error instanceof BatchError) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

describeKernel("without batch calls", () => {
  test("many are set, read, counted, walked through and deleted one by one", () => {
    using map = createMap(interfaces, { maxEntries: 3000 });
    const keys = Array.from({ length: 2500 }, (_, key) => key);
    map.setMany(keys.map((key) => [key, LO] as const));
    expect(map.size).toBe(2500);
    expect([...map.keys()].toSorted((a, b) => a - b)).toEqual(keys);
    expect(map.getMany([2499, 2500])).toEqual([LO, undefined]);
    expect(map.deleteMany([5000, 0, 0, 2499])).toBe(2);
    map.clear();
    expect([...map]).toEqual([]);
  });

  test("the first that fails is told, those before it are done", () => {
    using map = createMap(interfaces, { maxEntries: 8 });
    const entries = [1, 2, 3, 4].map((key) => [key, key === 3 ? NO_INTERFACE : LO] as const);
    const { done, code, message } = failureOf(() => map.setMany(entries));
    expect([done, code]).toEqual([2, "EINVAL"]);
    expect(message).toContain("(2 of 4 were done)");
    expect([...map.keys()].toSorted((a, b) => a - b)).toEqual([1, 2]);
    expect(
      failureOf(() => map.setMany(Array.from({ length: 12 }, (_, key) => [key, LO] as const))),
    ).toMatchObject({
      done: 8,
      code: "E2BIG",
    });
  });

  test.each([
    ["one by one", interfaces],
    ["in a batch", hashMap(le.u32, le.u32)],
  ] as const)("of what the kernel refuses as a whole nothing is done, %s", (_how, descriptor) => {
    using map: Opened<KeyedMap<number, number>> = createMap(descriptor, { maxEntries: 8 });
    map.set(1, LO).freeze();
    expect(failureOf(() => map.deleteMany([1, 2]))).toMatchObject({ done: 0, code: "EPERM" });
    expect(failureOf(() => map.setMany([[2, LO]]))).toMatchObject({ done: 0, code: "EPERM" });
    expect(failureOf(() => map.deleteMany([1])).message).toMatch(
      /^cannot delete keys from unnamed \w+ map \(0 of 1 were done\)[^]*The map is frozen/,
    );
    expect([...map.keys()]).toEqual([1]);
  });
});
