/** Events of several types: what is accepted, what is generated, what is refused. */
import { describe, expect, test } from "vitest";
import { type Btf, type MapModel, sizeOf } from "tinybpf-btf";
import { type SkeletonOptions, type SkeletonWarning, generateSkeleton } from "tinybpf-gen";
import { ValueError } from "tinybpf";
import type { EventUnion } from "tinybpf/gen-v1";
import { BtfBuilder, type StructMember } from "../btf-parser/btf-builder.ts";
import { importModule, mapOf, objectOf, typeCheck, writeModule } from "./support.ts";

const SIGNED = 1;
const BOOL = 4;

/** A BTF with a few integers and enums, and structs made from them. */
class Types {
  readonly builder: BtfBuilder;
  readonly ids: Record<string, number> = {};

  constructor(byteOrder: "little" | "big" = "little") {
    const btf = new BtfBuilder({ byteOrder });
    this.builder = btf;
    Object.assign(this.ids, {
      u8: btf.int("__u8", 1),
      u16: btf.int("__u16", 2),
      u32: btf.int("__u32", 4),
      s32: btf.int("__s32", 4, SIGNED),
      u64: btf.int("__u64", 8),
      s64: btf.int("__s64", 8, SIGNED),
      u128: btf.int("unsigned __int128", 16),
      bool: btf.int("_Bool", 1, BOOL),
      double: btf.add({ kind: "FLOAT", name: "double", sizeOrType: 8 }),
    });
  }

  enum(name: string, values: Record<string, number>, { signed = false, size = 4 } = {}): this {
    const body = Object.entries(values).flatMap(([member, value]) => [member, value >>> 0]);
    const vlen = body.length / 2;
    this.ids[name] = this.builder.add({ kind: "ENUM", name, sizeOrType: size, vlen, flag: signed, body });
    return this;
  }

  enum64(name: string, values: Record<string, [low: number, high: number]>): this {
    const body = Object.entries(values).flatMap(([member, [low, high]]) => [member, low, high]);
    this.ids[name] = this.builder.add({ kind: "ENUM64", name, sizeOrType: 8, vlen: body.length / 3, body });
    return this;
  }

  /** Members as `type name`, one after the other; `type name:width` for bitfields, `@offset` for a byte to go on at. */
  struct(name: string, size: number, ...members: string[]): this {
    return this.composite("STRUCT", name, size, ...members);
  }

  composite(kind: "STRUCT" | "UNION", name: string, size: number, ...members: string[]): this {
    const parsed = members.map((text): StructMember => {
      const [, type = "", member = "", width, at = "0"] = /^(\S+) (\w*)(?::(\d+))? @(\d+)$/.exec(text) ?? [];
      const id = this.ids[type];
      if (id === undefined) throw new Error(`no type ${text}`);
      const place = { name: member, type: id, bits: Number(at) * 8 };
      return width === undefined ? place : Object.assign(place, { width: Number(width) });
    });
    this.ids[name] = this.builder.composite(kind, name.startsWith("_") ? "" : name, size, parsed);
    return this;
  }

  typedef(name: string, type: string): this {
    this.ids[name] = this.builder.ref("TYPEDEF", this.ids[type] ?? 0, name);
    return this;
  }

  parse(): Btf {
    return this.builder.parse();
  }
}

interface Outcome {
  readonly text: string;
  readonly warnings: readonly SkeletonWarning[];
}

async function generate(
  types: Types,
  event: string,
  map: Partial<MapModel> = {},
  options: Partial<SkeletonOptions> = {},
): Promise<Outcome> {
  const warnings: SkeletonWarning[] = [];
  const ring = mapOf("log", { typeName: "ringbuf", type: 27, keySize: 0, valueSize: 0, ...map });
  const text = await generateSkeleton(objectOf(types.parse(), { maps: [ring] }), {
    source: "x.bpf.o",
    events: { [ring.name]: event },
    onWarning: (warning) => warnings.push(warning),
    ...options,
  });
  return { text, warnings };
}

