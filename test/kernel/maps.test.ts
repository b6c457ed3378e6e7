import { BpfError, ClosedError, IndexError, possibleCpus, ValueError } from "tinybpf";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MapHandle } from "../../src/runtime/maps/map.ts";
import { singles } from "../../src/runtime/maps/batches.ts";
import { Maps } from "../golden/maps.skel.ts";
import { describeKernel } from "./require-kernel.ts";

function bytesOf(id: number): Uint8Array {
  return new Uint8Array([id & 0xff, id >> 8, 0, 0, 0, 0]);
}
function idOf(bytes: Uint8Array): number {
  return (bytes[0] ?? 0) + (bytes[1] ?? 0) * 256;
}

const key = (id: number): { id: number; zone: number; flags: number } => ({ id, zone: 2, flags: 3 });
const byId = (a: readonly [{ id: number }, unknown], b: readonly [{ id: number }, unknown]): number =>
  a[0].id - b[0].id;

describeKernel("maps", () => {
  let skeleton: Maps;
  let maps: Maps["maps"];
  beforeEach(() => {
    skeleton = Maps.load();
    maps = skeleton.maps;
  });
  afterEach(() => skeleton.close());

  describe("hash map", () => {
    test("behaves like a Map", () => {
      const { hash } = maps;
      expect(hash.get(key(1))).toBeUndefined();
      expect(hash.has(key(1))).toBe(false);
      expect(hash.delete(key(1))).toBe(false);
      expect([...hash]).toEqual([]);

      expect(hash.set(key(1), { packets: 1n, bytes: 2 })).toBe(hash);
      hash.set(key(1), { packets: 3n, bytes: 4n }).set(key(2), { packets: 5n, bytes: 6n });
      expect(hash.get(key(1))).toEqual({ packets: 3n, bytes: 4n });
      expect(hash.has(key(2))).toBe(true);

      const expected = [
        [key(1), { packets: 3n, bytes: 4n }],
        [key(2), { packets: 5n, bytes: 6n }],
      ];
      expect([...hash].sort(byId)).toEqual(expected);
      expect([...hash.entries()].sort(byId)).toEqual(expected);
      expect([...hash.keys()].map(({ id }) => id).sort((a, b) => a - b)).toEqual([1, 2]);
      expect([...hash.values()].map(({ packets }) => packets).sort((a, b) => Number(a - b))).toEqual([
        3n,
        5n,
      ]);
      const seen = new Map<number, unknown>();
      hash.forEach((value, { id }, map) => seen.set(id, [value.bytes, map === hash]));
      expect(seen).toEqual(
        new Map([
          [1, [4n, true]],
          [2, [6n, true]],
        ]),
      );

      expect(hash.delete(key(1))).toBe(true);
      expect(hash.has(key(1))).toBe(false);
    });

    test("sees what the program writes, and the program sees what we write", () => {
      expect(skeleton.programs.touch.testRun().retval).toBe(0);
      expect(maps.hash.get(key(1))).toEqual({ packets: 1n, bytes: 100n });
      maps.hash.set(key(1), { packets: 10n, bytes: 0n });
      expect(skeleton.programs.touch.testRun().retval).toBe(1);
      expect(maps.hash.get(key(1))).toEqual({ packets: 11n, bytes: 0n });
    });

    test("update sets only under its condition", () => {
      const { lru } = maps;
      expect(lru.update(1n, 10n, "exist")).toBe(false);
      expect(lru.update(1n, 11n, "noexist")).toBe(true);
      expect(lru.update(1n, 12n, "noexist")).toBe(false);
      expect(lru.get(1n)).toBe(11n);
      expect(lru.update(1n, 13n, "exist")).toBe(true);
      expect(lru.update(1n, 14n, "any")).toBe(true);
      expect(lru.get(1n)).toBe(14n);
    });

    test("a full map is an error that says what to do", () => {
      maps.on_node.set(1, 1);
      const fill = (): unknown => maps.on_node.set(2, 2);
      expect(fill).toThrow(BpfError);
      expect(fill).toThrow(/cannot set a key in map on_node: .*E2BIG[^]*maxEntries/);
    });

    test("what does not fit its C type is a ValueError with its path, and leaves the map alone", () => {
      const { hash } = maps;
      const value = { packets: 1n, bytes: 1n };
      expect(() => hash.get({ ...key(1), zone: 0x1_0000 })).toThrow(/^key\.zone: 65536 is out of range/);
      expect(() => hash.set(key(1), { ...value, bytes: -1n })).toThrow(/^value\.bytes: -1 is out of range/);
      expect(() => hash.set(key(1), { ...value, bytes: -1n })).toThrow(ValueError);
      // @ts-expect-error a key has three members
      expect(() => hash.has({ id: 1 })).toThrow(ValueError);
      expect(() => maps.opaque.set(new Uint8Array(5), new Uint8Array(12))).toThrow(
        /^key: has 5 bytes, not 6/,
      );
      expect([...hash]).toEqual([]);
      expect([...maps.opaque]).toEqual([]);
    });

    test("a value whose getter uses the map, or closes it, does no harm", () => {
      const { hash } = maps;
      hash.set(key(7), { packets: 70n, bytes: 70n });
      const value = {
        packets: 1n,
        get bytes(): bigint {
          hash.set(key(8), { packets: 80n, bytes: 80n });
          return hash.get(key(7))?.bytes ?? 0n;
        },
      };
      hash.set(key(1), value);
      expect(hash.get(key(1))).toEqual({ packets: 1n, bytes: 70n });
      expect(hash.get(key(8))).toEqual({ packets: 80n, bytes: 80n });
      const closing = {
        packets: 1n,
        get bytes(): bigint {
          skeleton.close();
          return 1n;
        },
      };
      expect(() => maps.array.set(0, closing)).toThrow(ClosedError);
      expect(() => hash.set(key(1), closing)).toThrow(ClosedError);
    });

    test("keys and values are copies", () => {
      const bytes = new Uint8Array([1, 2, 3, 4, 5, 6]);
      maps.opaque.set(bytes, new Uint8Array(12).fill(7));
      const value = maps.opaque.get(bytes);
      value?.fill(9);
      expect(maps.opaque.get(bytes)).toEqual(new Uint8Array(12).fill(7));
    });
  });

  describe("iteration", () => {
    const COUNT = 5000;
    let many: Maps;
    beforeEach(() => {
      many = Maps.load({ maps: { opaque: { maxEntries: COUNT } } });
      for (let id = 0; id < COUNT; id++) many.maps.opaque.set(bytesOf(id), new Uint8Array(12));
    });
    afterEach(() => many.close());

    test("takes several batches, and sees every element once", () => {
      const ids = [...many.maps.opaque.keys()].map(idOf).sort((a, b) => a - b);
      expect(ids).toEqual(Array.from({ length: COUNT }, (_, id) => id));
    });

    test("ends, and sees nothing twice, while every element is deleted", () => {
      const seen = new Set<number>();
      for (const [bytes] of many.maps.opaque) {
        expect(seen.has(idOf(bytes))).toBe(false);
        seen.add(idOf(bytes));
        many.maps.opaque.delete(bytes);
      }
      expect(seen.size).toBe(COUNT);
      expect([...many.maps.opaque]).toEqual([]);
    });

    test("ends while keys are replaced by new ones", () => {
      let next = COUNT;
      let steps = 0;
      for (const bytes of many.maps.opaque.keys()) {
        many.maps.opaque.delete(bytes);
        many.maps.opaque.set(bytesOf(next++ % 0x1_0000), new Uint8Array(12));
        steps++;
      }
      expect(steps).toBeGreaterThanOrEqual(COUNT / 2);
      expect(steps).toBeLessThanOrEqual(2 * COUNT);
    });

    test("two iterations of one map do not disturb each other", () => {
      const first = many.maps.opaque.keys();
      const second = many.maps.opaque.keys();
      const pairs = Array.from({ length: 2000 }, () => [first.next().value, second.next().value]);
      for (const [a, b] of pairs) expect(a).toEqual(b);
      first.return?.(undefined);
    });

    test("can be left early", () => {
      for (const bytes of many.maps.opaque.keys()) {
        expect(bytes).toHaveLength(6);
        break;
      }
      expect(many.maps.opaque.has(bytesOf(1))).toBe(true);
    });

    test("one element at a time, for kernels without batches: sees each once, skips what vanishes", () => {
      const { opaque } = many.maps;
      // It only needs the descriptor: there is no libbpf behind this handle.
      const handle = new MapHandle(undefined as never, opaque.fd, "opaque", opaque);
      const seen = new Set<number>();
      for (const { keys, count } of singles(handle, 6, 12)) {
        expect(count).toBe(1);
        const id = keys.getUint16(0, true);
        expect(seen.has(id)).toBe(false);
        seen.add(id);
        opaque.delete(bytesOf(id ^ 1)); // its neighbour, seen or yet to come
      }
      expect(seen.size).toBeGreaterThanOrEqual(COUNT / 2);
      expect(seen.size).toBeLessThan(COUNT);
      for (const id of [0, 2, 4]) expect(seen.has(id) || seen.has(id ^ 1)).toBe(true);
    });
  });

  describe("array", () => {
    test.each(["in mapped memory", "through system calls"])("%s, elements are got and set", (way) => {
      const config = way === "in mapped memory" ? {} : { maps: { array: { flags: 0 } } };
      using loaded = Maps.load(config);
      const { array } = loaded.maps;
      expect(array.length).toBe(8);
      expect(array.get(7)).toEqual({ packets: 0n, bytes: 0n });
      expect(array.set(7, { packets: 1, bytes: 2n })).toBe(array);
      expect(array.get(7)).toEqual({ packets: 1n, bytes: 2n });
      expect(array.get(6)).toEqual({ packets: 0n, bytes: 0n });
      expect([...array].map(({ bytes }) => bytes)).toEqual([0n, 0n, 0n, 0n, 0n, 0n, 0n, 2n]);
      expect([...array.keys()]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      expect([...array.entries()].at(-1)).toEqual([7, { packets: 1n, bytes: 2n }]);
      const seen: number[] = [];
      array.forEach((_, index) => seen.push(index));
      expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    });

    test("of numbers in mapped memory, each is got and set as one, and others stay", () => {
      const BPF_F_MMAPABLE = 1024;
      const loaded = Maps.load({ maps: { first: { flags: BPF_F_MMAPABLE } } });
      const { first } = loaded.maps;
      const last = first.length - 1;
      first.set(last, 2n ** 64n - 1n);
      expect(first.get(last)).toBe(2n ** 64n - 1n);
      expect([...first].filter((value) => value !== 0n)).toEqual([2n ** 64n - 1n]);
      expect(() => first.set(last, -1n)).toThrow(/^value: -1 is out of range for __u64/);
      expect(first.get(last)).toBe(2n ** 64n - 1n);
      loaded.close();
      expect(() => first.get(last)).toThrow(ClosedError);
      expect(() => first.set(last, 1n)).toThrow(ClosedError);
    });

    test("an index that is not there is an IndexError", () => {
      for (const index of [-1, 8, 1.5, Number.NaN, 2 ** 32]) {
        expect(() => maps.array.get(index), String(index)).toThrow(IndexError);
        expect(() => maps.first.set(index, 1n), String(index)).toThrow(IndexError);
      }
      // @ts-expect-error no number
      expect(() => maps.array.get(Symbol("index"))).toThrow(IndexError);
      // @ts-expect-error no number
      expect(() => maps.array.get("1")).toThrow('map array has no element "1": they are 0 to');
    });

    test("a value that does not fit leaves the element as it was", () => {
      maps.array.set(0, { packets: 1n, bytes: 2n });
      expect(() => maps.array.set(0, { packets: 3n, bytes: -1n })).toThrow(
        /^value\.bytes: -1 is out of range/,
      );
      expect(maps.array.get(0)).toEqual({ packets: 1n, bytes: 2n });
    });
  });

  describe("per-CPU maps", () => {
    test("have a value for each possible CPU", () => {
      const cpus = possibleCpus();
      const { percpu_hash: hash, percpu_array: array } = maps;
      expect(hash.cpus).toBe(cpus);
      expect(array.cpus).toBe(cpus);

      const values = Array.from({ length: cpus }, (_, cpu) => ({ packets: BigInt(cpu + 1), bytes: 0n }));
      hash.set(1, values);
      expect(hash.get(1)).toEqual(values);
      expect(hash.get(2)).toBeUndefined();
      expect([...hash]).toEqual([[1, values]]);
      expect(hash.delete(1)).toBe(true);

      const numbers = Array.from({ length: cpus }, (_, cpu) => cpu * 10);
      array.set(1, numbers);
      expect(array.get(1)).toEqual(numbers);
      expect([...array]).toEqual([0, 1, 2, 3].map((index) => (index === 1 ? numbers : numbers.map(() => 0))));
    });

    test("a program's writes are in the value of the CPU that it ran on", () => {
      for (let i = 0; i < 3; i++) {
        maps.hash.delete(key(1));
        skeleton.programs.touch.testRun();
      }
      expect(maps.percpu_array.get(1).reduce((sum, value) => sum + value, 0)).toBe(3);
    });

    test("take exactly one value for each CPU", () => {
      expect(() => maps.percpu_array.set(0, [1, 2, 3, 4, 5, 6, 7].slice(0, possibleCpus() - 1))).toThrow(
        /^value: has \d+ elements, not \d+/,
      );
    });
  });

  test("an LRU map makes room by itself", () => {
    for (let i = 0n; i < 1000n; i++) maps.lru.set(i, i);
    const count = [...maps.lru].length;
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThanOrEqual(32);
  });

  test("say what they are", () => {
    const { name, type, keySize, valueSize, maxEntries, flags } = maps.array;
    expect({ name, type, keySize, valueSize, maxEntries, flags }).toEqual({
      name: "array",
      type: "array",
      keySize: 4,
      valueSize: 16,
      maxEntries: 8,
      flags: 1 << 10,
    });
    expect(maps.routes.type).toBe("lpm_trie");
    expect(maps.routes.fd).toBeGreaterThan(2);
    expect(maps.lru.type).toBe("lru_hash");
  });
});
