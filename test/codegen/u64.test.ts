/** `--u64 number`: 64-bit integers are exact `number`s, or errors. */
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { type GlobalSectionModel, type GlobalVariableModel, parseBtf } from "tinybpf-btf";
import { generateSkeleton } from "tinybpf-gen";
import type { StructCodec } from "tinybpf/gen-v1";
import { formatValue, ValueError } from "tinybpf";
import { ArrayView } from "../../src/runtime/codec/array-view.ts";
import { BtfBuilder } from "../btf-parser/btf-builder.ts";
import { Random } from "../btf-parser/random.ts";
import {
  FIXTURE_NAMES,
  type Module,
  generateAndImport,
  mapOf,
  memoryOf,
  objectOf,
  readFixture,
  typeCheck,
  writeModule,
} from "./support.ts";

const SIGNED = 1;
const ORDERS = ["little", "big"] as const;
type Order = (typeof ORDERS)[number];

/** What 64 bits can be, around every edge there is, and anything else. */
const PATTERNS: readonly bigint[] = [0n, 1n << 31n, 1n << 32n, 1n << 52n, 1n << 53n, 1n << 55n, 1n << 63n]
  .flatMap((edge) => [edge - 2n, edge - 1n, edge, edge + 1n, edge + 2n])
  .flatMap((value) => [value, -value])
  .concat(
    Array.from({ length: 200 }, (_, index) => {
      const random = new Random(0x64, index);
      return ((BigInt(random.next()) << 32n) | BigInt(random.next())) >> BigInt(random.below(64));
    }),
  )
  .map((value) => BigInt.asUintN(64, value));

/** A struct of one member, `x`, and what 64 bits of C are there. */
interface Cell {
  readonly name: string;
  readonly cType: string;
  readonly add: (btf: BtfBuilder) => {
    readonly type: number;
    readonly width?: number;
    readonly bits?: number;
  };
  readonly size: number;
  /** What C makes of the pattern. */
  readonly value: (pattern: bigint) => bigint;
  /** The member with `value` in the place that is looked at. */
  readonly wrap: (value: unknown) => unknown;
  /** The path of that place in the member. */
  readonly path: string;
  /** The bytes of the pattern's value. */
  readonly bytes: (value: bigint, order: Order) => Uint8Array;
}

function words(order: Order, ...values: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 8);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setBigUint64(i * 8, BigInt.asUintN(64, value), order === "little"));
  return bytes;
}

const same = (value: unknown): unknown => value;
const unsigned = (btf: BtfBuilder): number => btf.int("unsigned long long", 8);
const signed = (btf: BtfBuilder): number => btf.int("long long", 8, SIGNED);

/** A bitfield `first` bits into its 8 bytes. */
function bitfield(name: string, first: number, width: number, isSigned: boolean): Cell {
  return {
    name,
    cType: `a bitfield of ${width} bits`,
    add: (btf) => ({ type: isSigned ? signed(btf) : unsigned(btf), width, bits: first }),
    size: 8,
    value: (pattern) => (isSigned ? BigInt.asIntN(width, pattern) : BigInt.asUintN(width, pattern)),
    wrap: same,
    path: "",
    bytes: (value, order) => {
      const shift = BigInt(order === "little" ? first : 64 - first - width);
      return words(order, BigInt.asUintN(width, value) << shift);
    },
  };
}

const CELLS: readonly Cell[] = [
  {
    name: "u",
    cType: "__u64",
    add: (btf) => ({ type: unsigned(btf) }),
    size: 8,
    value: same as (pattern: bigint) => bigint,
    wrap: same,
    path: "",
    bytes: (value, order) => words(order, value),
  },
  {
    name: "s",
    cType: "__s64",
    add: (btf) => ({ type: signed(btf) }),
    size: 8,
    value: (pattern) => BigInt.asIntN(64, pattern),
    wrap: same,
    path: "",
    bytes: (value, order) => words(order, value),
  },
  {
    name: "list",
    cType: "__u64",
    add: (btf) => ({ type: btf.array(unsigned(btf), 3) }),
    size: 24,
    value: same as (pattern: bigint) => bigint,
    wrap: (value) => [1, value, 3],
    path: "[1]",
    bytes: (value, order) => words(order, 1n, value, 3n),
  },
  {
    name: "grid",
    cType: "__s64",
    add: (btf) => ({ type: btf.array(btf.array(signed(btf), 2), 2) }),
    size: 32,
    value: (pattern) => BigInt.asIntN(64, pattern),
    wrap: (value) => [
      [-1, 2],
      [value, 4],
    ],
    path: "[1][0]",
    bytes: (value, order) => words(order, -1n, 2n, value, 4n),
  },
  bitfield("bits40", 3, 40, false),
  bitfield("bits53", 5, 53, false),
  bitfield("bits54", 0, 54, false),
  bitfield("bits64", 0, 64, false),
  bitfield("sbits40", 7, 40, true),
  bitfield("sbits54", 9, 54, true),
  bitfield("sbits64", 0, 64, true),
];