/** `enum kind` and two structs that begin with it. */
function lifecycle(names: readonly [string, string] = ["start_event", "stop_event"]): Types {
  return new Types()
    .enum("kind", { KIND_START: 1, KIND_STOP: 2 })
    .struct(names[0], 8, "kind kind @0", "u32 pid @4")
    .struct(names[1], 8, "kind kind @0", "s32 code @4");
}

/** What the module's `LogEvent` decodes from bytes. */
async function decode(text: string, bytes: readonly number[]): Promise<unknown> {
  const union = (await importModule(text))["LogEvent"] as EventUnion<unknown, unknown>;
  return union.decode(new Uint8Array(bytes));
}

const KINDS =
  "(StartEvent & { kind: typeof Kind.KIND_START }) | (StopEvent & { kind: typeof Kind.KIND_STOP })";

function normal(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll("= |", "=").replaceAll("( ", "(").replaceAll(" )", ")");
}

describe("a union", () => {
  test.each([
    "start_event|stop_event:kind",
    " struct start_event | struct  stop_event : kind ",
    "start_event=KIND_START|stop_event=KIND_STOP:kind",
    "start_event|stop_event=KIND_STOP:kind",
    "start_event=1|stop_event=0x2:kind",
  ])("%s", async (event) => {
    const { text, warnings } = await generate(lifecycle(), event);
    expect(warnings).toEqual([]);
    expect(normal(text)).toContain(`export type LogEvent = ${KINDS};`);
    expect(text).toContain("readonly log: RingBuffer<LogEvent, LogEventView>;");
    expect(text).toContain("log: ringBuffer(LogEvent),");
    expect(await decode(text, [1, 0, 0, 0, 7, 0, 0, 0])).toEqual({ kind: 1, pid: 7 });
    expect(await decode(text, [2, 0, 0, 0, 255, 255, 255, 255])).toEqual({ kind: 2, code: -1 });
  });

  test("in a declaration tag", async () => {
    const ring = mapOf("log", {
      typeName: "ringbuf",
      type: 27,
      tags: ["tinybpf:event=start_event|stop_event:kind"],
    });
    const text = await generateSkeleton(objectOf(lifecycle().parse(), { maps: [ring] }), {
      source: "x.bpf.o",
    });
    expect(normal(text)).toContain(KINDS);
  });

  test("of a perf event array", async () => {
    const { text } = await generate(lifecycle(), "start_event|stop_event:kind", {
      typeName: "perf_event_array",
      type: 4,
    });
    expect(text).toContain("readonly log: PerfEventArray<LogEvent, LogEventView>;");
    expect(text).toContain("log: perfEventArray(LogEvent),");
  });

  test.each([
    ["events", "Event"],
    ["exec_events", "ExecEvent"],
    ["log_event", "LogEvent"],
    ["prevents", "PreventsEvent"],
  ])("of the map %s is called %s", async (name, expected) => {
    const { text } = await generate(lifecycle(), "start_event|stop_event:kind", { name });
    expect(text).toContain(`export const ${expected}: EventUnion<${expected}, ${expected}View>`);
  });

  test("gives way to the C types' names", async () => {
    const { text } = await generate(
      lifecycle(["log_event", "log_event_view"]),
      "log_event=1|log_event_view=2:kind",
    );
    expect(text).toContain("export interface LogEvent {");
    expect(text).toContain("export const LogEvent2: EventUnion<LogEvent2, LogEvent2View>");
  });
});

