import { afterEach, describe, expect, test } from "vitest";
import { ClosedError, TinyBpfError, ValueError } from "tinybpf";
import { PerfEvents, type FilesEvent, type Sample, type SampleView } from "../golden/perf_events.skel.ts";
import { onlineCpus } from "../../src/runtime/maps/online-cpus.ts";
import { pageSize } from "../../src/runtime/memory.ts";
import { type Need, needs } from "../btf-parser/needs.ts";
import { bpfDescriptors } from "./descriptors.ts";
import { describeKernel } from "./require-kernel.ts";
import { within } from "./streams/subjects.ts";

// Of a sample of 28 bytes: a header of 8, its size of 4, and nothing to round up.
const RECORD = 40;

const BPF_F_TEST_RUN_ON_CPU = 1;
const [firstCpu = 0, ...otherCpus] = onlineCpus();
const secondCpu = otherCpus[0] ?? firstCpu;
const TWO_CPUS: Need = () => (otherCpus.length === 0 ? "there is only one CPU" : undefined);

function words(...args: number[]): Uint8Array {
  return new Uint8Array(new BigUint64Array(args.map(BigInt)).buffer);
}

/** Sends samples from a CPU; how many found room. */
function send(from: PerfEvents, count: number, cpu = firstCpu): number {
  const before = from.bss.sent;
  from.programs.send_samples.testRun({ context: words(count), cpu, flags: BPF_F_TEST_RUN_ON_CPU });
  return from.bss.sent - before;
}

function drain(from: PerfEvents): number[] {
  const seen: number[] = [];
  from.maps.samples.consume((event) => void seen.push(event.seq));
  return seen;
}

