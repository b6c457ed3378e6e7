/** Many elements at a time where the kernel has no batch calls for a kind, as none had before Linux 5.6. */
import {
  BatchError,
  createMap,
  hashMap,
  le,
  lpmTrieMap,
  type MapDescriptor,
  type Opened,
  perCpuArrayMap,
  possibleCpus,
} from "tinybpf";
import { expect, test } from "vitest";
import { NOT_SUPPORTED } from "../../../src/runtime/errno.ts";
import { KeyedMap } from "../../../src/runtime/maps/keyed.ts";
import { allocate, libbpf } from "../../../src/runtime/native.ts";
import { describeKernel } from "../require-kernel.ts";
import { lacking, linux } from "../this-kernel.ts";

/** Interfaces by a key: a kind without batch calls (kernel/bpf/devmap.c, dev_map_hash_ops). */
class Interfaces extends KeyedMap<number, number> {}

const interfaces: MapDescriptor<Interfaces> = {
  types: ["devmap_hash"],
  keySize: 4,
  valueSize: 4,
  create: (handle) => new Interfaces(handle, le.u32, le.u32),
};

const LO = 1;
const BPF_F_NO_PREALLOC = 1;
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

/** Whether the kernel has a batch call for a map, asked with no elements. */
function hasBatch({ fd }: { readonly fd: number }): boolean {
  const [keys, values, count] = [allocate(8), allocate(8 * possibleCpus()), allocate(4)];
  count.bytes.fill(0);
  const result = libbpf.bpf_map_update_batch(fd, keys.address, values.address, count.address, null);
  if (result !== 0 && !NOT_SUPPORTED.includes(-result)) throw new Error(`it says ${result}`);
  return result === 0;
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

  test("kinds that had none before Linux 5.13 are set and read all the same", () => {
    using array = createMap(perCpuArrayMap(le.u64), { maxEntries: 3 });
    using trie = createMap(lpmTrieMap(le.bytes(8), le.u64), { maxEntries: 3, flags: BPF_F_NO_PREALLOC });
    using hash = createMap(hashMap(le.u32, le.u64), { maxEntries: 3 });
    const isOld = lacking(linux("5.13")) !== undefined;
    expect([array, trie, hash].map(hasBatch)).toEqual([!isOld, !isOld, true]);
    const values = [1, 2, 3].map((value) => Array.from({ length: array.cpus }, () => BigInt(value)));
    array.setMany(values.map((value, index) => [index, value] as const));
    expect(array.getMany([2, 0])).toEqual([values[2], values[0]]);
    expect([...array]).toEqual(values);
    const keys = [8, 16, 24].map((length) => new Uint8Array([length, 0, 0, 0, 10, 1, 1, 0]));
    trie.setMany(keys.map((key, index) => [key, index] as const));
    expect(trie.size).toBe(3);
    expect(trie.getMany(keys)).toEqual([0n, 1n, 2n]);
    trie.clear();
    expect([...trie]).toEqual([]);
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
