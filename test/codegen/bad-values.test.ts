/** What does not fit its C type is an error that says where, and never a silent cut. */
import { describe, expect, test } from "vitest";
import { ValueError } from "../../src/runtime/errors.ts";
import { Arrays2 as ArraysCodec } from "../golden/arrays.skel.ts";
import { Bits } from "../golden/bitfields.skel.ts";
import { Enums2 as EnumsCodec } from "../golden/enums.skel.ts";
import { ExecEvent, ExecRodata } from "../golden/exec.skel.ts";
import { GlobalsData } from "../golden/globals.skel.ts";
import { Endpoint, Lifted, Many } from "../golden/unions.skel.ts";
import { initialBytes, memoryOf } from "./support.ts";

/** A codec seen from JavaScript, where any value may come. */
interface AnyCodec {
  readonly size: number;
  decode(bytes: Uint8Array): object;
  encode(value: never): Uint8Array;
}

/** The error of encoding a value that is all right except for `change`. */
function errorOf(codec: AnyCodec, change: object): ValueError {
  const value = { ...codec.decode(new Uint8Array(codec.size)), ...change };
  try {
    codec.encode(value as never);
  } catch (error) {
    if (error instanceof ValueError) return error;
    throw error;
  }
  throw new Error("was accepted");
}

describe("the path names the place, the reason the type", () => {
  const rows = [
    [ExecEvent, { pid: -1 }, "exec_event.pid", "-1 is out of range for __u32"],
    [ExecEvent, { pid: 1.5 }, "exec_event.pid", "not an integer"],
    [ExecEvent, { pid: 2 ** 32 }, "exec_event.pid", "out of range"],
    [ExecEvent, { pid: "1" }, "exec_event.pid", "not an integer"],
    [ExecEvent, { pid: undefined }, "exec_event.pid", "missing"],
    [ExecEvent, { ts: 2 ** 53 }, "exec_event.ts", "bigint"],
    [ExecEvent, { ts: 1n << 64n }, "exec_event.ts", "out of range"],
    [ExecEvent, { ts: -1n }, "exec_event.ts", "out of range"],
    [ExecEvent, { comm: "a name longer than sixteen" }, "exec_event.comm", "too long for char[16]"],
    [ExecEvent, { comm: "a\0b" }, "exec_event.comm", "NUL"],
    [ExecEvent, { comm: "\ud800" }, "exec_event.comm", "surrogate"],
    [ExecEvent, { comm: 5 }, "exec_event.comm", "not a string"],
    [ExecEvent, { command: "x" }, "exec_event.command", "unknown member"],
    [ArraysCodec, { bytes: new Uint8Array(7) }, "arrays.bytes", "has 7 bytes, not 6"],
    [ArraysCodec, { bytes: [1, 2, 3, 4, 5, 6] }, "arrays.bytes", "not a Uint8Array"],
    [ArraysCodec, { s16: [1, 2] }, "arrays.s16", "has 2 elements, not 3"],
    [ArraysCodec, { s16: [1, 2, 40000] }, "arrays.s16[2]", "out of range for __s16"],
    [ArraysCodec, { flags: [true, false, true, 1] }, "arrays.flags[3]", "not a boolean"],
    [ArraysCodec, { lines: ["a", "b", "123456789"] }, "arrays.lines[2]", "too long for char[8]"],
    [
      ArraysCodec,
      {
        grid: [
          [1, 2, 3],
          [1, 70000, 3],
        ],
      },
      "arrays.grid[1][1]",
      "out of range for __u16",
    ],
    [ArraysCodec, { points: [{ x: 1, y: 2 }, { x: 1 }, { x: 1, y: 2 }] }, "arrays.points[1].y", "missing"],
    [EnumsCodec, { state: -1 }, "enums.state", "out of range"],
    [EnumsCodec, { big: "1" }, "enums.big", "not a bigint"],
    [EnumsCodec, { states: [0, 1, "2"] }, "enums.states[2]", "not an integer"],
    [Bits, { b: 8 }, "bits.b", "8 is out of range for an unsigned bitfield of 3 bits"],
    [Bits, { minus: 16 }, "bits.minus", "out of range for a signed bitfield of 5 bits"],
    [Bits, { wide: 1n << 40n }, "bits.wide", "out of range"],
    [Bits, { flag: 1 }, "bits.flag", "not a boolean"],
    [Endpoint, { address: { v4: { addr: 1, port: 70000 } } }, "endpoint.address.v4.port", "out of range"],
    [Endpoint, { address: {} }, "endpoint.address", "exactly one of v4, v6, path; given: none"],
    [
      Endpoint,
      { address: { path: "x", v4: { addr: 1, port: 2 } } },
      "endpoint.address",
      "exactly one of v4, v6, path; given: v4 and path",
    ],
    [Endpoint, { address: { v5: 1 } }, "endpoint.address.v5", "unknown member; there are v4, v6, path"],
    [Many, { numbers: [{ u64: 1n }, { u64: 1n }, { u64: -1n }] }, "many.numbers[2].u64", "out of range"],
  ] as const;

  test.each(rows.map(([codec, change, path, reason]) => ({ codec, change, path, reason })))(
    "$path: $reason",
    ({ codec, change, path, reason }) => {
      const error = errorOf(codec, change);
      expect(error.path).toBe(path);
      expect(error.reason).toContain(reason);
    },
  );
});

