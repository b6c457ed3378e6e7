import { afterEach, describe, expect, test } from "vitest";
import { ClosedError, TinyBpfError } from "tinybpf";
import { Emit, type Event, type EventView } from "../golden/emit.skel.ts";
import { emit } from "./emit.ts";
import { describeKernel } from "./require-kernel.ts";
import { within } from "./streams/subjects.ts";

const RECORD = 40; // 32 bytes of event, 8 of header

function drain(from: Emit): number[] {
  const seen: number[] = [];
  from.maps.events.consume((event) => void seen.push(event.seq));
  return seen;
}

describeKernel("ring buffer", () => {
  let skeleton: Emit | undefined;

  function load(maxEntries = 256 * 1024): Emit {
    skeleton = Emit.load({ maps: { events: { maxEntries } } });
    return skeleton;
  }

  afterEach(() => skeleton?.close());

  describe("consume", () => {
    test("hands over every event, decoded, in order, once", () => {
      const ring = load();
      expect(emit(ring, 3)).toBe(3);
      const events: Event[] = [];
      expect(ring.maps.events.consume((event) => void events.push(event))).toBe(3);
      expect(events.map(({ seq }) => seq)).toEqual([0, 1, 2]);
      for (const event of events) {
        expect(event.pid).toBe(process.pid);
        expect(event.comm).not.toBe("");
        expect(event.ts).toBeGreaterThan(0n);
      }
      expect(drain(ring)).toEqual([]);
    });

    test("a full buffer loses events only in the kernel, and goes on afterwards", () => {
      const ring = load(4096);
      const fits = Math.floor(4096 / RECORD);
      expect(emit(ring, 500)).toBe(fits);
      expect(drain(ring)).toEqual(Array.from({ length: fits }, (_, i) => i));
      expect(emit(ring, 2)).toBe(2);
      expect(drain(ring)).toEqual([fits, fits + 1]);
    });

    test("many times around the buffer, nothing is lost, torn or doubled", () => {
      const ring = load(4096);
      let expected = 0;
      for (let round = 0; round < 2000; round++) {
        const count = emit(ring, 1 + (round % 100));
        const seen = drain(ring);
        expect(seen.length).toBe(count);
        expect(seen[0]).toBe(expected);
        expected += count;
        expect(seen.at(-1)).toBe(expected - 1);
      }
    });

    test("an exception from the callback reaches the caller and loses no other event", () => {
      const ring = load();
      emit(ring, 3);
      expect(() =>
        ring.maps.events.consume((event) => {
          if (event.seq === 1) throw new Error("mine");
        }),
      ).toThrow("mine");
      expect(drain(ring)).toEqual([2]);
    });

    test("false ends it early", () => {
      const ring = load();
      emit(ring, 3);
      expect(ring.maps.events.consume(() => false)).toBe(1);
      expect(drain(ring)).toEqual([1, 2]);
    });

    test("not inside its own callback", () => {
      const ring = load();
      emit(ring, 2);
      expect(() => ring.maps.events.consume(() => drain(ring))).toThrow(TinyBpfError);
      expect(drain(ring)).toEqual([1]);
    });

    test("which fails without harm to the view of the outer one", () => {
      const ring = load();
      emit(ring, 1);
      ring.maps.events.consumeViews((view) => {
        expect(() => ring.maps.events.consumeViews(() => {})).toThrow(TinyBpfError);
        expect(view.seq).toBe(0);
      });
    });

    test("the callback may close the skeleton", () => {
      const ring = load();
      emit(ring, 3);
      expect(ring.maps.events.consume(() => ring.close())).toBe(1);
      expect(() => drain(ring)).toThrow(ClosedError);
    });
  });

  describe("consumeViews", () => {
    test("reads fields in place, through one object", () => {
      const ring = load();
      emit(ring, 3);
      const views = new Set<EventView>();
      const seen: number[] = [];
      ring.maps.events.consumeViews((view) => {
        views.add(view);
        seen.push(view.seq);
        expect(view.pid).toBe(process.pid);
        expect(view.comm).not.toBe("");
      });
      expect(seen).toEqual([0, 1, 2]);
      expect(views.size).toBe(1);
      for (const view of views) expect(() => view.seq).toThrow(ClosedError);
    });

    test("a view dies at once when the callback closes the skeleton", () => {
      const ring = load();
      emit(ring, 1);
      let after: unknown;
      ring.maps.events.consumeViews((view) => {
        ring.close();
        try {
          after = view.seq;
        } catch (error) {
          after = error;
        }
      });
      expect(after).toBeInstanceOf(ClosedError);
    });
  });

  describe("async iteration", () => {
    test("gets what is there, then waits for what comes", async () => {
      const ring = load();
      emit(ring, 2);
      const timer = setTimeout(() => emit(ring, 2), 20);
      const seen: number[] = [];
      for await (const event of ring.maps.events) {
        seen.push(event.seq);
        if (seen.length === 4) break;
      }
      clearTimeout(timer);
      expect(seen).toEqual([0, 1, 2, 3]);
    });

    test("leaving the loop loses nothing", async () => {
      const ring = load();
      emit(ring, 3);
      for await (const event of ring.maps.events) {
        expect(event.seq).toBe(0);
        break;
      }
      expect(drain(ring)).toEqual([1, 2]);
    });

    test("a wake-up is never missed: a thousand times one event after the buffer ran empty", async () => {
      const ring = load();
      let next = 0;
      const iterator = ring.maps.events[Symbol.asyncIterator]();
      for (; next < 1000; next++) {
        const pending = iterator.next();
        if (next % 2 === 0) await new Promise((resolve) => void setImmediate(resolve));
        emit(ring, 1);
        const { value, done } = await within(pending);
        expect([done, value?.seq]).toEqual([false, next]);
      }
    });

    test("several consumers share the events: each goes to one, the longest waiting first", async () => {
      const ring = load();
      const first = ring.maps.events[Symbol.asyncIterator]();
      const second = ring.maps.events[Symbol.asyncIterator]();
      const pending = [first.next(), second.next(), first.next()];
      emit(ring, 3);
      const results = await Promise.all(pending);
      expect(results.map((result) => result.value?.seq)).toEqual([0, 1, 2]);
    });

    test("closing ends those who wait", async () => {
      const ring = load();
      const iterator = ring.maps.events[Symbol.asyncIterator]();
      const pending = [iterator.next(), iterator.next()];
      setTimeout(() => ring.close(), 10);
      expect(await Promise.all(pending)).toEqual([
        { done: true, value: undefined },
        { done: true, value: undefined },
      ]);
      expect(await iterator.next()).toEqual({ done: true, value: undefined });
      expect(() => ring.maps.events[Symbol.asyncIterator]()).toThrow(ClosedError);
    });

    test("return ends its own waiting, not another's", async () => {
      const ring = load();
      const leaving = ring.maps.events[Symbol.asyncIterator]();
      const staying = ring.maps.events[Symbol.asyncIterator]();
      const left = leaving.next();
      const stayed = staying.next();
      await leaving.return?.();
      expect((await left).done).toBe(true);
      emit(ring, 1);
      expect((await stayed).value?.seq).toBe(0);
    });

    test("a stream that never runs dry lets timers run", async () => {
      const ring = load(4096);
      let ticks = 0;
      const timer = setInterval(() => ticks++, 1);
      let count = 0;
      try {
        emit(ring, 50);
        for await (const _ of ring.maps.events) {
          if (++count % 25 === 0) emit(ring, 25);
          if (ticks > 2 || count > 5_000_000) break;
        }
      } finally {
        clearInterval(timer);
      }
      expect(ticks).toBeGreaterThan(2);
    });
  });
});
