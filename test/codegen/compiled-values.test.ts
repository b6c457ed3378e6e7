/** What clang compiled into global variables is what generated code reads there, and what it writes. */
import { describe, expect, test } from "vitest";
import { ArraysData } from "../golden/arrays.skel.ts";
import { BitfieldsBeData } from "../golden/bitfields.be.skel.ts";
import { BitfieldsData } from "../golden/bitfields.skel.ts";
import { EnumsData, EnumsRodata } from "../golden/enums.skel.ts";
import {
  GlobalsData,
  GlobalsDataCustom,
  GlobalsRodata,
  GlobalsRodataTuning,
} from "../golden/globals.skel.ts";
import { PackedData } from "../golden/packed.skel.ts";
import { ScalarsBeData } from "../golden/scalars.be.skel.ts";
import { ScalarsData } from "../golden/scalars.skel.ts";
import { UnionsData } from "../golden/unions.skel.ts";
import { initialBytes, memoryOf } from "./support.ts";

const scalars = {
  global_char: 99,
  global_bool: true,
  global_s8: -8,
  global_u16: 0x1234,
  global_s32: -32,
  global_u64: 0x123456789abcdef0n,
  global_s128: -128n,
  global_float: 1.5,
  global_double: -2.25,
  global_holes: { a: 1, b: 2n, c: 3, d: 4, e: 5 },
};

const bits = {
  a: 1,
  b: 5,
  c: 0xabcdef,
  minus: -3,
  other: 0,
  wide: 0x123456789an,
  rest: 0,
  swide: -1n,
  flag: true,
  half: 0x155,
  byte: 0,
  next: 0,
  colour: 0,
  temperature: -1,
  plain: 0,
  all: 0xffff_ffff_ffff_ffffn,
};

const bitfields = {
  packed_bits: { lead: 0xff, x: 17, straddles: 0x2aaaaaaaaaaaan, tail: 5, after: 0xbeef },
  bits,
};

const config = { limit: 10, mask: 0xff00ff00ff00ff00n, name: "config", table: Int16Array.of(1, -2, 3) };
const empty = { mask: 0n, name: "", table: new Int16Array(3) };

const cases = [
  { fixture: "scalars.bpf.o", section: ".data", Class: ScalarsData, values: scalars },
  { fixture: "scalars.be.bpf.o", section: ".data", Class: ScalarsBeData, values: scalars },
  { fixture: "bitfields.bpf.o", section: ".data", Class: BitfieldsData, values: bitfields },
  { fixture: "bitfields.be.bpf.o", section: ".data", Class: BitfieldsBeData, values: bitfields },
  {
    fixture: "arrays.bpf.o",
    section: ".data",
    Class: ArraysData,
    values: {
      greeting: "hello",
      primes: Uint32Array.of(2, 3, 5, 7, 11),
      matrix: [Int16Array.of(1, 2, 3), Int16Array.of(-1, -2, -3)],
    },
  },
  {
    fixture: "enums.bpf.o",
    section: ".rodata",
    Class: EnumsRodata,
    values: { default_verdict: 1 },
  },
  {
    fixture: "globals.bpf.o",
    section: ".data",
    Class: GlobalsData,
    values: {
      seeded: 0x1122334455667788n,
      settings: config,
      label: "label",
      mode: 3,
      ratio: 0.5,
      pair: [
        { limit: 1, ...empty },
        { limit: 2, ...empty },
      ],
    },
  },
  {
    fixture: "globals.bpf.o",
    section: ".rodata",
    Class: GlobalsRodata,
    values: {
      target_pid: 42,
      limits: { ...empty, limit: 7, name: "limits" },
      prefix: "abc",
      negative: -1n,
      zero_rodata: 0,
    },
  },
  {
    fixture: "globals.bpf.o",
    section: ".data.custom",
    Class: GlobalsDataCustom,
    values: { custom: 77, custom_config: { limit: 78, ...empty } },
  },
  {
    fixture: "globals.bpf.o",
    section: ".rodata.tuning",
    Class: GlobalsRodataTuning,
    values: { tuning: 99 },
  },
  {
    fixture: "packed.bpf.o",
    section: ".data",
    Class: PackedData,
    values: { packed: { a: 1, b: 0x0203040506070809n, c: 0x0a0b, d: 0x0c0d0e0f, name: "xy" } },
  },
];

describe.each(cases)("$fixture $section", ({ fixture, section, Class, values }) => {
  const initial = initialBytes(fixture, section);

  test.each(Object.entries(values))("%s is read as C has it", (name, value) => {
    expect(Reflect.get(new Class(memoryOf(initial)), name)).toEqual(value);
  });

  test.each(Object.keys(values))("%s is written as C has it", (name) => {
    const compiled = new Class(memoryOf(initial));
    const memory = memoryOf(initial);
    const target = new Class(memory);
    // Everything but this variable is left as it is: change it, then put it back.
    const value: unknown = Reflect.get(compiled, name);
    disturb(target, name, value);
    expect(memory.bytes).not.toEqual(initial);
    Reflect.set(target, name, value);
    expect(memory.bytes).toEqual(initial);
  });
});

/** Gives a variable another value of its type. */
function disturb(target: object, name: string, value: unknown): void {
  Reflect.set(target, name, other(value));
}

function other(value: unknown): unknown {
  if (typeof value === "number") return value === 0 || value === 3 ? 1 : 0;
  if (typeof value === "bigint") return value === 0n ? 1n : 0n;
  if (typeof value === "boolean") return !value;
  if (typeof value === "string") return value === "" ? "x" : "";
  if (Array.isArray(value)) return value.map(other);
  if (ArrayBuffer.isView(value)) return Reflect.construct(value.constructor, [Reflect.get(value, "length")]);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, other(member)]));
  throw new TypeError(`no other value of ${String(value)}`);
}

describe("bitfields beside a union", () => {
  test.each([
    ["bitfields.bpf.o", BitfieldsData, 1 | (2 << 16), 1],
    ["bitfields.be.bpf.o", BitfieldsBeData, (1 << 16) | 2, 0],
  ])("%s", (fixture, Class, raw, nibble) => {
    const data = new Class(memoryOf(initialBytes(fixture, ".data")));
    expect(data.nested_bits).toMatchObject({ head: 9, inner: 0xabc, signed_inner: -2 });
    const { u } = data.nested_bits;
    expect(u).toMatchObject({ raw, halves: { low: 1, high: 2 }, nibble });
  });
});

test("unions that were compiled", () => {
  const data = new UnionsData(memoryOf(initialBytes("unions.bpf.o", ".data")));
  expect(data.padded.bytes).toEqual(Uint8Array.of(1, 2, 3, 4, 5));
  expect(data.padded.word).toBe(0x04030201);
  // oxlint-disable-next-line oxc/approx-constant -- as the fixture has it
  expect(data.pi.f64).toBe(3.14159);
});

test("an enum that was compiled", () => {
  const data = new EnumsData(memoryOf(initialBytes("enums.bpf.o", ".data")));
  expect(data.anonymous).toBe(65);
});