/** Each: the union, bytes of an event of each of its types, and what they are decoded to. */
const FIELDS: readonly [
  what: string,
  types: Types,
  event: string,
  ...events: [readonly number[], unknown][],
][] = [
  [
    "an integer, with decimal and hexadecimal values",
    new Types().struct("a", 2, "u16 op @0").struct("b", 4, "u16 op @0", "u16 x @2"),
    "a=258|b=0xFFFF:op",
    [[2, 1], { op: 258 }],
    [[255, 255, 1, 0], { op: 65535, x: 1 }],
  ],
  [
    "a negative number",
    new Types().struct("a", 4, "s32 op @0").struct("b", 4, "s32 op @0"),
    "a=-1|b=-0x80000000:op",
    [[255, 255, 255, 255], { op: -1 }],
    [[0, 0, 0, 128], { op: -2147483648 }],
  ],
  [
    "64 bits",
    new Types().struct("a", 8, "u64 op @0").struct("b", 8, "u64 op @0"),
    "a=1|b=18446744073709551615:op",
    [[1, 0, 0, 0, 0, 0, 0, 0], { op: 1n }],
    [[255, 255, 255, 255, 255, 255, 255, 255], { op: 2n ** 64n - 1n }],
  ],
  [
    "an enum of 64 bits",
    new Types()
      .enum64("wide", { WIDE_A: [0, 1], WIDE_B: [1, 1] })
      .struct("a", 8, "wide op @0")
      .struct("b", 8, "wide op @0"),
    "a|b:op",
    [[0, 0, 0, 0, 1, 0, 0, 0], { op: 2n ** 32n }],
    [[1, 0, 0, 0, 1, 0, 0, 0], { op: 2n ** 32n + 1n }],
  ],
  [
    "a signed enum, an integer in the other struct",
    new Types()
      .enum("op", { OP_OPEN: -1, OP_CLOSE: 1 }, { signed: true })
      .struct("open", 4, "op op @0")
      .struct("close", 4, "s32 op @0"),
    "open|close:op",
    [[255, 255, 255, 255], { op: -1 }],
    [[1, 0, 0, 0], { op: 1 }],
  ],
  [
    "a boolean",
    new Types().struct("a", 1, "bool done @0").struct("b", 2, "bool done @0", "u8 x @1"),
    "a=0|b=1:done",
    [[0], { done: false }],
    [[1, 9], { done: true, x: 9 }],
  ],
  [
    "a bitfield",
    new Types().struct("a", 4, "u32 op:3 @0", "u32 x:24 @1").struct("b", 4, "u32 op:3 @0"),
    "a=1|b=7:op",
    [[1, 0, 0, 0], { op: 1, x: 0 }],
    [[0xf7, 0, 0, 0], { op: 7 }],
  ],
  [
    "a bitfield of an enum",
    new Types()
      .enum("kind", { KIND_A: 1, KIND_B: 2 })
      .struct("a", 4, "kind kind:4 @0")
      .struct("b", 4, "kind kind:4 @0"),
    "a|b:kind",
    [[0x31, 0, 0, 0], { kind: 1 }],
    [[0x32, 0, 0, 0], { kind: 2 }],
  ],
  [
    "a member behind others, in an unnamed struct and an unnamed union",
    new Types()
      .composite("STRUCT", "_header", 8, "u32 pid @0", "u32 op @4")
      .composite("UNION", "_both", 4, "u32 op @0", "u32 raw @0")
      .struct("a", 8, "_header  @0")
      .struct("b", 8, "u32 tid @0", "_both  @4"),
    "a=1|b=2:op",
    [[7, 0, 0, 0, 1, 0, 0, 0], { pid: 7, op: 1 }],
    [[7, 0, 0, 0, 2, 0, 0, 0], { tid: 7, op: 2, raw: 2 }],
  ],
  [
    "typedefs of structs without a tag",
    new Types()
      .enum("kind", { A_KIND: 1, B_KIND: 2 })
      .composite("STRUCT", "_a", 4, "kind kind @0")
      .typedef("a_t", "_a")
      .composite("STRUCT", "_b", 4, "kind kind @0")
      .typedef("b_t", "_b"),
    "a_t|b_t:kind",
    [[1, 0, 0, 0], { kind: 1 }],
    [[2, 0, 0, 0], { kind: 2 }],
  ],
  [
    "one struct for two values",
    lifecycle(),
    "start_event=KIND_START|start_event=KIND_STOP:kind",
    [[1, 0, 0, 0, 5, 0, 0, 0], { kind: 1, pid: 5 }],
    [[2, 0, 0, 0, 5, 0, 0, 0], { kind: 2, pid: 5 }],
  ],
  [
    "big-endian",
    new Types("big").struct("a", 2, "u16 op @0").struct("b", 2, "u16 op @0"),
    "a=1|b=256:op",
    [[0, 1], { op: 1 }],
    [[1, 0], { op: 256 }],
  ],
  [
    "enumerators and structs whose names are no identifiers",
    new Types()
      .enum("kind", { "KIND_a`${b}": 1, 'KIND_*/ "': 2 })
      .struct("a`${b}", 4, "kind kind @0")
      .struct('*/ "', 4, "kind kind @0"),
    'a`${b}|*/ ":kind',
    [[1, 0, 0, 0], { kind: 1 }],
    [[2, 0, 0, 0], { kind: 2 }],
  ],
];

