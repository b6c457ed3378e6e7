/** Where the type of a ring buffer's events comes from. */
import { describe, expect, test } from "vitest";
import { type MapModel, parseObject } from "tinybpf-btf";
import { type SkeletonWarning, generateSkeleton } from "tinybpf-gen";
import { eventSizes } from "../../src/codegen/event-sizes.ts";
import { BtfBuilder } from "../btf-parser/btf-builder.ts";
import { mapOf, objectOf, readFixture } from "./support.ts";

function builder(): BtfBuilder {
  const btf = new BtfBuilder();
  const u32 = btf.int("__u32", 4);
  const member = [{ name: "x", type: u32, bits: 0 }];
  btf.ref("TYPEDEF", btf.composite("STRUCT", "exec_event", 4, member), "exec_t");
  btf.composite("UNION", "either", 4, member);
  btf.ref("FWD", 0, "forward");
  btf.add({ kind: "ENUM64", name: "wide", sizeOrType: 8, vlen: 1, body: ["WIDE_A", 1, 0] });
  btf.add({ kind: "FLOAT", name: "double", sizeOrType: 8 });
  return btf;
}

const STRUCT = 2;

interface Outcome {
  readonly text: string;
  readonly warnings: readonly SkeletonWarning[];
}

async function withRing(map: Partial<MapModel>, events: Record<string, string> = {}): Promise<Outcome> {
  const warnings: SkeletonWarning[] = [];
  const ring = mapOf("events", { typeName: "ringbuf", type: 27, keySize: 0, valueSize: 0, ...map });
  const object = objectOf(builder().parse(), { maps: [ring] });
  const text = await generateSkeleton(object, {
    source: "x.bpf.o",
    events,
    onWarning: (warning) => warnings.push(warning),
  });
  return { text, warnings };
}

const TYPED = "readonly events: RingBuffer<ExecEvent, ExecEventView>;";

describe("in this order", () => {
  test.each(["exec_event", "struct exec_event", "exec_t", " struct  exec_event "])(
    "--event events=%s",
    async (type) => {
      const { text, warnings } = await withRing({ tags: ["tinybpf:event=either"] }, { events: type });
      expect(text).toContain(TYPED);
      expect(text).toContain("events: ringBuffer(ExecEvent),");
      expect(warnings).toEqual([]);
    },
  );

  test("a declaration tag on the map", async () => {
    const { text } = await withRing({ tags: ["other", "tinybpf:event=exec_event"], valueType: STRUCT + 2 });
    expect(text).toContain(TYPED);
  });

  test("its value type", async () => {
    const { text, warnings } = await withRing({ valueType: STRUCT, valueSize: 4 });
    expect(text).toContain(TYPED);
    expect(warnings).toEqual([]);
  });

  test("raw bytes, and a warning that shows what to add", async () => {
    const { text, warnings } = await withRing({});
    expect(text).toContain("readonly events: RingBuffer<Uint8Array<ArrayBuffer>>;");
    expect(text).toContain("events: ringBuffer(),");
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.place).toBe("map events");
    expect(warnings[0]?.message).toContain("--event events=");
    expect(warnings[0]?.message).toContain("__type(value, struct event);");
  });
});

test("a union has views as well; a number has none", async () => {
  expect((await withRing({}, { events: "union either" })).text).toContain("RingBuffer<Either, EitherView>");
  expect((await withRing({}, { events: "__u32" })).text).toContain("readonly events: RingBuffer<number>;");
});

test.each(["enum wide", "wide"])("%s is a 64-bit enum", async (type) => {
  expect((await withRing({}, { events: type })).text).toContain("readonly events: RingBuffer<Wide>;");
  expect((await withRing({ tags: [`tinybpf:event=${type}`] })).text).toContain("RingBuffer<Wide>;");
});

test("double is a number", async () => {
  expect((await withRing({}, { events: "double" })).text).toContain("readonly events: RingBuffer<number>;");
});

test.each(["nowhere", "struct either", "forward"])(
  "%s, which is not in the BTF, is shown how to anchor",
  async (type) => {
    const name = type.replace("struct ", "");
    await expect(withRing({}, { events: type })).rejects.toThrow(
      `struct ${name} *unused_${name} __attribute__((unused));`,
    );
  },
);

test("a map that is no ring buffer of the object is named, with those that are", async () => {
  await expect(withRing({}, { evnets: "exec_event" })).rejects.toThrow(
    "map evnets: no ring buffer or perf event array of this name; there are events",
  );
});

test("a type larger than anything that programs put in is told", async () => {
  const warnings: string[] = [];
  await generateSkeleton(readFixture("ringbufs.bpf.o"), {
    source: "ringbufs.bpf.o",
    events: { samples: "start_event" },
    onWarning: ({ place, message }) => warnings.push(`${place}: ${message}`),
  });
  expect(warnings).toContain(
    "map samples: its events are said to be struct start_event of 24 bytes, but programs put in 16 bytes",
  );
});

describe("sizes that programs reserve", () => {
  test("are found in the instructions, for each map", () => {
    const object = readFixture("ringbufs.bpf.o");
    expect(eventSizes(object, "samples")).toEqual([16]);
    expect(eventSizes(object, "lifecycle")).toEqual([16, 24]);
    expect(eventSizes(object, "no_such_map")).toEqual([]);
  });

  test("name the structs that could be meant", async () => {
    const warnings: SkeletonWarning[] = [];
    await generateSkeleton(readFixture("ringbufs.bpf.o"), {
      source: "ringbufs.bpf.o",
      onWarning: (warning) => warnings.push(warning),
    });
    const samples = warnings.find((warning) => warning.place === "map samples");
    expect(samples?.message).toContain(
      "programs put in 16 bytes; of that size: struct sample, struct stop_event",
    );
    expect(samples?.message).toContain("--event samples=sample");
  });

  test("are not guessed across jumps, calls or other writes", () => {
    const { bytes } = readFixture("ringbufs.bpf.o");
    const changed = bytes.slice();
    const view = new DataView(changed.buffer);
    // Overwrite each `r2 = 16` and `r3 = ...` before the calls by `goto +0`.
    for (let at = 0; at + 8 <= changed.length; at += 8) {
      const code = view.getUint8(at);
      const register = view.getUint8(at + 1) & 0xf;
      if (code === 0xb7 && (register === 2 || register === 3)) view.setBigUint64(at, 0x05n, true);
    }
    const object = parseObject(changed);
    expect(eventSizes(object, "samples")).toEqual([]);
    expect(eventSizes(object, "lifecycle")).toEqual([]);
  });
});
