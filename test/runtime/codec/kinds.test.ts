import { describe, expect, test } from "vitest";
import { ValueError } from "tinybpf";
import { be, le, type Codec } from "tinybpf/gen-v1";

/** A codec, a value, and the bytes that C stores for it. */
type Row = readonly [codec: Codec<never, never>, value: unknown, bytes: readonly number[]];

function row<T, I>(codec: Codec<T, I>, value: T & I, bytes: readonly number[]): Row {
  return [codec as unknown as Codec<never, never>, value, bytes];
}

const rows: readonly Row[] = [
  row(le.u8, 0xff, [0xff]),
  row(le.i8, -1, [0xff]),
  row(le.u16, 0x1234, [0x34, 0x12]),
  row(be.u16, 0x1234, [0x12, 0x34]),
  row(le.i16, -2, [0xfe, 0xff]),
  row(le.u32, 0xfedcba98, [0x98, 0xba, 0xdc, 0xfe]),
  row(be.u32, 0xfedcba98, [0xfe, 0xdc, 0xba, 0x98]),
  row(le.i32, -2, [0xfe, 0xff, 0xff, 0xff]),
  row(le.u64, 0x0102030405060708n, [8, 7, 6, 5, 4, 3, 2, 1]),
  row(be.u64, 0x0102030405060708n, [1, 2, 3, 4, 5, 6, 7, 8]),
  row(le.i64, -1n, [255, 255, 255, 255, 255, 255, 255, 255]),
  row(le.u128, (1n << 64n) + 2n, [2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]),
  row(be.u128, (1n << 64n) + 2n, [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2]),
  row(
    le.i128,
    -1n,
    Array.from({ length: 16 }, () => 255),
  ),
  row(le.bool, true, [1]),
  row(le.bool, false, [0]),
  row(le.f32, 1.5, [0, 0, 0xc0, 0x3f]),
  row(be.f64, 1.5, [0x3f, 0xf8, 0, 0, 0, 0, 0, 0]),
  row(le.chars(8), "node", [0x6e, 0x6f, 0x64, 0x65, 0, 0, 0, 0]),
  row(le.chars(4), "node", [0x6e, 0x6f, 0x64, 0x65]),
  row(le.chars(6), "", [0, 0, 0, 0, 0, 0]),
  row(le.chars(7), "é€", [0xc3, 0xa9, 0xe2, 0x82, 0xac, 0, 0]),
  row(le.bytes(3), new Uint8Array([1, 2, 3]), [1, 2, 3]),
  row(le.numbers("u16", 2), new Uint16Array([1, 0x203]), [1, 0, 3, 2]),
  row(be.numbers("u16", 2), new Uint16Array([1, 0x203]), [0, 1, 2, 3]),
  row(be.numbers("i32", 1), new Int32Array([-2]), [255, 255, 255, 254]),
  row(le.numbers("u64", 1), new BigUint64Array([258n]), [2, 1, 0, 0, 0, 0, 0, 0]),
  row(le.numbers("f32", 1), new Float32Array([1.5]), [0, 0, 0xc0, 0x3f]),
  row(le.array(le.bool, 3), [true, false, true], [1, 0, 1]),
  row(le.array(le.numbers("u8", 2), 2), [new Uint8Array([1, 2]), new Uint8Array([3, 4])], [1, 2, 3, 4]),
  row(le.array(le.chars(2), 2), ["a", "bc"], [0x61, 0, 0x62, 0x63]),
  row(le.enumeration<1 | 2>("enum e", 2, false, { A: 1, B: 2 }), 2, [2, 0]),
  row(le.enumeration64<5n>("enum e", false, { A: 5n }), 5n, [5, 0, 0, 0, 0, 0, 0, 0]),
  row(le.bits(3, 5, false), 21, [0b10101000]),
  row(le.bits(6, 4, true), -3, [0b01000000, 0b11]),
  row(be.bits(3, 5, false), 21, [0b00010101]),
  row(be.bits(6, 4, true), -3, [0b11, 0b01000000]),
  row(le.bigBits(1, 40, false), 0xff_0000_0001n, [2, 0, 0, 0, 0xfe, 1]),
  row(le.boolBit(5), true, [0b100000]),
];

describe("a value and its bytes", () => {
  test.each(rows)("%s", (codec, value, bytes) => {
    expect([...codec.encode(value as never)]).toEqual(bytes);
    expect(codec.decode(new Uint8Array(bytes))).toEqual(value);
  });
});

describe("bitfields of every place and width", () => {
  test.each([
    ["little", le],
    ["big", be],
  ] as const)("%s-endian: a neighbour is never touched, and what is written is read", (_order, order) => {
    for (let bit = 0; bit < 8; bit++) {
      for (let width = 1; width <= 64; width++) {
        const codec = order.bigBits(bit, width, false);
        const bytes = new Uint8Array(codec.size).fill(0xff);
        const view = new DataView(bytes.buffer);
        const value = 0x5555_5555_5555_5555n & ((1n << BigInt(width)) - 1n);
        codec.write(view, 0, value);
        expect(codec.read(view, 0)).toBe(value);
        codec.write(view, 0, (1n << BigInt(width)) - 1n);
        expect([...bytes]).toEqual(Array.from({ length: codec.size }, () => 0xff));
        if (width <= 32) {
          const small = order.bits(bit, width, true);
          small.write(view, 0, -1);
          expect(small.read(view, 0)).toBe(-1);
          small.write(view, 0, 0);
          expect(small.read(view, 0)).toBe(0);
        }
      }
    }
  });
});