describe("the field can be", () => {
  test.each(FIELDS)("%s", async (_what, types, event, ...events) => {
    const { text } = await generate(types, event);
    for (const [bytes, value] of events) expect(await decode(text, bytes)).toMatchObject(value as object);
  });

  test("each of them narrows under the strictest flags", async () => {
    const paths: string[] = [];
    for (const [, types, event] of FIELDS) {
      const { text } = await generate(types, event);
      const field = JSON.stringify(event.slice(event.lastIndexOf(":") + 1));
      const list = text.slice(text.indexOf("alternatives: [")).matchAll(/^ +\[(.+), \S+\],$/gm);
      const values = Array.from(list, ([, value]) => value);
      expect(values.length).toBe(2);
      // Were an alternative impossible, its value would be none of the field's.
      paths.push(
        writeModule(`${text}
          export const values: readonly LogEvent[${field}][] = [${values.join(", ")}];
          export const seen: readonly LogEventView[${field}][] = [${values.join(", ")}];
          // @ts-expect-error no other value is possible
          export const other: LogEvent[${field}] = 77 as 77 | 78;`),
      );
    }
    expect(typeCheck(paths)).toBe("");
  });
});

test("--naming camel: the field is written as in C, and read as in TypeScript", async () => {
  const types = new Types()
    .enum("kind", { KIND_A: 1, KIND_B: 2 })
    .struct("a", 8, "kind event_kind @0", "u32 exit_code @4")
    .struct("b", 4, "kind event_kind @0");
  const { text } = await generate(types, "a|b:event_kind", {}, { naming: "camel" });
  expect(normal(text)).toContain(
    "(A & { eventKind: typeof Kind.KIND_A }) | (B & { eventKind: typeof Kind.KIND_B })",
  );
  expect(await decode(text, [1, 0, 0, 0, 7, 0, 0, 0])).toEqual({ eventKind: 1, exitCode: 7 });
  const union = (await importModule(text))["LogEvent"] as EventUnion<unknown, unknown>;
  expect(union.toJSON({ eventKind: 1, exitCode: 7 })).toEqual({ eventKind: "KIND_A", exitCode: 7 });
  expect(typeCheck([writeModule(text)])).toBe("");
});

test("--u64 number: a 64-bit field is a number", async () => {
  const types = new Types().struct("a", 8, "u64 op @0").struct("b", 8, "u64 op @0");
  const { text } = await generate(types, "a=1|b=0x100000000:op", {}, { u64: "number" });
  expect(normal(text)).toContain("(A & { op: 1 }) | (B & { op: 4294967296 })");
  expect(await decode(text, [0, 0, 0, 0, 1, 0, 0, 0])).toEqual({ op: 2 ** 32 });
  expect(typeCheck([writeModule(text)])).toBe("");
});