describeKernel("perf event array", () => {
  let skeleton: PerfEvents | undefined;

  /** Loads it and opens the buffers for samples. */
  function load(pages = 64): PerfEvents {
    skeleton = PerfEvents.load();
    skeleton.maps.samples.open({ pages });
    return skeleton;
  }

  /** Loads it; the next event comes behind lost ones. */
  function afterLoss(): PerfEvents {
    const perf = load(1);
    send(perf, 1000);
    drain(perf);
    return perf;
  }

  afterEach(() => skeleton?.close());

  describe("consume", () => {
    test("hands over every event, decoded, in order, once", () => {
      const perf = load();
      expect(send(perf, 3)).toBe(3);
      const events: Sample[] = [];
      expect(perf.maps.samples.consume((event) => void events.push(event))).toBe(3);
      expect(events.map(({ seq, cpu }) => [seq, cpu])).toEqual([0, 1, 2].map((seq) => [seq, firstCpu]));
      expect(events[0]?.text).toBe("not torn anywhere");
      expect(drain(perf)).toEqual([]);
      expect(perf.maps.samples.lost).toBe(0);
    });

    test("events of every CPU", (context) => {
      needs(context, TWO_CPUS);
      const perf = load();
      for (const cpu of [firstCpu, ...otherCpus]) expect(send(perf, 2, cpu)).toBe(2);
      const seen = new Map<number, number>();
      perf.maps.samples.consume(({ cpu }) => void seen.set(cpu, (seen.get(cpu) ?? 0) + 1));
      expect([...seen].sort(([a], [b]) => a - b)).toEqual([firstCpu, ...otherCpus].map((cpu) => [cpu, 2]));
    });

    test("many times around the buffer, nothing is lost, torn or doubled, also where a record wraps", () => {
      const perf = load(1);
      let expected = 0;
      for (let round = 0; round < 1000; round++) {
        const count = send(perf, 1 + (round % 100));
        perf.maps.samples.consume((event) => {
          expect(event.seq).toBe(expected++);
          expect(event.cpu).toBe(firstCpu);
          expect(event.text).toBe("not torn anywhere");
        });
        expect(count).toBe(1 + (round % 100));
      }
      expect(expected * RECORD).toBeGreaterThan(100 * pageSize());
      expect(perf.maps.samples.lost).toBe(0);
    });

    test("what finds no room is counted", () => {
      const perf = load(1);
      const told: [number, number][] = [];
      perf.maps.samples.onLost = (count, cpu) => void told.push([count, cpu]);
      const room = send(perf, 1000);
      expect(room).toBeLessThanOrEqual(pageSize() / RECORD);
      expect(drain(perf)).toEqual(Array.from({ length: room }, (_, i) => i));
      // The kernel tells when it can write again.
      expect(perf.maps.samples.lost).toBe(0);
      expect(send(perf, 2)).toBe(2);
      expect(drain(perf)).toEqual([1000, 1001]);
      expect(perf.maps.samples.lost).toBe(1000 - room);
      expect(told).toEqual([[1000 - room, firstCpu]]);
    });

    test("what hears of lost events may throw, and close the skeleton", () => {
      const perf = load(1);
      send(perf, 1000);
      drain(perf);
      send(perf, 2);
      perf.maps.samples.onLost = () => {
        throw new Error("mine");
      };
      expect(() => drain(perf)).toThrow("mine");
      expect(drain(perf)).toEqual([1000, 1001]);
      send(perf, 1000);
      drain(perf);
      send(perf, 2);
      perf.maps.samples.onLost = () => perf.close();
      expect(drain(perf)).toEqual([]);
      expect(() => drain(perf)).toThrow(ClosedError);
    });

    test("an exception reaches the caller and loses no other event; false ends it", () => {
      const perf = load();
      send(perf, 4);
      expect(() =>
        perf.maps.samples.consume((event) => {
          if (event.seq === 1) throw new Error("mine");
        }),
      ).toThrow("mine");
      expect(perf.maps.samples.consume(() => false)).toBe(1);
      expect(drain(perf)).toEqual([3]);
    });

    test("false ends it on all CPUs", (context) => {
      needs(context, TWO_CPUS);
      const perf = load();
      send(perf, 2);
      send(perf, 2, secondCpu);
      expect(perf.maps.samples.consume(() => false)).toBe(1);
      expect(drain(perf)).toHaveLength(3);
    });

    test("not inside its own callback; which may close the skeleton", () => {
      const perf = load();
      send(perf, 3);
      expect(() => perf.maps.samples.consume(() => drain(perf))).toThrow(TinyBpfError);
      expect(perf.maps.samples.consume(() => perf.close())).toBe(1);
      expect(() => drain(perf)).toThrow(ClosedError);
    });
  });

  test("views read in place, one object for all events, and die with the call", () => {
    const perf = load(1);
    const views = new Set<SampleView>();
    let expected = 0;
    for (let round = 0; round < 20; round++) {
      send(perf, 50);
      perf.maps.samples.consumeViews((view) => {
        views.add(view);
        expect(view.seq).toBe(expected++);
        expect(view.text).toBe("not torn anywhere");
      });
    }
    expect(expected).toBe(1000);
    expect(views.size).toBe(1);
    for (const view of views) expect(() => view.seq).toThrow(ClosedError);
  });

  test("events of several types, which a declaration tag names", () => {
    const perf = load();
    perf.maps.files.open({ pages: 1 });
    expect(perf.programs.open_and_close.testRun().retval).toBe(0);
    const events: FilesEvent[] = [];
    perf.maps.files.consume((event) => void events.push(event));
    expect(events).toEqual([
      { ts: expect.any(BigInt), op: 1, path: "/run/file" },
      { ts: expect.any(BigInt), op: -2, result: -9 },
    ]);
  });

  test("without a type they are bytes, with what the kernel rounds up", () => {
    const perf = load();
    perf.maps.raw.open();
    perf.programs.send_raw.testRun({ context: words(0x11223344) });
    const events: Uint8Array[] = [];
    perf.maps.raw.consume((event) => void events.push(event));
    expect(events).toHaveLength(1);
    // 16 bytes and their size of 4 are rounded up to 24.
    expect(events[0]?.length).toBe(20);
    expect(events[0]?.subarray(0, 16)).toEqual(
      new Uint8Array([0x44, 0x33, 0x22, 0x11, 0, 0, 0, 0, 0xbb, 0xcc, 0xdd, 0xee, 255, 255, 255, 255]),
    );
    expect(() => perf.maps.raw.consumeViews(() => {})).toThrow("have no views");
  });

  describe("open", () => {
    test("happens by itself; what was sent before is gone", () => {
      skeleton = PerfEvents.load();
      expect(send(skeleton, 2)).toBe(0);
      expect(drain(skeleton)).toEqual([]);
      expect(send(skeleton, 1)).toBe(1);
      expect(drain(skeleton)).toEqual([2]);
    });

    test("again is fine, with other pages it is not", () => {
      const perf = load(2);
      perf.maps.samples.open();
      perf.maps.samples.open({ pages: 2 });
      expect(() => perf.maps.samples.open({ pages: 4 })).toThrow("open with 2 pages");
    });

    test.each([0, 3, -1, 1.5, Number.NaN, 2 ** 40, "4" as unknown as number])(
      "not with %s pages",
      (pages) => {
        skeleton = PerfEvents.load();
        const { samples } = skeleton.maps;
        expect(() => samples.open({ pages })).toThrow(ValueError);
      },
    );

    test("not once closed, and closing lets go of everything", () => {
      const before = bpfDescriptors();
      const perf = load();
      perf.maps.files.open();
      expect(bpfDescriptors().filter((kind) => kind === "perf_event")).toHaveLength(2 * onlineCpus().length);
      perf.close();
      expect(bpfDescriptors()).toEqual(before);
      expect(() => perf.maps.samples.open()).toThrow(ClosedError);
      expect(() => perf.maps.raw[Symbol.asyncIterator]()).toThrow(ClosedError);
    });
  });

  describe("async iteration", () => {
    test("gets what is there, then waits for what comes, and leaves the rest", async () => {
      const perf = load();
      send(perf, 2);
      const timer = setTimeout(() => send(perf, 3), 20);
      const seen: number[] = [];
      for await (const event of perf.maps.samples) {
        seen.push(event.seq);
        if (seen.length === 4) break;
      }
      clearTimeout(timer);
      expect(seen).toEqual([0, 1, 2, 3]);
      expect(drain(perf)).toEqual([4]);
    });

    // When an event comes, relative to the turns of the event loop in which the wait begins.
    test.each([
      ["at once", async () => {}],
      ["after the microtasks", () => new Promise<void>((resolve) => process.nextTick(resolve))],
      ["in the next immediate", () => new Promise<void>((resolve) => void setImmediate(resolve))],
      ["two immediates later", () => immediates(2)],
      ["three immediates later", () => immediates(3)],
      ["in a timer", () => new Promise<void>((resolve) => void setTimeout(resolve, 1))],
    ])(
      "no wake-up is missed: 500 times one event after the buffers ran empty, sent %s",
      async (_when, pause) => {
        const perf = load(1);
        const iterator = perf.maps.samples[Symbol.asyncIterator]();
        for (let next = 0; next < 500; next++) {
          const pending = iterator.next();
          await pause();
          send(perf, 1, [firstCpu, ...otherCpus][next % (1 + otherCpus.length)]);
          const { value, done } = await within(pending);
          expect([done, value?.seq]).toEqual([false, next]);
        }
      },
    );

    test("one that waits begins to wait inside of a callback", async () => {
      const perf = load();
      const iterator = perf.maps.samples[Symbol.asyncIterator]();
      send(perf, 3);
      const pending: Promise<IteratorResult<Sample, undefined>>[] = [];
      perf.maps.samples.consume(() => {
        pending.push(iterator.next(), iterator.next());
        return false;
      });
      expect((await Promise.all(pending)).map(({ value }) => value?.seq)).toEqual([1, 2]);
    });

    test("several consumers share the events, the longest waiting first", async () => {
      const perf = load();
      const first = perf.maps.samples[Symbol.asyncIterator]();
      const second = perf.maps.samples[Symbol.asyncIterator]();
      const pending = [first.next(), second.next(), first.next()];
      send(perf, 3);
      expect((await Promise.all(pending)).map(({ value }) => value?.seq)).toEqual([0, 1, 2]);
    });

    test("a busy CPU does not starve the others", async (context) => {
      needs(context, TWO_CPUS);
      const perf = load();
      send(perf, 100);
      send(perf, 1, secondCpu);
      const cpus: number[] = [];
      for await (const { cpu } of perf.maps.samples) if (cpus.push(cpu) === 4) break;
      expect(cpus).toContain(secondCpu);
    });

    describe("what hears of lost events ends who waits", () => {
      test("and another who waits gets the event", async () => {
        const perf = afterLoss();
        const first = perf.maps.samples[Symbol.asyncIterator]();
        const second = perf.maps.samples[Symbol.asyncIterator]();
        const pending = [first.next(), second.next(), second.next()];
        perf.maps.samples.onLost = () => void first.return?.();
        send(perf, 1);
        expect(await Promise.all(pending.slice(0, 2))).toMatchObject([
          { done: true },
          { done: false, value: { seq: 1000 } },
        ]);
        send(perf, 1);
        expect(await pending[2]).toMatchObject({ done: false, value: { seq: 1001 } });
        const last = second.next();
        perf.close();
        expect(await last).toEqual({ done: true, value: undefined });
      });

      test("and if nobody else waits, the event stays", async () => {
        const perf = afterLoss();
        const iterator = perf.maps.samples[Symbol.asyncIterator]();
        const pending = iterator.next();
        perf.maps.samples.onLost = () => void iterator.return?.();
        send(perf, 1);
        expect(await pending).toEqual({ done: true, value: undefined });
        expect(drain(perf)).toEqual([1000]);
      });

      test("and what it throws reaches the next who waits", async () => {
        const perf = afterLoss();
        const first = perf.maps.samples[Symbol.asyncIterator]();
        const second = perf.maps.samples[Symbol.asyncIterator]();
        const pending = [first.next(), second.next(), second.next()];
        perf.maps.samples.onLost = () => {
          void first.return?.();
          throw new Error("mine");
        };
        send(perf, 1);
        expect(await Promise.allSettled(pending)).toMatchObject([
          { status: "fulfilled", value: { done: true } },
          { status: "rejected", reason: { message: "mine" } },
          { status: "fulfilled", value: { value: { seq: 1000 } } },
        ]);
      });
    });

    test("many calls of next that nobody waits for in between come in order", async () => {
      const perf = load();
      send(perf, 600);
      const iterator = perf.maps.samples[Symbol.asyncIterator]();
      const results = await Promise.all(Array.from({ length: 600 }, () => iterator.next()));
      expect(results.map(({ value }) => value?.seq)).toEqual(Array.from({ length: 600 }, (_, i) => i));
    });

    test("closing ends those who wait, also when what hears of lost events closes", async () => {
      const perf = load(1);
      const iterator = perf.maps.samples[Symbol.asyncIterator]();
      const pending = [iterator.next(), iterator.next()];
      setTimeout(() => perf.close(), 10);
      for (const result of await Promise.all(pending))
        expect(result).toEqual({ done: true, value: undefined });

      const again = load(1);
      send(again, 1000);
      drain(again);
      again.maps.samples.onLost = () => again.close();
      send(again, 1);
      for await (const event of again.maps.samples) throw new Error(`unexpected event ${event.seq}`);
    });
  });
});

async function immediates(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise<void>((resolve) => void setImmediate(resolve));
}
