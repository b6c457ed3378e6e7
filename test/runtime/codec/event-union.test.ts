import { describe, expect, test } from "vitest";
import { ValueError, formatValue } from "tinybpf";
import { eventUnion } from "tinybpf/gen-v1";
import {
  Kind,
  LifecycleEvent,
  StartEvent,
  StartEventView,
  StopEvent,
  StopEventView,
} from "../../golden/ringbufs.skel.ts";

const start = StartEvent.encode({ kind: Kind.KIND_START, pid: 42, comm: "node" });
const stop = StopEvent.encode({ kind: Kind.KIND_STOP, exit_code: -1, runtime: 7n });

describe("decode", () => {
  test("gives the type that the discriminant stands for", () => {
    expect(LifecycleEvent.decode(start)).toEqual({ kind: 1, pid: 42, comm: "node" });
    expect(LifecycleEvent.decode(stop)).toEqual({ kind: 2, exit_code: -1, runtime: 7n });
  });

  test("takes what is longer, and bytes inside of others", () => {
    const padded = new Uint8Array(40);
    padded.set(stop, 5);
    expect(LifecycleEvent.decode(padded.subarray(5))).toEqual({ kind: 2, exit_code: -1, runtime: 7n });
  });

  test.each([
    [
      "an unknown discriminant",
      new Uint8Array(24),
      "kind is 0, which stands for no type of event; there are 1 ",
    ],
    [
      "too few bytes for it",
      new Uint8Array(3),
      "a record of 3 bytes is too short for LifecycleEvent, whose kind",
    ],
    ["no bytes", new Uint8Array(0), "a record of 0 bytes is too short"],
    [
      "too few for its type",
      start.subarray(0, 23),
      "a record of 23 bytes is too short for struct start_event",
    ],
    [
      "what are no bytes",
      "text" as unknown as Uint8Array,
      "is not a Uint8Array to decode LifecycleEvent from",
    ],
  ])("refuses %s", (_what, bytes, message) => {
    for (const read of [() => LifecycleEvent.decode(bytes), () => LifecycleEvent.view(bytes)]) {
      expect(read).toThrow(ValueError);
      expect(read).toThrow(message);
    }
  });
});

test("a view is of the class that the discriminant stands for", () => {
  expect(LifecycleEvent.view(start)).toBeInstanceOf(StartEventView);
  const view = LifecycleEvent.view(stop);
  expect(view).toBeInstanceOf(StopEventView);
  expect(view.kind === Kind.KIND_STOP && view.runtime).toBe(7n);
});

describe("toJSON", () => {
  test("takes an event and a view, and names the enumerator", () => {
    const json = { kind: "KIND_STOP", exit_code: -1, runtime: 7 };
    expect(LifecycleEvent.toJSON(LifecycleEvent.decode(stop))).toEqual(json);
    expect(LifecycleEvent.toJSON(LifecycleEvent.view(stop))).toEqual(json);
    expect(LifecycleEvent.toJSON({ kind: 1, pid: 1, comm: "x" })).toEqual({
      kind: "KIND_START",
      pid: 1,
      comm: "x",
    });
  });

  test.each([
    ["of no type", { kind: 3 }, "kind is 3, which stands for no type of event"],
    ["without a discriminant", {}, "kind is undefined, which stands for no type of event"],
    ["that is none", null, "is not an object for LifecycleEvent"],
  ])("refuses an event %s", (_what, event, message) => {
    const wrong = () => LifecycleEvent.toJSON(event as unknown as LifecycleEvent);
    expect(wrong).toThrow(ValueError);
    expect(wrong).toThrow(message);
  });
});

test.each([
  ["bigint", 2n ** 63n, (view: DataView, at: number) => view.getBigUint64(at, true)],
  ["boolean", true, (view: DataView, at: number) => view.getUint8(at + 7) !== 0],
])("a discriminant can be a %s", (_type, value, discriminant) => {
  const union = eventUnion<StopEvent, unknown>({
    name: "Test",
    field: "tag",
    end: 8,
    discriminant,
    alternatives: [[value, StopEvent]],
  });
  const bytes = new Uint8Array(16);
  bytes[7] = 0x80;
  expect(union.decode(bytes).runtime).toBe(0n);
  expect(() => union.decode(new Uint8Array(16))).toThrow("tag is ");
});

test("an event, or its view, is formatted as the type it is of", () => {
  const text = '{ .kind = KIND_START, .pid = 42, .comm = "node" }';
  expect(formatValue(LifecycleEvent, LifecycleEvent.decode(start))).toBe(text);
  expect(formatValue(LifecycleEvent, LifecycleEvent.view(start))).toBe(text);
  expect(LifecycleEvent.typeOf(LifecycleEvent.view(stop))).toBe(StopEvent);
  expect(() => formatValue(LifecycleEvent, { kind: 9 } as never)).toThrow(
    "kind is 9, which stands for no type",
  );
});