describe("a record that ends before what is read for the field", () => {
  test.each<[what: string, types: Types, options: Partial<SkeletonOptions>]>([
    [
      "a wide bitfield",
      new Types().struct("a", 16, "u64 op:40 @0", "u64 x @8").struct("b", 8, "u64 op:40 @0", "u32 y:8 @6"),
      {},
    ],
    [
      "a wide bitfield as a number",
      new Types().struct("a", 16, "u64 op:40 @0", "u64 x @8").struct("b", 8, "u64 op:40 @0"),
      { u64: "number" },
    ],
    [
      "three bytes",
      new Types().struct("a", 8, "u32 op:20 @0", "u32 x @4").struct("b", 4, "u32 op:20 @0"),
      {},
    ],
    [
      "one whose struct is too small for a wide load",
      new Types().struct("a", 16, "u64 op:40 @0", "u64 x @8").struct("b", 5, "u64 op:40 @0"),
      {},
    ],
  ])("is too short, and no other: %s", async (_what, types, options) => {
    const { text } = await generate(types, "a=1|b=2:op", {}, options);
    const b = [2, 0, 0, 0, 0, 0, 0, 0].slice(0, sizeOf(types.parse(), types.ids["b"] ?? 0));
    expect(await decode(text, b)).toMatchObject({ op: expect.toSatisfy((op) => Number(op) === 2) });
    for (let length = 0; length < b.length; length++)
      await expect(decode(text, b.slice(0, length))).rejects.toThrow(ValueError);
  });
});

describe("the values are told from the names", () => {
  test.each<[values: Record<string, number>, structs: [string, string], found: [string, string]]>([
    [{ KIND_START: 1, KIND_STOP: 2 }, ["start_event", "stop_event"], ["KIND_START", "KIND_STOP"]],
    [{ EVENT_EXEC: 1, EVENT_EXIT: 2 }, ["exec_event", "exit_event"], ["EVENT_EXEC", "EVENT_EXIT"]],
    [{ EXEC: 0, EXIT: 1, MAX: 2 }, ["exec", "exit"], ["EXEC", "EXIT"]],
    [{ START_EVT: 1, STOP_EVT: 2 }, ["StartEvent", "StopEvent"], ["START_EVT", "STOP_EVT"]],
    [{ EV_TCP_OPEN: 1, EV_TCP_CLOSE: 2 }, ["tcp_open", "tcp_close"], ["EV_TCP_OPEN", "EV_TCP_CLOSE"]],
    [{ A_NONE: 0, A_IN: 1, A_OUT: 2, __A_MAX: 3 }, ["msg_in", "msg_out"], ["A_IN", "A_OUT"]],
  ])("%j for %j", async (values, structs, found) => {
    const types = new Types().enum("kind", values);
    for (const name of structs) types.struct(name, 4, "kind kind @0");
    const { text } = await generate(types, `${structs.join("|")}:kind`);
    for (const enumerator of found) expect(text).toContain(`typeof Kind.${enumerator} }`);
    const order = found.map((enumerator) => text.indexOf(`[Kind.${enumerator}, `));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(order[0]).toBeGreaterThan(0);
  });

  test.each<[why: string, values: Record<string, number>, structs: [string, string], line: string]>([
    [
      "one has none",
      { KIND_START: 1, KIND_END: 2 },
      ["start_event", "stop_event"],
      "start_event=KIND_START|stop_event=VALUE",
    ],
    [
      "one is part of the other",
      { EVENT_TCP: 1, EVENT_TCP_CLOSE: 2 },
      ["tcp_event", "tcp_close_event"],
      "tcp_event=VALUE|tcp_close_event=VALUE",
    ],
    [
      "two differ in case only",
      { START: 1, Start: 3, STOP: 2 },
      ["start_event", "stop_event"],
      "start_event=VALUE|stop_event=STOP",
    ],
    [
      "two names have one value",
      { KIND_START: 1, KIND_STOP: 1 },
      ["start_event", "stop_event"],
      "start_event=VALUE|stop_event=VALUE",
    ],
    [
      "the enum has one value only",
      { KIND_START: 1 },
      ["start_event", "stop_event"],
      "start_event=VALUE|stop_event=VALUE",
    ],
  ])("or not: %s", async (_why, values, structs, line) => {
    const types = new Types().enum("kind", values);
    for (const name of structs) types.struct(name, 4, "kind kind @0");
    const generated = generate(types, `${structs.join("|")}:kind`);
    await expect(generated).rejects.toThrow(`--event 'log=${line}:kind'`);
    for (const [name, value] of Object.entries(values))
      await expect(generated).rejects.toThrow(`${name} (${value})`);
  });
});

