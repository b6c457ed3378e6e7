/** Where the type of the events in a ring buffer or perf event array comes from. */
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

const BYTES = "readonly events: RingBuffer<Uint8Array<ArrayBuffer>>;";

describe("bytes on purpose", () => {
  test("by option or tag, whatever the value type; nothing is told", async () => {
    for (const outcome of [
      await withRing({}, { events: "bytes" }),
      await withRing({ tags: ["tinybpf:event=bytes"] }),
      await withRing({ tags: ["tinybpf:event=exec_event"] }, { events: "bytes" }),
    ]) {
      expect(outcome.text).toContain(BYTES);
      expect(outcome.warnings).toEqual([]);
    }
  });

  test("without that, it is told", async () => {
    const { text, warnings } = await withRing({});
    expect(text).toContain(BYTES);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.message).toContain("--event events=bytes, if that is what they are meant to be");
  });
});

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
    expect(warnings[0]?.message).toContain("__type(value, struct YOUR_STRUCT);");
  });
});

describe("a perf event array", () => {
  const perf = { typeName: "perf_event_array", type: 4 };

  test("has events as a ring buffer has", async () => {
    for (const { text, warnings } of [
      await withRing(perf, { events: "exec_event" }),
      await withRing({ ...perf, tags: ["tinybpf:event=exec_event"] }),
      await withRing({ ...perf, valueType: STRUCT, valueSize: 4 }),
    ]) {
      expect(text).toContain("readonly events: PerfEventArray<ExecEvent, ExecEventView>;");
      expect(text).toContain("events: perfEventArray(ExecEvent),");
      expect(warnings).toEqual([]);
    }
  });

  test("whose value is said to be an integer, as many sources do, has raw bytes and a warning", async () => {
    const { text, warnings } = await withRing({ ...perf, valueType: STRUCT - 1, valueSize: 4 });
    expect(text).toContain("readonly events: PerfEventArray<Uint8Array<ArrayBuffer>>;");
    expect(text).toContain("events: perfEventArray(),");
    expect(warnings.map(({ place }) => place)).toEqual(["map events"]);
    // Of a ring buffer's value that says all there is to say.
    expect((await withRing({ valueType: STRUCT - 1, valueSize: 4 })).text).toContain("RingBuffer<number>");
  });

  test("declares no type that only its key or value would need", async () => {
    const { text } = await withRing({ ...perf, keyType: STRUCT }, { events: "__u32" });
    expect(text).not.toContain("ExecEvent");
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

test("a map of another kind is named with its kind", async () => {
  const generated = generateSkeleton(readFixture("maps.bpf.o"), {
    source: "maps.bpf.o",
    events: { hash: "exec_event" },
  });
  await expect(generated).rejects.toThrow(
    "map hash: is of type hash, and only ring buffers and perf event arrays have events; there are perf, raw_events",
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
  test("that may be any are no reason to warn", async () => {
    const bytes = Uint8Array.from(readFixture("ringbufs.bpf.o").bytes);
    const view = new DataView(bytes.buffer);
    // The size of 24 comes from another register.
    for (let at = 0; at + 8 <= bytes.length; at += 8)
      if (view.getUint8(at) === 0xb7 && view.getUint32(at + 4, true) === 24) {
        view.setUint8(at, 0xbf);
        view.setUint32(at + 4, 0, true);
      }
    const object = parseObject(bytes);
    expect(eventSizes(object, "lifecycle")).toEqual([16]);
    const warnings: string[] = [];
    await generateSkeleton(object, {
      source: "ringbufs.bpf.o",
      events: { lifecycle: "start_event", samples: "start_event" },
      onWarning: ({ place }) => warnings.push(place),
    });
    expect(warnings).toEqual(["map samples"]);
  });

  test("are told with names and command lines that forge nothing", async () => {
    const object = readFixture("ringbufs.bpf.o");
    const warnings: SkeletonWarning[] = [];
    const maps = object.maps.map((map) => (map.name === "lifecycle" ? { ...map, name: "it's\nfine" } : map));
    await generateSkeleton(
      { ...object, maps },
      { source: "ringbufs.bpf.o", onWarning: (warning) => warnings.push(warning) },
    );
    const told = warnings.map(({ message }) => message).find((message) => message.includes("fine"));
    expect(told).toContain(String.raw`--event 'it'\''s\u000afine=YOUR_STRUCT', or`);
  });

  test("that no type of several has are told", async () => {
    const warnings: string[] = [];
    await generateSkeleton(readFixture("ringbufs.bpf.o"), {
      source: "ringbufs.bpf.o",
      events: { lifecycle: "start_event|stop_event:kind", samples: "start_event|stop_event:kind" },
      onWarning: ({ place, message }) => warnings.push(`${place}: ${message}`),
    });
    expect(warnings).toEqual([
      "map samples: its events are said to be struct start_event of 24 bytes, but programs put in 16 bytes",
    ]);
  });

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

  test("of other helpers are found, too", () => {
    const object = readFixture("perf_events.bpf.o");
    expect(eventSizes(object, "files")).toEqual([16, 32]);
    expect(eventSizes(object, "raw")).toEqual([16]);
    // bpf_ringbuf_reserve becomes bpf_ringbuf_reserve_dynptr, whose size is in the same register.
    const bytes = Uint8Array.from(readFixture("ringbufs.bpf.o").bytes);
    const view = new DataView(bytes.buffer);
    for (let at = 0; at + 8 <= bytes.length; at += 8)
      if (view.getBigUint64(at, true) === (131n << 32n) + 0x85n) view.setUint32(at + 4, 198, true);
    expect(eventSizes(parseObject(bytes), "samples")).toEqual([16]);
  });

  test("name the field that tells structs apart which begin with it", async () => {
    const warnings: SkeletonWarning[] = [];
    await generateSkeleton(readFixture("ringbufs.bpf.o"), {
      source: "ringbufs.bpf.o",
      onWarning: (warning) => warnings.push(warning),
    });
    const [samples, lifecycle] = warnings;
    expect(lifecycle?.message).toBe(
      "the type of its events is not known: they will be raw bytes.\n" +
        "  programs put in 16, 24 bytes; of that size: struct sample, struct start_event, struct stop_event\n" +
        "  say it with\n    --event 'lifecycle=start_event|stop_event:kind'\n" +
        "  or, if all are of one type, with --event lifecycle=sample, or in the map's definition:\n    __type(value, struct sample);\n" +
        "  or with --event lifecycle=bytes, if that is what they are meant to be",
    );
    expect(samples?.message).not.toContain("of one type");
  });

  test("are not guessed across jumps, calls or other writes", () => {
    const { bytes } = readFixture("ringbufs.bpf.o");
    const changed = Uint8Array.from(bytes);
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
