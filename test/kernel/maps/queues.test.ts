import { ClosedError, ValueError } from "tinybpf";
import { describe, expect, test } from "vitest";
import { Maps } from "../../golden/maps.skel.ts";
import { loadMapKinds } from "./map-kinds.ts";
import { describeKernel } from "../require-kernel.ts";
import { linux, needsKernel } from "../this-kernel.ts";

describeKernel("maps without keys", () => {
  describe("queue", () => {
    test("first in, first out", () => {
      using maps = Maps.load();
      const { queue } = maps.maps;
      expect(queue.pop()).toBeUndefined();
      expect(queue.peek()).toBeUndefined();
      expect(queue.push({ packets: 1, bytes: 10n }).push({ packets: 2, bytes: 20n })).toBe(queue);
      expect(queue.peek()).toEqual({ packets: 1n, bytes: 10n });
      expect(queue.pop()).toEqual({ packets: 1n, bytes: 10n });
      expect([...queue.drain()]).toEqual([{ packets: 2n, bytes: 20n }]);
      expect([...queue.drain()]).toEqual([]);
    });

    test("when it is full, fails or pushes the oldest out", () => {
      using maps = Maps.load();
      const { queue } = maps.maps;
      for (let i = 0; i < 16; i++) queue.push({ packets: i, bytes: 0 });
      expect(() => queue.push({ packets: 16, bytes: 0 })).toThrow(
        /cannot push to map queue: .*E2BIG[^]*"replace"/,
      );
      queue.push({ packets: 16, bytes: 0 }, "replace");
      expect([...queue.drain()].map(({ packets }) => packets)).toEqual(
        Array.from({ length: 16 }, (_, i) => BigInt(i + 1)),
      );
      // @ts-expect-error no such way
      expect(() => queue.push({ packets: 1, bytes: 1 }, "wait")).toThrow(ValueError);
    });

    test("a value that does not fit leaves it alone", () => {
      using maps = Maps.load();
      expect(() => maps.maps.queue.push({ packets: -1, bytes: 0 })).toThrow(/^value\.packets: -1 is out/);
      expect(maps.maps.queue.peek()).toBeUndefined();
    });
  });

  test("stack: last in, first out", () => {
    using maps = Maps.load();
    const { stack } = maps.maps;
    stack.push(1).push(2).push(3);
    expect(stack.peek()).toBe(3);
    expect(stack.pop()).toBe(3);
    expect([...stack.drain()]).toEqual([2, 1]);
    expect(stack.pop()).toBeUndefined();
  });

  test("Bloom filter: never denies what was added", (context) => {
    needsKernel(context, linux("5.16"));
    using kinds = loadMapKinds();
    const { bloom } = kinds.maps;
    expect(bloom.has(1)).toBe(false);
    for (let i = 0; i < 100; i++) bloom.add(i * 7);
    for (let i = 0; i < 100; i++) expect(bloom.has(i * 7)).toBe(true);
    const wrong = Array.from({ length: 1000 }, (_, i) => bloom.has(1_000_000 + i)).filter(Boolean).length;
    expect(wrong).toBeLessThan(500);
    expect(() => bloom.add(-1)).toThrow(ValueError);
    kinds.close();
    expect(() => bloom.add(1)).toThrow(ClosedError);
    expect(() => bloom.has(1)).toThrow(ClosedError);
  });

  test("once closed, everything is a ClosedError", () => {
    const maps = Maps.load();
    const { queue, stack } = maps.maps;
    maps.close();
    for (const use of [
      () => queue.push({ packets: 1, bytes: 1 }),
      () => queue.pop(),
      () => stack.peek(),
      () => [...stack.drain()],
    ])
      expect(use, String(use)).toThrow(ClosedError);
  });
});