/** Structs of which most do not go together. */
function misfits(): Types {
  return lifecycle()
    .struct("later", 8, "u32 pid @0", "kind kind @4")
    .struct("narrow", 2, "u16 kind @0")
    .struct("signed", 4, "s32 kind @0")
    .struct("plain", 4, "u32 kind @0")
    .struct("bits", 4, "u32 kind:3 @0")
    .struct("fraction", 8, "double kind @0")
    .struct("huge", 16, "u128 kind @0")
    .struct("none", 4, "u32 other @0")
    .composite("UNION", "either", 4, "u32 kind @0");
}

test("nothing is told from the names of two different enums", async () => {
  const types = new Types()
    .enum("a_kind", { KIND_A: 1, KIND_B: 2 })
    .enum("b_kind", { KIND_A: 2, KIND_B: 1 })
    .struct("a", 4, "a_kind kind @0")
    .struct("b", 4, "b_kind kind @0");
  await expect(generate(types, "a|b:kind")).rejects.toThrow("--event 'log=a=VALUE|b=VALUE:kind'");
  const { text } = await generate(types, "a=KIND_A|b=KIND_A:kind");
  expect(await decode(text, [2, 0, 0, 0])).toEqual({ kind: 2 });
  expect(text).toContain("[BKind.KIND_A, B]");
});

