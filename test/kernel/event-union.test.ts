import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { ClosedError, ValueError } from "tinybpf";
import {
  eventUnion,
  rawTracepoint,
  ringBuffer,
  skeleton,
  type EventUnion,
  type RawTracepointProgram,
  type RingBuffer,
  type Skeleton,
} from "tinybpf/gen-v1";
import {
  Kind,
  LifecycleEvent,
  Ringbufs,
  StartEvent,
  StopEvent,
  type LifecycleEventView,
} from "../golden/ringbufs.skel.ts";
import { describeKernel } from "./require-kernel.ts";

interface Other extends Skeleton {
  readonly maps: { readonly lifecycle: RingBuffer<unknown, unknown> };
  readonly programs: { readonly start_and_stop: RawTracepointProgram };
}

/** The same object, whose events are said to be others. */
function loadWith(event: EventUnion<unknown, unknown>): Other {
  return skeleton<Other, never, never>({
    name: "Other",
    source: "ringbufs.bpf.o",
    object: () => readFileSync(new URL("../../fixtures/ringbufs.bpf.o", import.meta.url)),
    maps: { lifecycle: ringBuffer(event) },
    programs: { start_and_stop: rawTracepoint },
  }).load();
}

describeKernel("a ring buffer with events of two types", () => {
  let loaded: Skeleton | undefined;

  function load<S extends Skeleton>(made: S): S {
    loaded = made;
    return made;
  }

  afterEach(() => loaded?.close());

  test("decodes each as what it is", async () => {
    const { maps, programs } = load(Ringbufs.load());
    expect(programs.start_and_stop.testRun().retval).toBe(0);
    const seen: string[] = [];
    for await (const event of maps.lifecycle) {
      switch (event.kind) {
        case Kind.KIND_START:
          seen.push(`start of ${event.pid === process.pid} ${event.comm !== ""}`);
          break;
        case Kind.KIND_STOP:
          seen.push(`stop with ${event.exit_code} after ${event.runtime}`);
      }
      if (seen.length === 2) break;
    }
    expect(seen).toEqual(["start of true true", "stop with -1 after 1000"]);
  });

  test("hands over the right view, one object for each type", () => {
    const { maps, programs } = load(Ringbufs.load());
    const views: LifecycleEventView[] = [];
    for (let i = 0; i < 2; i++) {
      programs.start_and_stop.testRun();
      maps.lifecycle.consumeViews((view) => {
        views.push(view);
        expect("runtime" in view ? view.runtime : view.pid).toBe(
          view.kind === Kind.KIND_STOP ? 1000n : process.pid,
        );
      });
    }
    expect(views).toHaveLength(4);
    expect(new Set(views).size).toBe(2);
    for (const view of views) expect(() => view.kind).toThrow(ClosedError);
  });

  test("one whose discriminant stands for no type is an error, and consumed", () => {
    const { maps, programs } = load(
      loadWith(
        eventUnion({
          name: "LifecycleEvent",
          field: "kind",
          end: 4,
          discriminant: (view, at) => view.getUint32(at, true),
          alternatives: [[Kind.KIND_STOP, StopEvent]],
        }),
      ),
    );
    const error = new ValueError(
      "kind is 1, which stands for no type of event; there are 2 (struct stop_event)",
      "ring buffer lifecycle",
    );
    programs.start_and_stop.testRun();
    expect(() => maps.lifecycle.consume(() => {})).toThrow(error);
    expect(maps.lifecycle.consume((event) => expect(event).toHaveProperty("exit_code", -1))).toBe(1);
    programs.start_and_stop.testRun();
    expect(() => maps.lifecycle.consumeViews(() => {})).toThrow(error);
    expect(maps.lifecycle.consumeViews(() => {})).toBe(1);
  });

  test("in a batch it is an error of its own, behind those before it", async () => {
    const { maps, programs } = load(
      loadWith(
        eventUnion({
          name: "LifecycleEvent",
          field: "kind",
          end: 4,
          discriminant: (view, at) => view.getUint32(at, true),
          alternatives: [[Kind.KIND_START, StartEvent]],
        }),
      ),
    );
    // Each time a start, which can be decoded, and a stop, which cannot.
    programs.start_and_stop.testRun();
    programs.start_and_stop.testRun();
    const batches = maps.lifecycle.batches();
    for (let round = 0; round < 2; round++) {
      expect((await batches.next()).value).toMatchObject([{ pid: process.pid }]);
      await expect(batches.next()).rejects.toThrow("kind is 2, which stands for no type of event");
    }
    programs.start_and_stop.testRun();
    const listening = maps.lifecycle.listen(() => {});
    await expect(listening).rejects.toThrow(ValueError);
    expect(maps.lifecycle.consume(() => {})).toBe(0);
  });

  test("so is one that is shorter than its type", () => {
    const { maps, programs } = load(
      loadWith(
        eventUnion({
          name: "LifecycleEvent",
          field: "kind",
          end: 4,
          discriminant: (view, at) => view.getUint32(at, true),
          alternatives: [
            [Kind.KIND_START, StopEvent],
            [Kind.KIND_STOP, StartEvent],
          ],
        }),
      ),
    );
    programs.start_and_stop.testRun();
    expect(() => maps.lifecycle.consume(() => {})).toThrow(
      "ring buffer lifecycle: a record of 16 bytes is too short for struct start_event, which has 24",
    );
    expect(maps.lifecycle.consume(() => {})).toBe(0);
  });

  test("a recorded event can be decoded later", () => {
    const bytes = StopEvent.encode({ kind: Kind.KIND_STOP, exit_code: 3, runtime: 4n });
    expect(LifecycleEvent.decode(bytes)).toEqual({ kind: 2, exit_code: 3, runtime: 4n });
  });
});