function isSafe(integer: bigint): boolean {
  return Number.isSafeInteger(Number(integer));
}

async function codecsOf(order: Order): Promise<Module> {
  const btf = new BtfBuilder({ byteOrder: order });
  for (const { name, add, size } of CELLS) {
    const { type, width, bits = 0 } = add(btf);
    const place = { name: "x", type, bits };
    btf.composite("STRUCT", `${name}_t`, size, [width === undefined ? place : { ...place, width }]);
  }
  return generateAndImport(objectOf(btf.parse()), { types: ["*"], u64: "number" });
}

describe.each(ORDERS)("%s-endian", async (order) => {
  const module = await codecsOf(order);

  describe.each(CELLS)("$name", ({ name, cType, value, wrap, path, bytes }) => {
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}T`;
    const codec = module[type] as StructCodec<{ x: unknown }, { x: unknown }, { readonly x: unknown }>;
    const values = [...new Set(PATTERNS.map(value))];

    test("what is exact is read and written as a number", () => {
      const safe = values.filter(isSafe);
      expect(safe.length).toBeGreaterThan(20);
      for (const integer of safe) {
        const raw = bytes(integer, order);
        const x = wrap(Number(integer));
        expect(codec.decode(raw)).toEqual({ x });
        expect(elements(codec.view(raw).x)).toEqual(x);
        expect(codec.encode({ x })).toEqual(raw);
      }
    });

    test("what is not is an error that names it, in codec and view", () => {
      const beyond = values.filter((integer) => !isSafe(integer));
      expect(beyond.length > 0).toBe(!["bits40", "bits53", "sbits40"].includes(name));
      for (const integer of beyond) {
        const raw = bytes(integer, order);
        const message = `${name}_t.x${path}: ${integer} (${cType}) is no safe integer: generate with --u64 bigint`;
        expect(thrown(() => codec.decode(raw))).toEqual(
          new ValueError(message.slice(message.indexOf(": ") + 2), `${name}_t.x${path}`),
        );
        // The view of an array in an array does not know what it is a part of.
        const inView = name === "grid" ? message.slice(message.indexOf("[0]")) : message;
        expect(thrown(() => elements(codec.view(raw).x))).toMatchObject({
          name: "ValueError",
          message: inView,
        });
      }
    });

    test.each([
      [5n, `5n is a bigint: --u64 number takes a number (${cType})`],
      [2 ** 53, `9007199254740992 (${cType}) is no safe integer: generate with --u64 bigint`],
      [-(2 ** 53), `-9007199254740992 (${cType}) is no safe integer: generate with --u64 bigint`],
      [0.5, `0.5 is not an integer (${cType})`],
      [Number.NaN, `NaN is not an integer (${cType})`],
      [Infinity, `Infinity is not an integer (${cType})`],
      ["5", `"5" is not an integer (${cType})`],
      [undefined, `is missing (an integer (${cType}))`],
    ])("%s is not written", (given, reason) => {
      const error = thrown(() => codec.encode({ x: wrap(given) }));
      expect(error).toMatchObject({ name: "ValueError", reason, path: `${name}_t.x${path}` });
    });

    test("what its C type cannot hold is not written", () => {
      const tooSmall = value(1n << 63n) >= 0n && value((1n << 64n) - 1n) >= 0n;
      if (tooSmall) expect(() => codec.encode({ x: wrap(-1) })).toThrow(/: -1 is out of range for/);
      else expect(codec.decode(codec.encode({ x: wrap(-1) }))).toEqual({ x: wrap(-1) });
    });
  });
});

/** A value, and of views of arrays all elements. */
function elements(value: unknown): unknown {
  return value instanceof ArrayView ? Array.from(value, elements) : value;
}

function thrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("what stays a bigint", () => {
  test("addresses, 128 bits and 64-bit enums", async () => {
    const btf = new BtfBuilder();
    const pointer = btf.ref("PTR", 0);
    const i128 = btf.int("__int128", 16, SIGNED);
    const enumeration = btf.add({ kind: "ENUM64", name: "e", sizeOrType: 8, vlen: 1, body: ["A", 1, 0] });
    const unknown = btf.add({ kind: "ENUM64", name: "f", sizeOrType: 8 });
    btf.composite("STRUCT", "s", 112, [
      { name: "pointer", type: pointer, bits: 0 },
      { name: "pointers", type: btf.array(pointer, 2), bits: 64 },
      { name: "e", type: enumeration, bits: 192 },
      { name: "i128", type: i128, bits: 256 },
      { name: "es", type: btf.array(enumeration, 2), bits: 384 },
      { name: "unknown", type: unknown, bits: 512 },
      { name: "unknowns", type: btf.array(unknown, 2), bits: 576 },
      { name: "e_bits", type: enumeration, bits: 704, width: 40 },
    ]);
    const text = await generateSkeleton(objectOf(btf.parse()), {
      source: "x.bpf.o",
      types: ["s"],
      u64: "number",
    });
    expect(text).toContain(`export interface S {
  pointer: bigint;
  pointers: BigUint64Array<ArrayBuffer>;
  e: E;
  i128: bigint;
  es: E[];
  unknown: bigint;
  unknowns: BigUint64Array<ArrayBuffer>;
  e_bits: E;
}`);
    expect(text).not.toMatch(/[sg]etSafe/);
    expect(typeCheck([writeModule(text)])).toBe("");
  });
});

describe("maps", () => {
  test("keys and values are numbers, and need no type of their own for writing", async () => {
    const btf = new BtfBuilder();
    const u64 = unsigned(btf);
    const s64 = signed(btf);
    const list = btf.array(s64, 2);
    const sizes = { keyType: u64, keySize: 8 };
    const object = objectOf(btf.parse(), {
      maps: [
        mapOf("counts", { ...sizes, valueType: s64, valueSize: 8 }),
        mapOf("lists", { ...sizes, valueType: list, valueSize: 16 }),
        mapOf("each_cpu", { ...sizes, typeName: "percpu_hash", type: 5, valueType: u64, valueSize: 8 }),
      ],
    });
    const text = await generateSkeleton(object, { source: "x.bpf.o", u64: "number" });
    expect(text).toContain("readonly counts: HashMap<number, number>;");
    expect(text).toContain("readonly lists: HashMap<number, number[], number, readonly number[]>;");
    expect(text).toContain("readonly each_cpu: PerCpuHashMap<number, number>;");
    expect(text).toContain("counts: hashMap(le.safeU64, le.safeI64),");
    expect(text).toContain("lists: hashMap(le.safeU64, le.array(le.safeI64, 2)),");
    expect(text).toContain("// Options: --u64 number\n");
    expect(typeCheck([writeModule(text)])).toBe("");
  });
});

function variable(name: string, type: number, offset: number, size: number): GlobalVariableModel {
  const linkage = { binding: "global", visibility: "default" } as const;
  return { name, type, offset, size, ...linkage, tags: [], variable: 1 };
}

function variables(btf: BtfBuilder): GlobalVariableModel[] {
  return [
    variable("u", unsigned(btf), 0, 8),
    variable("s", signed(btf), 8, 8),
    variable("askew", unsigned(btf), 17, 8),
    variable("askew_s", signed(btf), 25, 8),
    variable("list", btf.array(signed(btf), 2), 40, 16),
    variable("pointer", btf.ref("PTR", 0), 56, 8),
  ];
}

/** A section of global variables with these bytes. */
async function globalsOf(order: Order, bytes: Uint8Array) {
  const btf = new BtfBuilder({ byteOrder: order });
  const section: GlobalSectionModel = {
    section: ".data",
    name: "data",
    size: 64,
    readonly: false,
    initial: bytes,
    datasec: undefined,
    variables: variables(btf),
  };
  const module = await generateAndImport(objectOf(btf.parse(), { globals: [section] }), {
    name: "X",
    u64: "number",
  });
  const memory = memoryOf(bytes);
  const Class = module["XData"] as new (from: typeof memory) => Record<string, unknown>;
  return { memory, globals: new Class(memory) };
}

describe("global variables", () => {
  test.each(ORDERS)("are numbers, %s-endian", async (order) => {
    const { memory, globals } = await globalsOf(order, new Uint8Array(64).fill(0xee));
    for (const [name, value] of Object.entries({
      u: 2 ** 53 - 1,
      s: 1 - 2 ** 53,
      askew: 2 ** 32,
      askew_s: -1,
    })) {
      globals[name] = value;
      expect(globals[name]).toBe(value);
    }
    globals["list"] = [-5, 2 ** 40];
    expect(globals["list"]).toEqual([-5, 2 ** 40]);
    expect(typeof globals["pointer"]).toBe("bigint");
    const expected = new Uint8Array(64).fill(0xee);
    const parts = words(order, 2n ** 53n - 1n, 1n - 2n ** 53n, 2n ** 32n, -1n, -5n, 2n ** 40n);
    for (const [i, at] of [0, 8, 17, 25, 40, 48].entries())
      expected.set(parts.subarray(i * 8, i * 8 + 8), at);
    expect(memory.bytes.length).toBe(64);
    expect(new Uint8Array(memory.view.buffer)).toEqual(expected);
  });

  test.each(ORDERS)("that are not exact are errors with their name, %s-endian", async (order) => {
    const { globals } = await globalsOf(order, new Uint8Array(64).fill(0x80));
    const unsafe = "9259542123273814144 (__u64) is no safe integer: generate with --u64 bigint";
    expect(() => globals["u"]).toThrow(`u: ${unsafe}`);
    expect(() => globals["s"]).toThrow(/^s: -\d+ \(__s64\) is no safe integer/);
    expect(() => globals["askew"]).toThrow(`askew: ${unsafe}`);
    expect(() => globals["askew_s"]).toThrow(/^askew_s: -\d+ \(__s64\)/);
    expect(() => globals["list"]).toThrow(/^list\[0\]: -\d+ \(__s64\)/);
    for (const name of ["u", "s", "askew", "askew_s"])
      expect(() => (globals[name] = 1n), name).toThrow(`${name}: 1n is a bigint`);
    expect(() => (globals["u"] = -1)).toThrow("u: -1 is out of range for __u64");
    expect(() => (globals["s"] = 2 ** 53)).toThrow(/^s: 9007199254740992 \(__s64\) is no safe integer/);
    expect(() => (globals["list"] = [1, 2n])).toThrow("list[1]: 2n is a bigint");
  });
});

describe("unions, whose other members' bytes may be any number", async () => {
  const btf = new BtfBuilder();
  const u64 = unsigned(btf);
  const half = btf.int("unsigned int", 4);
  const lifted = btf.composite("STRUCT", "", 16, [
    { name: "kind", type: half, bits: 0 },
    { name: "lifted", type: u64, bits: 64 },
  ]);
  btf.composite("UNION", "number", 16, [
    { name: "whole", type: u64, bits: 0 },
    { name: "halves", type: btf.array(half, 2), bits: 0 },
    { name: "", type: lifted, bits: 0 },
    { name: "list", type: btf.array(u64, 1), bits: 0 },
  ]);
  const module = await generateAndImport(objectOf(btf.parse()), { types: ["number"], u64: "number" });
  interface Union {
    whole: number;
    halves: Uint32Array;
    kind: number;
    lifted: number;
    list: number[];
  }
  const codec = module["Number2"] as StructCodec<Union, Partial<Union>>;
  const bytes = new Uint8Array(16).fill(0xff);

  test("each member is an error only when it is read itself", () => {
    const value = codec.decode(bytes);
    expect(value.halves).toEqual(Uint32Array.of(0xffff_ffff, 0xffff_ffff));
    expect(value.kind).toBe(0xffff_ffff);
    expect(() => value.whole).toThrow(/^whole: 18446744073709551615 \(__u64\) is no safe integer/);
    expect(() => value.lifted).toThrow(/^number\.lifted: 18446744073709551615/);
    expect(() => value.list).toThrow(/^number\.list\[0\]: 18446744073709551615/);
  });

  test("what was read is written back, as it was or changed", () => {
    const value = codec.decode(bytes);
    expect(value.kind + (value.halves[0] ?? 0)).toBe(2 * 0xffff_ffff);
    expect(codec.encode(value)).toEqual(bytes);
    value.lifted = 5;
    expect(codec.encode(value)).toEqual(
      Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0),
    );
    const other = codec.decode(bytes);
    other.whole = 7;
    expect(codec.encode(other)).toEqual(Uint8Array.of(7, ...new Uint8Array(15)));
    const partly = codec.decode(bytes);
    partly.kind = 1;
    expect(() => codec.encode(partly)).toThrow(/number\.lifted: 18446744073709551615/);
  });

  test("they can be shown, without what is no value", () => {
    expect(codec.toJSON(codec.decode(bytes))).toEqual({
      halves: [0xffff_ffff, 0xffff_ffff],
      kind: 0xffff_ffff,
    });
    expect(formatValue(codec, codec.decode(bytes))).toBe(
      "{ .halves = { 4294967295, 4294967295 }, .kind = 4294967295 }",
    );
    expect(inspect(codec.decode(bytes))).toContain("18446744073709551615 (__u64) is no safe integer");
  });
});

test("errors name types without a name in C as TypeScript does, and members as the user does", async () => {
  const btf = new BtfBuilder();
  const u64 = unsigned(btf);
  const key = btf.composite("STRUCT", "", 8, [{ name: "first_seen", type: u64, bits: 0 }]);
  const typedef = btf.composite("STRUCT", "", 8, [{ name: "last_seen", type: u64, bits: 0 }]);
  btf.ref("TYPEDEF", typedef, "seen_t");
  const object = objectOf(btf.parse(), {
    maps: [mapOf("pos", { keyType: key, keySize: 8, valueType: typedef, valueSize: 8 })],
  });
  const module = await generateAndImport(object, { u64: "number", naming: "camel" });
  const bytes = new Uint8Array(8).fill(0xff);
  expect(() => (module["PosKey"] as StructCodec<object>).decode(bytes)).toThrow(/^PosKey\.firstSeen: 1844/);
  expect(() => (module["SeenT"] as StructCodec<object>).decode(bytes)).toThrow(/^seen_t\.lastSeen: 1844/);
});

describe("every fixture", () => {
  test.each(["c", "camel"] as const)("type-checks with --u64 number --naming %s", async (naming) => {
    const texts = await Promise.all(
      FIXTURE_NAMES.map((source) =>
        generateSkeleton(readFixture(source), { source, naming, u64: "number", types: ["*"] }),
      ),
    );
    expect(typeCheck(texts.map(writeModule))).toBe("");
  });

  test.each(FIXTURE_NAMES)("%s is imported", async (source) => {
    const module = await generateAndImport(readFixture(source), { source, naming: "camel", u64: "number" });
    expect(Object.keys(module).length).toBeGreaterThan(0);
  });
});

test("an object without types has none to change", async () => {
  const object = objectOf(parseBtf(new BtfBuilder().bytes()));
  expect(await generateSkeleton(object, { source: "x.bpf.o", u64: "number" })).toContain(
    "readonly maps: {};",
  );
});

test("a member of a union that is no safe integer is left out of JSON, of a value as of a view", async () => {
  const module = await generateAndImport(readFixture("unions.bpf.o"), {
    source: "unions.bpf.o",
    u64: "number",
  });
  const codec = module["Number2"] as StructCodec<object>;
  const bytes = new Uint8Array(codec.size).fill(0xff);
  const json = codec.toJSON(codec.decode(bytes));
  expect(Object.keys(json as object)).not.toContain("u64");
  expect(json).toMatchObject({ s64: -1 });
  expect(codec.toJSON(codec.view(bytes))).toEqual(json);
  expect(formatValue(codec, codec.view(bytes))).toBe(formatValue(codec, codec.decode(bytes)));
});