/** Encodes a value that TypeScript need not agree with. */
function encode(value: object): Uint8Array {
  return Lifted.encode(value as never);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

describe("members of an unnamed union", () => {
  const own = { before: 1, x: 2, y: 3, after: 4 };

  test("one alternative is written, the rest of the union is 0", () => {
    expect(hex(encode({ ...own, deep_byte: 0xff }))).toBe("0100000000000000ff000000000000000200030004000000");
    expect(hex(encode({ ...own, lo: 1, hi: 2 }))).toBe("010000000000000001000000020000000200030004000000");
  });

  test("none, several and half of one are refused", () => {
    expect(() => encode(own)).toThrow("exactly one of id, { lo, hi }, deep_byte, deep_half; given: none");
    expect(() => encode({ ...own, id: 1n, lo: 1, hi: 2 })).toThrow("given: id and { lo, hi }");
    expect(() => encode({ ...own, lo: 1 })).toThrow("hi: is missing");
  });

  test("what was read is written back, with one member changed or none", () => {
    const bytes = encode({ ...own, id: 0x1122334455667788n });
    const value = Lifted.decode(bytes);
    expect(Lifted.encode(value)).toEqual(bytes);
    const changed = Lifted.decode(bytes);
    changed.lo = 0;
    expect(Lifted.decode(Lifted.encode(changed))).toMatchObject({ id: 0x1122334400000000n, hi: 0x11223344 });
    expect(Lifted.decode(Lifted.encode({ ...value, before: 9 }))).toMatchObject({
      before: 9,
      lo: 0x55667788,
    });
  });
});

describe("global variables", () => {
  test("an error names the variable", () => {
    const data = new GlobalsData(memoryOf(initialBytes("globals.bpf.o", ".data")));
    expect(() => {
      data.settings = { limit: 1, mask: 1n, name: "much too long", table: [1, 2, 3] };
    }).toThrow("settings.name: 13 bytes of UTF-8 are too long for char[8]");
    expect(() => {
      data.pair = [{ limit: -1, mask: 1n, name: "", table: [1, 2, 3] }, data.settings];
    }).toThrow("pair[0].limit: -1 is out of range for __u32");
  });

  test("of a value that does not fit nothing is written", () => {
    const memory = memoryOf(initialBytes("globals.bpf.o", ".data"));
    const before = memory.bytes.slice();
    const data = new GlobalsData(memory);
    expect(() => {
      data.settings = { limit: 9, mask: 9n, name: "", table: [9, 9, 70_000] };
    }).toThrow("settings.table[2]: 70000 is out of range for __s16");
    expect(() => {
      data.label = "far too long";
    }).toThrow("label");
    expect(memory.bytes).toEqual(before);
  });

  test("writing goes through the memory that may refuse it", () => {
    const memory = memoryOf(new Uint8Array(8));
    const refusing = new Proxy(new DataView(new ArrayBuffer(0)), {
      get() {
        throw new ValueError("the section is frozen");
      },
    });
    memory.move(new ArrayBuffer(8), refusing);
    const frozen = new ExecRodata(memory);
    expect(frozen.target_ppid).toBe(0);
    expect(() => {
      frozen.target_ppid = 1;
    }).toThrow("frozen");
  });
});

test("too few bytes are no value", () => {
  expect(() => ExecEvent.decode(new Uint8Array(159))).toThrow(
    "struct exec_event has 160 bytes, but only 159 were given",
  );
});

test("values outside an enum are kept when read", () => {
  const bytes = EnumsCodec.encode({ ...EnumsCodec.decode(new Uint8Array(EnumsCodec.size)) });
  bytes[0] = 77;
  expect(EnumsCodec.decode(bytes).state).toBe(77);
});
