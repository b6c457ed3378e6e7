import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { ClosedError, ValueError } from "tinybpf";
import {
  Cursor,
  getChars,
  le,
  lifted,
  member,
  members,
  setChars,
  struct,
  u16,
  u32,
  withUnion,
  writeField,
  writeUnion,
  zero,
  type StructCodec,
} from "tinybpf/gen-v1";

/** Stands for the view of a struct whose views are not tested. */
class NoView {
  readonly cursor: Cursor;
  constructor(cursor: Cursor) {
    this.cursor = cursor;
  }
}

/** `struct limit { __u16 max; char unit[4]; }`, as the generator would write it. */
interface Limit {
  max: number;
  unit: string;
}

class LimitView {
  readonly #c: Cursor;
  readonly #at: number;
  constructor(cursor: Cursor, at = 0) {
    this.#c = cursor;
    this.#at = at;
  }
  get max(): number {
    return this.#c.view.getUint16(this.#c.offset + this.#at, true);
  }
  get unit(): string {
    return getChars(this.#c.view, this.#c.offset + this.#at + 2, 4);
  }
}

const limitFields = { max: { offset: 0, size: 2 }, unit: { offset: 2, size: 4 } };

const Limit: StructCodec<Limit, Limit, LimitView> = struct<Limit, Limit, LimitView>({
  name: "struct limit",
  size: 6,
  align: 2,
  fields: limitFields,
  View: LimitView,
  read: (v, o) => ({ max: v.getUint16(o, true), unit: getChars(v, o + 2, 4) }),
  write: (v, o, x) => {
    members(x, 2, limitFields);
    v.setUint16(o, u16(x.max, "max"), true);
    setChars(v, o + 2, 4, x.unit, "unit");
  },
});

/** `struct config { __u32 id; struct limit limits[2]; }` */
interface Config {
  id: number;
  limits: Limit[];
}

const configFields = { id: { offset: 0, size: 4 }, limits: { offset: 4, size: 12 } };
const limits = le.array(Limit, 2);

const Config = struct<Config>({
  name: "struct config",
  size: 16,
  align: 4,
  fields: configFields,
  View: NoView,
  read: (v, o) => ({ id: v.getUint32(o, true), limits: limits.read(v, o + 4) }),
  write: (v, o, x) => {
    members(x, 2, configFields);
    v.setUint32(o, u32(x.id, "id"), true);
    writeField(v, o + 4, x.limits, limits, "limits");
  },
});

const config: Config = {
  id: 7,
  limits: [
    { max: 1, unit: "ms" },
    { max: 2, unit: "Kbit" },
  ],
};

describe("structs", () => {
  test("a value comes back", () => {
    expect(Config.decode(Config.encode(config))).toEqual(config);
  });

  test("a value read is a copy", () => {
    const bytes = Config.encode(config);
    const value = Config.decode(bytes);
    bytes.fill(0);
    expect(value).toEqual(config);
  });

  test.each([
    [
      "deep",
      { ...config, limits: [config.limits[0], { max: 70000, unit: "" }] },
      "config.limits[1].max: 70000 is out of range for __u16",
    ],
    ["unknown", { ...config, ido: 3 }, "config.ido: unknown member; there are id, limits"],
    [
      "unknown in an element",
      { id: 1, limits: [config.limits[0], { max: 1, unit: "", x: 1 }] },
      "config.limits[1].x: unknown member; there are max, unit",
    ],
    ["missing", { limits: config.limits }, "config.id: is missing (an integer (__u32))"],
    ["missing array", { id: 1 }, "config.limits: is missing (an array of 2)"],
    ["null", null, "config: null is not an object with id, limits"],
    [
      "a hole in the array",
      { id: 1, limits: Array.from({ length: 2 }) },
      "config.limits[0]: is missing (an object with max, unit)",
    ],
  ])("%s: the message names the place", (_name, value, message) => {
    let thrown: unknown;
    try {
      Config.encode(value as never);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ValueError);
    expect((thrown as ValueError).message).toBe(message);
  });

  test("an error that is not about a value passes through as it is", () => {
    const own = new RangeError("mine");
    const value = {
      limits: config.limits,
      get id(): number {
        throw own;
      },
    };
    expect(() => Config.encode(value)).toThrow(own);
  });
});

describe("views", () => {
  test("read in place", () => {
    const bytes = Limit.encode({ max: 3, unit: "s" });
    const view = Limit.view(bytes);
    expect([view.max, view.unit]).toEqual([3, "s"]);
    bytes[0] = 9;
    expect(view.max).toBe(9);
  });

  test("all views of a cursor move with it and close with it", () => {
    const bytes = new Uint8Array([
      ...Limit.encode({ max: 1, unit: "a" }),
      ...Limit.encode({ max: 2, unit: "b" }),
    ]);
    const cursor = new Cursor(new DataView(bytes.buffer), 0);
    const first = new LimitView(cursor);
    expect([first.max, first.unit]).toEqual([1, "a"]);
    cursor.offset = 6;
    expect([first.max, first.unit]).toEqual([2, "b"]);
    cursor.close("ring buffer events");
    expect(() => first.max).toThrow(ClosedError);
    expect(() => first.unit).toThrow("ring buffer events is closed");
  });

  test("too few bytes", () => {
    expect(() => Limit.view(new Uint8Array(5))).toThrow("struct limit has 6 bytes, but only 5 were given");
  });
});

/** `struct { __u32 kind; union { __u32 v4; char name[8]; struct { __u16 lo; __u16 hi; }; }; }` */
interface Address {
  kind: number;
  v4: number;
  name: string;
  lo: number;
  hi: number;
}

interface Pair {
  lo: number;
  hi: number;
}

const pairFields = { lo: { offset: 0, size: 2 }, hi: { offset: 2, size: 2 } };
const pair = struct<Pair>({
  name: "struct <anonymous>",
  size: 4,
  align: 2,
  fields: pairFields,
  View: NoView,
  read: (v, o) => ({ lo: v.getUint16(o, true), hi: v.getUint16(o + 2, true) }),
  write: (v, o, x) => {
    members(x, 2, pairFields);
    v.setUint16(o, u16(x.lo, "lo"), true);
    v.setUint16(o + 2, u16(x.hi, "hi"), true);
  },
});

const addressFields = { kind: {}, v4: {}, name: {}, lo: {}, hi: {} };
const addressUnion = [member("v4", le.u32), member("name", le.chars(8)), lifted(["lo", "hi"], pair)];

const Address = struct<Address, Partial<Address>>({
  name: "struct address",
  size: 12,
  align: 4,
  fields: { kind: { offset: 0, size: 4 } },
  View: NoView,
  read: (v, o) => withUnion<Address>({ kind: v.getUint32(o, true) }, v, o + 4, 8, addressUnion),
  write: (v, o, x) => {
    members(x, 0, addressFields);
    zero(v, o, 12);
    v.setUint32(o, u32(x.kind ?? 0, "kind"), true);
    writeUnion(v, o + 4, 8, x, addressUnion);
  },
});

describe("unions", () => {
  const bytes = new Uint8Array([1, 0, 0, 0, 0x61, 0x62, 0x63, 0, 0, 0, 0, 0xee]);

  test("every member is there when read", () => {
    const value = Address.decode(bytes);
    expect(Object.keys(value)).toEqual(["kind", "v4", "name", "lo", "hi"]);
    expect({ ...value }).toMatchObject({ kind: 1, v4: 0x636261, name: "abc", lo: 0x6261, hi: 0x63 });
  });

  test("a value that was read and not touched is written as it was, to the last byte", () => {
    expect(Address.encode(Address.decode(bytes))).toEqual(bytes);
    expect(Address.encode({ ...Address.decode(bytes) })).toEqual(bytes);
  });

  test("the member that was changed is the one written, and the rest of the union is 0", () => {
    const value = Address.decode(bytes);
    value.v4 = 5;
    expect([...Address.encode(value)]).toEqual([1, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]);
    expect([...Address.encode({ ...Address.decode(bytes), hi: 1 })]).toEqual([
      1, 0, 0, 0, 0x61, 0x62, 1, 0, 0, 0, 0, 0,
    ]);
  });

  test("exactly one member is written", () => {
    expect([...Address.encode({ kind: 2, name: "xy" })]).toEqual([2, 0, 0, 0, 0x78, 0x79, 0, 0, 0, 0, 0, 0]);
    expect([...Address.encode({ kind: 2, lo: 1, hi: 2 })]).toEqual([2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0]);
  });

  test("it prints as its members", () => {
    expect(inspect(Address.decode(bytes))).toBe("{ kind: 1, v4: 6513249, name: 'abc', lo: 25185, hi: 99 }");
  });

  test.each([
    ["none", { kind: 1 }, "address: a union takes exactly one of v4, name, { lo, hi }; given: none"],
    [
      "two",
      { v4: 1, name: "a" },
      "address: a union takes exactly one of v4, name, { lo, hi }; given: v4 and name",
    ],
    [
      "two changed",
      { ...Address.decode(bytes), v4: 9, name: "q" },
      "address: a union takes exactly one of v4, name, { lo, hi }; given: v4 and name",
    ],
    ["half a struct", { lo: 1 }, "address.hi: is missing (an integer (__u16))"],
    ["an unknown member", { v4: 1, v5: 1 }, "address.v5: unknown member; there are kind, v4, name, lo, hi"],
    ["a bad member", { v4: -1 }, "address.v4: -1 is out of range for __u32"],
  ])("%s is an error", (_name, value, message) => {
    expect(() => Address.encode(value)).toThrow(ValueError);
    expect(() => Address.encode(value)).toThrow(message);
  });
});

/** `struct { union { struct { __u16 tag; union { __u16 p; char q[2]; }; }; __u32 word; }; }` */
interface Nested {
  tag: number;
  p: number;
  q: string;
  word: number;
}

const innerUnion = [member("p", le.u16), member("q", le.chars(2))];
const innerFields = { tag: {}, p: {}, q: {} };
const inner = struct<Partial<Nested>>({
  name: "struct <anonymous>",
  size: 4,
  align: 2,
  fields: {},
  View: NoView,
  read: (v, o) => withUnion<Partial<Nested>>({ tag: v.getUint16(o, true) }, v, o + 2, 2, innerUnion),
  write: (v, o, x) => {
    members(x, 3, innerFields);
    v.setUint16(o, u16(x.tag ?? 0, "tag"), true);
    writeUnion(v, o + 2, 2, x, innerUnion);
  },
});
const outerUnion = [lifted(["tag", "p", "q"], inner), member("word", le.u32)];
const Nested = struct<Nested, Partial<Nested>>({
  name: "struct nested",
  size: 4,
  align: 4,
  fields: {},
  View: NoView,
  read: (v, o) => withUnion<Nested>({}, v, o, 4, outerUnion),
  write: (v, o, x) => {
    members(x, 4, { tag: {}, p: {}, q: {}, word: {} });
    writeUnion(v, o, 4, x, outerUnion);
  },
});

describe("a union in a struct in a union, all unnamed", () => {
  const bytes = new Uint8Array([1, 0, 0x61, 0x62]);

  test.each([
    ["the struct's own member", { tag: 2 }, [2, 0, 0x61, 0x62]],
    ["a member of the inner union", { p: 0x6363 }, [1, 0, 0x63, 0x63]],
    ["the other member of the inner union", { q: "z" }, [1, 0, 0x7a, 0]],
    ["both levels", { tag: 3, q: "z" }, [3, 0, 0x7a, 0]],
    ["the other alternative", { word: 7 }, [7, 0, 0, 0]],
    ["nothing", {}, [1, 0, 0x61, 0x62]],
  ])("changing %s of what was read", (_name, change, expected) => {
    const value = Nested.decode(bytes);
    Object.assign(value, change);
    expect([...Nested.encode(value)]).toEqual(expected);
    expect([...Nested.encode({ ...Nested.decode(bytes), ...change })]).toEqual(expected);
  });

  test("changing both members of the inner union, or both alternatives, is an error", () => {
    expect(() => Nested.encode({ ...Nested.decode(bytes), p: 1, q: "z" })).toThrow("given: p and q");
    expect(() => Nested.encode({ ...Nested.decode(bytes), p: 1, word: 1 })).toThrow(
      "given: { tag, p, q } and word",
    );
  });
});

test("a union's member may come from a getter", () => {
  class Source {
    get name(): string {
      return "xy";
    }
  }
  expect([...Address.encode(new Source())]).toEqual([0, 0, 0, 0, 0x78, 0x79, 0, 0, 0, 0, 0, 0]);
});

/** `union { __u32 toString; __u32 constructor; }` */
const oddUnion = [member("toString", le.u32), member("constructor", le.u32), member("__proto__", le.u32)];
const Odd = struct<object>({
  name: "union odd",
  size: 4,
  align: 4,
  fields: {},
  View: NoView,
  read: (v, o) => withUnion<object>({}, v, o, 4, oddUnion),
  write: (v, o, x) => writeUnion(v, o, 4, x, oddUnion),
});

test("a union's members may be called as what every object has", () => {
  expect([...Odd.encode({ toString: 5 })]).toEqual([5, 0, 0, 0]);
  expect([...Odd.encode({ constructor: 6 })]).toEqual([6, 0, 0, 0]);
  expect([...Odd.encode({ ["__proto__"]: 7 })]).toEqual([7, 0, 0, 0]);
  expect(() => Odd.encode({})).toThrow("given: none");
  const value = Odd.decode(new Uint8Array([8, 0, 0, 0]));
  expect(Object.keys(value)).toEqual(["toString", "constructor", "__proto__"]);
  expect([...Odd.encode(value)]).toEqual([8, 0, 0, 0]);
});

test("a flexible array cannot be written", () => {
  const fields = { n: { offset: 0, size: 4 }, e: { offset: 4, size: 0 } };
  expect(() => members({ n: 1, e: [1, 2] }, 1, fields)).toThrow(
    "e: cannot be written: it has no size of its own",
  );
});
