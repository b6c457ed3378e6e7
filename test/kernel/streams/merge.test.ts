/** Several maps as one stream. */
import { afterEach, expect, test } from "vitest";
import { ClosedError, merge, ValueError } from "tinybpf";
import { Kind, Ringbufs } from "../../golden/ringbufs.skel.ts";
import { PerfEvents } from "../../golden/perf_events.skel.ts";
import { Emit } from "../../golden/emit.skel.ts";
import { bpfDescriptors } from "../descriptors.ts";
import { emit as emitSome } from "../emit.ts";
import { describeKernel } from "../require-kernel.ts";
import { drain, numbers, turns } from "./subjects.ts";

function emit(from: Emit, count: number): void {
  expect(emitSome(from, count)).toBe(count);
}

function sendPerf(from: PerfEvents, count: number): void {
  const context = new Uint8Array(new BigUint64Array([BigInt(count)]).buffer);
  from.programs.send_samples.testRun({ context, cpu: 0, flags: 1 });
}

describeKernel("multi-map: merge", () => {
  const opened: { close(): void }[] = [];

  function keep<S extends { close(): void }>(made: S): S {
    opened.push(made);
    return made;
  }

  afterEach(() => {
    for (const each of opened.splice(0)) each.close();
  });

  test("two ring buffers of a skeleton: events come with the name of their map, which tells their types apart", async () => {
    const { maps, programs } = keep(Ringbufs.load());
    const seen: string[] = [];
    const timer = setImmediate(() => programs.take_sample.testRun());
    programs.start_and_stop.testRun();
    for await (const each of merge({ samples: maps.samples, life: maps.lifecycle })) {
      if (each.map === "samples") seen.push(`sample of ${each.event.weight}`);
      else if (each.event.kind === Kind.KIND_START) seen.push("start");
      else seen.push(`stop with ${each.event.exit_code}`);
      if (seen.length === 3) break;
    }
    clearImmediate(timer);
    expect(seen).toEqual(["start", "stop with -1", "sample of 100"]);
  });

  test("ring buffers and perf event arrays of several skeletons, while events come in all of them", async () => {
    const [one, two, perf] = [keep(Emit.load()), keep(Emit.load()), keep(PerfEvents.load())];
    perf.maps.samples.open();
    const seen = { one: [] as number[], two: [] as number[], perf: [] as number[] };
    const all = merge({ one: one.maps.events, two: two.maps.events, perf: perf.maps.samples });
    const reading = (async () => {
      for await (const { map, event } of all) seen[map].push(event.seq);
    })();
    for (let round = 0; round < 300; round++) {
      if (round % 2 === 0) emit(one, 1);
      if (round % 3 === 0) emit(two, 2);
      if (round % 5 === 0) sendPerf(perf, 3);
      await turns(round % 4);
    }
    for (let round = 0; seen.perf.length < 180 && round < 1000; round++) await turns(1);
    for (const each of [one, two, perf]) each.close();
    await reading;
    expect(seen).toEqual({ one: numbers(0, 150), two: numbers(0, 200), perf: numbers(0, 180) });
  });

  test("maps take turns: a full one keeps no other waiting", async () => {
    const [busy, quiet] = [keep(Emit.load()), keep(Emit.load())];
    emit(busy, 1000);
    emit(quiet, 3);
    const seen: string[] = [];
    for await (const { map, event } of merge({ busy: busy.maps.events, quiet: quiet.maps.events })) {
      if (seen.push(`${map} ${event.seq}`) === 6) break;
    }
    expect(seen).toEqual(["busy 0", "quiet 0", "busy 1", "quiet 1", "busy 2", "quiet 2"]);
  });

  test("leaving the loop loses no event of any map", async () => {
    const [one, two] = [keep(Emit.load()), keep(Emit.load())];
    const merged = merge({ one: one.maps.events, two: two.maps.events });
    const pending = merged.next();
    await turns(2);
    emit(one, 2);
    emit(two, 2);
    expect((await pending).value).toMatchObject({ map: "one", event: { seq: 0 } });
    await merged.return?.();
    expect(drain(one.maps.events)).toEqual([1]);
    expect(drain(two.maps.events)).toEqual([0, 1]);
    expect(await merged.next()).toEqual({ done: true, value: undefined });
  });

  test("a map given twice gives each event once", async () => {
    const one = keep(Emit.load());
    const { events } = one.maps;
    const merged = merge({ a: events, b: events });
    const pending = merged.next();
    await turns(2);
    emit(one, 2);
    expect((await pending).value).toMatchObject({ map: "a", event: { seq: 0 } });
    expect((await merged.next()).value).toMatchObject({ event: { seq: 1 } });
    expect(drain(events)).toEqual([]);
  });

  test("it ends when all are closed, and goes on while one is open", async () => {
    const [one, two] = [keep(Emit.load()), keep(Emit.load())];
    const merged = merge({ one: one.maps.events, two: two.maps.events });
    const pending = merged.next();
    one.close();
    await turns(2);
    emit(two, 1);
    expect((await pending).value).toMatchObject({ map: "two", event: { seq: 0 } });
    const last = [merged.next(), merged.next()];
    setImmediate(() => two.close());
    const done = { done: true, value: undefined };
    expect(await Promise.all(last)).toEqual([done, done]);
    expect(await merge({}).next()).toEqual(done);
  });

  test("it shares each map with other consumers", async () => {
    const [one, two] = [keep(Emit.load()), keep(Emit.load())];
    const first = one.maps.events[Symbol.asyncIterator]().next();
    const merged = merge({ one: one.maps.events, two: two.maps.events }).next();
    const last = one.maps.events[Symbol.asyncIterator]().next();
    emit(one, 3);
    expect((await first).value?.seq).toBe(0);
    expect((await merged).value).toMatchObject({ map: "one", event: { seq: 1 } });
    expect((await last).value?.seq).toBe(2);
  });

  test("aborting rejects who waits, and lets go of all maps", async () => {
    const before = bpfDescriptors();
    const [one, two] = [keep(Emit.load()), keep(Emit.load())];
    const stop = new AbortController();
    const merged = merge({ one: one.maps.events, two: two.maps.events }, { signal: stop.signal });
    const pending = merged.next();
    stop.abort(new Error("enough"));
    await expect(pending).rejects.toThrow("enough");
    emit(one, 1);
    await turns(3);
    expect(drain(one.maps.events)).toEqual([0]);
    one.close();
    two.close();
    expect(bpfDescriptors()).toEqual(before);
  });

  test("not of what is closed, nor of what has no events", () => {
    const closed = keep(Emit.load());
    closed.close();
    expect(() => merge({ closed: closed.maps.events })).toThrow(ClosedError);
    // @ts-expect-error no map at all
    expect(() => merge({ x: {} })).toThrow(
      new ValueError("an object is not a ring buffer or perf event array", "x"),
    );
    // @ts-expect-error a name is needed to tell the events apart
    expect(() => merge(undefined)).toThrow(ValueError);
  });
});