describe("char[16], the field of command names, keeps the last ones seen", () => {
  const comm = le.chars(16);

  test("a name that shares a slot, a prefix or a tail with another is not mixed up with it", () => {
    const names = Array.from({ length: 5000 }, (_, i) => `worker/${i % 700}:${i % 3}`);
    const bytes = names.map((name) => comm.encode(name));
    for (let round = 0; round < 3; round++) {
      for (const [i, each] of bytes.entries()) expect(comm.decode(each)).toBe(names[i]);
    }
  });

  test("bytes behind the NUL do not show", () => {
    const bytes = comm.encode("sh");
    bytes[9] = 0x41;
    expect(comm.decode(bytes)).toBe("sh");
  });
});

describe("strings", () => {
  test("bytes that are no UTF-8 become U+FFFD", () => {
    expect(le.chars(4).decode(new Uint8Array([0x61, 0xff, 0x62, 0]))).toBe("a\ufffdb");
    expect(le.chars(40).decode(new Uint8Array(40).fill(0x80, 0, 1))).toBe("\ufffd");
  });

  test("every length, around each way of reading", () => {
    for (let size = 1; size <= 70; size++) {
      for (let length = 0; length <= size; length++) {
        const text = "abcdefghij".repeat(7).slice(0, length);
        expect(le.chars(size).decode(le.chars(size).encode(text))).toBe(text);
      }
    }
  });
});

describe("what does not fit is an error that says so", () => {
  const bad: readonly (readonly [
    name: string,
    codec: Codec<never, never>,
    value: unknown,
    message: string,
  ])[] = (
    [
      ["above", le.u16, 70000, "70000 is out of range for __u16"],
      ["below", le.u8, -1, "-1 is out of range for __u8"],
      ["NaN", le.u32, Number.NaN, "NaN is not an integer (__u32)"],
      ["fraction", le.i32, 1.5, "1.5 is not an integer (__s32)"],
      ["string for a number", le.u32, "7", '"7" is not an integer (__u32)'],
      ["bigint for a number", le.u32, 7n, "7n is not an integer (__u32)"],
      ["missing", le.u32, undefined, "is missing (an integer (__u32))"],
      ["null", le.u64, null, "null is not a bigint (__u64)"],
      ["unsafe number", le.u64, 2 ** 53, "9007199254740992 is no exact integer: give a bigint (__u64)"],
      ["negative u64", le.u64, -1n, "-1 is out of range for __u64"],
      ["big i64", le.i64, 2n ** 63n, "9223372036854775808 is out of range for __s64"],
      ["number for a boolean", le.bool, 1, "1 is not a boolean"],
      ["long string", le.chars(4), "nodes", "5 bytes of UTF-8 are too long for char[4]"],
      ["long UTF-8", le.chars(4), "€€", "6 bytes of UTF-8 are too long for char[4]"],
      ["lone surrogate", le.chars(8), "a\ud800", "has a lone surrogate, which UTF-8 cannot express"],
      ["NUL", le.chars(8), "a\0b", "holds a NUL, which ends a string in C"],
      ["short bytes", le.bytes(4), new Uint8Array(3), "has 3 bytes, not 4"],
      ["array for bytes", le.bytes(2), [1, 2], "an array of 2 is not a Uint8Array of 2 bytes"],
      ["few elements", le.numbers("u16", 3), [1, 2], "has 2 elements, not 3"],
      ["element", le.numbers("u8", 3), [1, 256, 2], "256 is out of range for __u8"],
      ["wide bitfield", le.bits(0, 3, false), 8, "8 is out of range for an unsigned bitfield of 3 bits"],
      ["enum", le.enumeration<0>("enum e", 1, false, { A: 0 }), 256, "256 is out of range for __u8"],
    ] as const
  ).map(([name, codec, value, message]) => [name, codec as unknown as Codec<never, never>, value, message]);

  test.each(bad)("%s", (_name, codec, value, message) => {
    let thrown: unknown;
    try {
      codec.encode(value as never);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ValueError);
    expect((thrown as ValueError).reason).toBe(message);
  });

  test("too few bytes to decode", () => {
    expect(() => le.u32.decode(new Uint8Array(3))).toThrow("__u32 has 4 bytes, but only 3 were given");
  });

  test("what is no bytes at all", () => {
    expect(() => le.u32.decode("1234" as never)).toThrow('"1234" is not a Uint8Array to decode __u32 from');
    expect(() => le.u32.decode(undefined as never)).toThrow(ValueError);
  });

  test("the path leads to the element", () => {
    expect(() =>
      le.array(le.array(le.u16, 2), 2).encode([
        [1, 2],
        [3, 70000],
      ]),
    ).toThrow("[1][1]: 70000 is out of range for __u16");
  });
});