describe("refused", () => {
  test.each([
    ["start_event|stop_event", "the field that tells these types apart is missing"],
    ["start_event|stop_event:", "the field that tells these types apart is missing"],
    ["start_event|:kind", "names no type or value somewhere"],
    ["start_event=|stop_event:kind", "names no type or value somewhere"],
    ["start_event:kind", "start_event:kind is no type; a field and its values are for several types"],
    ["start_event|stop_event:header.kind", "header.kind is a member of a member"],
    ["start_event|nowhere:kind", "no type nowhere in the object's BTF"],
    ["start_event|__u32:kind", "__u32 is no struct"],
    ["start_event|union either:kind", "union either is no struct"],
    ["start_event|none:kind", "struct none has no member kind"],
    [
      "start_event|later:kind",
      "kind is enum kind at byte 0 in start_event, but enum kind at byte 4 in later",
    ],
    ["plain=1|narrow=2:kind", "kind is __u32 at byte 0 in plain, but __u16 at byte 0 in narrow"],
    ["plain=1|signed=2:kind", "kind is __u32 at byte 0 in plain, but __s32 at byte 0 in signed"],
    ["plain=1|bits=2:kind", "kind is __u32 at byte 0 in plain, but __u32 of 3 bits at bit 0 in bits"],
    ["fraction=1|plain=2:kind", "kind of struct fraction is no integer or enum"],
    ["huge=1|plain=2:kind", "kind of struct huge is no integer or enum"],
    ["plain|bits:kind", "it must be the same in all"],
    ["plain=1|plain:kind", "cannot be told from the names: it is no enum"],
    ["plain=1|plain=1:kind", "kind 1 stands for both struct plain and struct plain"],
    [
      "start_event=KIND_START|stop_event=1:kind",
      "kind 1 stands for both struct start_event and struct stop_event",
    ],
    ["plain=-1|plain=2:kind", "-1 of plain does not fit kind, which has 32 unsigned bits"],
    ["bits=8|bits=2:kind", "8 of bits does not fit kind, which has 3 unsigned bits"],
    ["signed=2147483648|signed=2:kind", "2147483648 of signed does not fit kind, which has 32 signed bits"],
    [
      "start_event=3|stop_event:kind",
      "3 of start_event is no value of the enum that kind is; there are KIND_START (1), KIND_STOP (2)",
    ],
    [
      "start_event=KIND_STRAT|stop_event:kind",
      "KIND_STRAT of start_event is no enumerator of kind and no number; did you mean KIND_START?",
    ],
    ["plain=1e3|plain=2:kind", "1e3 of plain is no enumerator of kind and no number"],
  ])("%s", async (event, message) => {
    await expect(generate(misfits(), event)).rejects.toThrow(`map log: `);
    await expect(generate(misfits(), event)).rejects.toThrow(message);
  });

  test("one C name that is two in TypeScript", async () => {
    const types = new Types()
      .struct("a", 8, "u32 kind_id @0", "u32 x @4")
      .struct("b", 8, "u32 kind_id @0", "u32 kindId @4");
    await expect(generate(types, "a=1|b=2:kind_id", {}, { naming: "camel" })).rejects.toThrow(
      "map log: kind_id is called kindId in struct a, but kindId2 in struct b: " +
        "rename the member in C that takes its name, or use --naming c",
    );
    const { text } = await generate(types, "a=1|b=2:kind_id");
    expect(await decode(text, [2, 0, 0, 0, 1, 0, 0, 0])).toEqual({ kind_id: 2, kindId: 1 });
  });

  const wide = (): Types => new Types().enum64("wide", { WIDE_A: [1, 0], WIDE_B: [2, 0] });

  test.each<[types: Types, options: Partial<SkeletonOptions>, kinds: [string, string]]>([
    [wide().struct("a", 8, "wide op:8 @0").struct("b", 8, "u64 op:8 @0"), {}, ["bigint", "number"]],
    [
      wide().struct("a", 8, "wide op @0").struct("b", 8, "u64 op @0"),
      { u64: "number" },
      ["bigint", "number"],
    ],
    [new Types().struct("a", 1, "u8 op:1 @0").struct("b", 1, "bool op:1 @0"), {}, ["number", "boolean"]],
  ])("one C field that is of two kinds in TypeScript (%#)", async (types, options, [first, second]) => {
    await expect(generate(types, "a=1|b=0:op", {}, options)).rejects.toThrow(
      `op is read as a ${first} in struct a, but as a ${second} in struct b: give it the same C type in both`,
    );
  });

  test("a number that JavaScript would round", async () => {
    const types = new Types().struct("a", 8, "s64 op @0").struct("b", 8, "s64 op @0");
    const number = { u64: "number" } as const;
    for (const value of ["9007199254740992", "-0x20000000000001"])
      await expect(generate(types, `a=1|b=${value}:op`, {}, number)).rejects.toThrow(
        `${BigInt(value.replace("-", "")) * (value.startsWith("-") ? -1n : 1n)} of struct b is no exact number`,
      );
    const { text } = await generate(types, "a=1|b=9007199254740991:op", {}, number);
    expect(text).toContain("op: 9007199254740991");
  });

  test("with a command line that a shell takes, on one line", async () => {
    const types = new Types()
      .enum("kind", { KIND_A: 1 })
      .struct("it's\nb", 4, "kind kind @0")
      .struct("a", 4, "kind kind @0");
    const refused = generate(types, "it's\nb|a:kind");
    await expect(refused).rejects.toThrow(
      String.raw`    --event 'log=it'\''s\u000ab=VALUE|a=KIND_A:kind'`.replace("KIND_A", "VALUE"),
    );
    await expect(refused).rejects.toSatisfy((error) => String(error).split("\n").length === 3);
    await expect(generate(types, "a\nb|a:kind")).rejects.toThrow(String.raw`no type a\u000ab in`);
    await expect(generate(types, "a=x\ny|a=1:kind")).rejects.toThrow(String.raw`x\u000ay of a is no`);
  });

  test("unnamed types that hold each other twice, before they take for ever", async () => {
    const forged = new Types().composite("UNION", "_0", 4, "u32 x @0");
    for (let i = 1; i <= 40; i++) forged.composite("UNION", `_${i}`, 4, `_${i - 1}  @0`, `_${i - 1}  @0`);
    forged.struct("a", 4, "_40  @0").struct("b", 4, "u32 op @0");
    await expect(generate(forged, "a=1|b=2:op")).rejects.toThrow("struct a has no member op");
  });
});
