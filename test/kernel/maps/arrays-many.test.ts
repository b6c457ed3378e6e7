/** Many elements of arrays at once. */
import {
  arrayMap,
  ClosedError,
  createMap,
  IndexError,
  le,
  perCpuArrayMap,
  possibleCpus,
  ValueError,
} from "tinybpf";
import { expect, test } from "vitest";
import { describeKernel } from "../require-kernel.ts";

const BPF_F_MMAPABLE = 1 << 10;

/** One for each CPU. */
function values(start: number): number[] {
  return Array.from({ length: possibleCpus() }, (_, cpu) => start + cpu);
}

describeKernel("many elements of an array", () => {
  test.each([
    ["by system calls", 0],
    ["in mapped memory", BPF_F_MMAPABLE],
  ])("%s", (_, flags) => {
    const array = createMap(arrayMap(le.u64), { maxEntries: 3000, flags });
    expect(array.get(1)).toBe(0n);
    const entries = Array.from({ length: 3000 }, (__, i) => [i, BigInt(i) * 2n] as const);
    expect(array.setMany(entries)).toBe(array);
    expect([...array]).toEqual(entries.map(([, value]) => value));
    expect(array.getMany([2999, 0, 7, 7])).toEqual([5998n, 0n, 14n, 14n]);
    expect(array.getMany([])).toEqual([]);
    expect(() => array.getMany([0, 3000])).toThrow(IndexError);
    for (const [bad, error] of [
      [
        [
          [0, 1n],
          [3000, 1n],
        ],
        IndexError,
      ],
      [
        [
          [0, 1n],
          [1, -1n],
        ],
        ValueError,
      ],
      [[[0, 1n], 5], ValueError],
    ] as const)
      expect(() => array.setMany(bad as never)).toThrow(error);
    expect(array.get(0)).toBe(0n);
    array.close();
    expect(() => array.setMany([[0, 1n]])).toThrow(ClosedError);
    expect(() => array.getMany([0])).toThrow(ClosedError);
  });

  test("for each CPU", () => {
    using array = createMap(perCpuArrayMap(le.u32), { maxEntries: 5 });
    array.setMany([
      [4, values(40)],
      [1, values(10)],
    ]);
    expect(array.getMany([1, 4, 0])).toEqual([values(10), values(40), values(0).fill(0)]);
    expect(() => array.setMany([[0, [1, 2, 3, 4, 5, 6, 7, 8, 9].concat(values(0))]])).toThrow(ValueError);
  });
});
