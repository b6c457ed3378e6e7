/** Which numbers the checks accept: exactly the integers of the range, whatever else JavaScript makes of a value. */
import { describe, expect, test } from "vitest";
import {
  bigSigned,
  bigUnsigned,
  i16,
  i32,
  i64,
  i8,
  signed,
  u16,
  u32,
  u64,
  u8,
  unsigned,
} from "tinybpf/gen-v1";

const POWERS = [0, 1, 7, 8, 15, 16, 30, 31, 32, 33, 52, 53, 63, 64, 100].map((bits) => 2 ** bits);

const NUMBERS: readonly number[] = [
  ...POWERS.flatMap((power) => [power - 1, power, power + 1, -power - 1, -power, -power + 1, power + 0.5]),
  -0,
  0.1,
  Number.NaN,
  Infinity,
  -Infinity,
  Number.MAX_VALUE,
  Number.MIN_VALUE,
];

/** Values that operators turn into a number that would fit. */
const OTHERS: readonly unknown[] = [
  undefined,
  null,
  "1",
  "",
  true,
  [],
  [1],
  {},
  { valueOf: () => 1 },
  new Date(1),
  Symbol("1"),
  () => 1,
];

type Check = (value: never) => number | bigint;

const CHECKS: readonly (readonly [name: string, bits: number, isSigned: boolean, check: Check])[] = [
  ["u8", 8, false, u8],
  ["i8", 8, true, i8],
  ["u16", 16, false, u16],
  ["i16", 16, true, i16],
  ["u32", 32, false, u32],
  ["i32", 32, true, i32],
  ["u64", 64, false, u64],
  ["i64", 64, true, i64],
  ...[1, 2, 7, 8, 31, 32].flatMap((bits): (typeof CHECKS)[number][] => [
    [`unsigned ${bits}`, bits, false, (value) => unsigned(value, bits)],
    [`signed ${bits}`, bits, true, (value) => signed(value, bits)],
  ]),
  ...[1, 33, 63, 64, 100].flatMap((bits): (typeof CHECKS)[number][] => [
    [`bigUnsigned ${bits}`, bits, false, (value) => bigUnsigned(value, bits)],
    [`bigSigned ${bits}`, bits, true, (value) => bigSigned(value, bits)],
  ]),
];

describe.each(CHECKS)("%s", (name, bits, isSigned, check) => {
  const min = isSigned ? -(1n << BigInt(bits - 1)) : 0n;
  const max = min + (1n << BigInt(bits)) - 1n;
  const isBig = bits > 32 || name.startsWith("big");

  test("takes the numbers of its range", () => {
    for (const value of NUMBERS) {
      const isInteger = isBig ? Number.isSafeInteger(value) : Number.isInteger(value);
      const fits = isInteger && BigInt(value) >= min && BigInt(value) <= max;
      if (fits) expect(BigInt(check(value as never)), String(value)).toBe(BigInt(value));
      else expect(() => check(value as never), String(value)).toThrow(/.+/u);
    }
  });

  test("takes nothing else", () => {
    for (const value of OTHERS) expect(() => check(value as never)).toThrow(/is missing|is not an? /u);
  });

  if (!isBig) return;
  test("takes the bigints of its range", () => {
    for (const value of [min - 1n, min, min + 1n, 0n, max - 1n, max, max + 1n]) {
      if (value >= min && value <= max) expect(check(value as never)).toBe(value);
      else expect(() => check(value as never)).toThrow(`${value} is out of range for`);
    }
  });
});
