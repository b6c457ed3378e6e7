/** What only perf event arrays have: CPUs, and lost events. */
import { afterEach, expect, test } from "vitest";
import { ClosedError } from "tinybpf";
import { PerfEvents } from "../../golden/perf_events.skel.ts";
import { onlineCpus } from "../../../src/runtime/maps/online-cpus.ts";
import { type Need, needs } from "../../btf-parser/needs.ts";
import { describeKernel } from "../require-kernel.ts";
import { numbers, turns } from "./subjects.ts";

const BPF_F_TEST_RUN_ON_CPU = 1;
const [firstCpu = 0, ...otherCpus] = onlineCpus();
const secondCpu = otherCpus[0] ?? firstCpu;
const TWO_CPUS: Need = () => (otherCpus.length === 0 ? "there is only one CPU" : undefined);

/** Sends samples from a CPU; how many found room. */
function send(from: PerfEvents, count: number, cpu = firstCpu): number {
  const before = from.bss.sent;
  const context = new Uint8Array(new BigUint64Array([BigInt(count)]).buffer);
  from.programs.send_samples.testRun({ context, cpu, flags: BPF_F_TEST_RUN_ON_CPU });
  return from.bss.sent - before;
}

describeKernel("perf event array", () => {
  let skeleton: PerfEvents | undefined;

  function load(pages = 64): PerfEvents {
    skeleton = PerfEvents.load();
    skeleton.maps.samples.open({ pages });
    return skeleton;
  }

  afterEach(() => skeleton?.close());

  test("callbacks are given the CPU that sent the event", async (context) => {
    needs(context, TWO_CPUS);
    const perf = load();
    const { samples } = perf.maps;
    const seen: boolean[] = [];
    const check = (sample: { readonly cpu: number }, cpu: number): void => void seen.push(sample.cpu === cpu);
    const ways = [
      async () => samples.consume(check),
      async () => samples.consumeViews(check),
      async () => await samples.poll(1000, check),
      async () => await samples.pollViews(1000, check),
      async () => {
        let left = 4;
        return await samples.listen((sample, cpu) => {
          check(sample, cpu);
          return --left > 0;
        });
      },
    ];
    for (const way of ways) {
      for (const cpu of [firstCpu, secondCpu]) send(perf, 2, cpu);
      expect(await way()).toBe(4);
    }
    expect(seen).toEqual(numbers(0, 20).map(() => true));
  });

  test("records give events with their CPU, and lost ones where they would have been", async () => {
    const perf = load(1);
    const { samples } = perf.maps;
    const room = send(perf, 1000);
    const heard: [number, number][] = [];
    samples.onLost = (count, cpu) => void heard.push([count, cpu]);
    const records = samples.records();
    for (const seq of numbers(0, room))
      expect((await records.next()).value).toEqual({
        kind: "event",
        cpu: firstCpu,
        event: { seq, cpu: firstCpu, text: "not torn anywhere" },
      });
    const pending = [records.next(), records.next(), records.next()];
    await turns(3);
    send(perf, 2);
    expect((await Promise.all(pending)).map(({ value }) => value)).toMatchObject([
      { kind: "lost", cpu: firstCpu, count: 1000 - room },
      { kind: "event", cpu: firstCpu, event: { seq: 1000 } },
      { kind: "event", cpu: firstCpu, event: { seq: 1001 } },
    ]);
    expect(samples.lost).toBe(1000 - room);
    expect(heard).toEqual([[1000 - room, firstCpu]]);
  });

  test("leaving records behind lost events leaves the event for the next reader", async () => {
    const perf = load(1);
    send(perf, 1000);
    perf.maps.samples.consume(() => {});
    send(perf, 1);
    for await (const record of perf.maps.samples.records()) {
      expect(record.kind).toBe("lost");
      break;
    }
    const left: number[] = [];
    perf.maps.samples.consume(({ seq }) => void left.push(seq));
    expect(left).toEqual([1000]);
  });

  test("lost events: consumers of each kind go on behind them, and the counter tells how many", async () => {
    const perf = load(1);
    const { samples } = perf.maps;
    let lost = 0;
    /** Fills the buffer, empties it, and sends one more, in front of which the kernel tells of what it dropped. */
    const lose = (): void => {
      lost += 500 - send(perf, 500);
      samples.consume(() => {});
      send(perf, 1);
    };
    lose();
    expect((await samples.batches().next()).value).toHaveLength(1);
    lose();
    expect((await samples.iterate().next()).done).toBe(false);
    lose();
    expect(await samples.poll(1000, () => {})).toBe(1);
    lose();
    expect(await samples.listen(() => false)).toBe(1);
    expect(samples.lost).toBe(lost);
  });

  test.each(["leaves", "closes"])(
    "a batch that was begun when who hears of lost events %s is given all the same",
    async (how) => {
      const perf = load(1);
      const { samples } = perf.maps;
      const batches = samples.batches();
      const pending = batches.next();
      await turns(3);
      // Events, then lost ones, then an event: reading half of the buffer makes room behind the rest.
      const room = send(perf, 1000);
      let read = 0;
      samples.consume(() => ++read < room / 2);
      send(perf, 1);
      samples.onLost = () => {
        if (how === "leaves") void batches.return?.();
        else perf.close();
      };
      const { value } = await pending;
      expect(value?.map(({ seq }) => seq)).toEqual(numbers(read, room - read));
      expect((await batches.next()).done).toBe(true);
      if (how === "closes") return;
      const left: number[] = [];
      samples.consume(({ seq }) => void left.push(seq));
      expect(left).toEqual([1000]);
    },
  );

  test("AbortSignal: aborted by what hears of lost events, a batch that was begun is given, and the reason after it", async () => {
    const perf = load(1);
    const { samples } = perf.maps;
    const stop = new AbortController();
    const batches = samples.batches({ signal: stop.signal });
    const pending = batches.next();
    await turns(3);
    const room = send(perf, 1000);
    let read = 0;
    samples.consume(() => ++read < room / 2);
    send(perf, 1);
    samples.onLost = () => stop.abort(new Error("enough"));
    expect((await pending).value).toHaveLength(room - read);
    await expect(batches.next()).rejects.toThrow("enough");
    expect((await batches.next()).done).toBe(true);
    expect((await samples.iterate().next()).value?.seq).toBe(1000);
  });

  test("what hears of lost events and throws rejects who reads, and the events stay", async () => {
    const perf = load(1);
    const { samples } = perf.maps;
    send(perf, 1000);
    samples.consume(() => {});
    samples.onLost = () => {
      throw new Error("mine");
    };
    send(perf, 2);
    await expect(samples.listen(() => {})).rejects.toThrow("mine");
    samples.onLost = undefined;
    expect((await samples.batches().next()).value?.map(({ seq }) => seq)).toEqual([1000, 1001]);
  });

  test("use after close: records are a ClosedError, and end when they wait", async () => {
    const perf = load();
    const pending = perf.maps.samples.records().next();
    setImmediate(() => perf.close());
    expect((await pending).done).toBe(true);
    expect(() => perf.maps.samples.records()).toThrow(ClosedError);
  });
});
