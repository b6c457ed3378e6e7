/** `_Bool` is a `boolean`; `float` and `double` are `number`s, NaN and the infinities among them. */
import { describe, expect, test } from "vitest";
import { be, le } from "../../../src/runtime/codec/kinds.ts";
import { type Refusal, bytewise, describeCells, scalar } from "./cell.ts";
import { describeCompiled } from "./compiled.ts";
import { bool, float } from "./types.ts";

const NO_BOOLEANS: readonly Refusal[] = [
  [1, "1 is not a boolean"],
  [0, "0 is not a boolean"],
  [1n, "1n is not a boolean"],
  ["true", '"true" is not a boolean'],
  [null, "null is not a boolean"],
  [undefined, "is missing"],
  [{}, "an object is not a boolean"],
];

const NO_NUMBERS: readonly Refusal[] = [
  [1n, "1n is not a number"],
  ["1.5", '"1.5" is not a number'],
  [true, "true is not a number"],
  [null, "null is not a number"],
  [undefined, "is missing"],
  [{}, "an object is not a number"],
];

describeCells([
  bytewise("bool_true", bool, "01", true, { refuses: NO_BOOLEANS }),
  bytewise("bool_false", bool, "00", false),
  scalar("float", float(4), "3fc00000", 1.5, {
    refuses: [
      ...NO_NUMBERS,
      [1e39, "1e+39 is out of range for float"],
      [-Number.MAX_VALUE, "out of range for float"],
    ],
  }),
  scalar("float_nan", float(4), "7fc00000", Number.NaN),
  scalar("float_infinity", float(4), "ff800000", -Infinity),
  scalar("float_largest", float(4), "7f7fffff", 3.4028234663852886e38),
  scalar("float_minus_zero", float(4), "80000000", -0),
  scalar("float_rounded", float(4), "3dcccccd", Math.fround(0.1), { accepts: [0.1] }),
  scalar("double", float(8), "c002000000000000", -2.25, { refuses: NO_NUMBERS }),
  scalar("double_nan", float(8), "7ff8000000000000", Number.NaN),
  scalar("double_infinity", float(8), "7ff0000000000000", Infinity),
  scalar("double_minus_zero", float(8), "8000000000000000", -0),
  scalar("double_largest", float(8), "7fefffffffffffff", Number.MAX_VALUE),
]);

describeCompiled({ bool_true: true, float_value: 1.5, double_value: -2.25, infinity: Infinity });

describe.each([
  ["le", le],
  ["be", be],
])("a _Bool that C never stores (%s)", (_order, codecs) => {
  test.each([2, 0x80, 0xff])("%d is true", (byte) => {
    expect(codecs.bool.decode(Uint8Array.of(byte))).toBe(true);
  });
});
