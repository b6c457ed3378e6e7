/** `__u8[N]`, and bytes without a type: a `Uint8Array` of that length. */
import { describe, expect, test } from "vitest";
import { le } from "../../../src/runtime/codec/kinds.ts";
import { type Refusal, bytewise, describeCells, expectRefusal } from "./cell.ts";
import { describeCompiled } from "./compiled.ts";
import { array, float, u8 } from "./types.ts";

const REFUSES: readonly Refusal[] = [
  [Uint8Array.of(1, 2), "has 2 bytes, not 3"],
  [Uint8Array.of(1, 2, 3, 4), "has 4 bytes, not 3"],
  [new Uint8Array(0), "has 0 bytes, not 3"],
  [[1, 2, 3], "an array of 3 is not a Uint8Array of 3 bytes"],
  [Int8Array.of(1, 2, 3), "an object is not a Uint8Array of 3 bytes"],
  [Uint8ClampedArray.of(1, 2, 3), "an object is not a Uint8Array of 3 bytes"],
  [Uint16Array.of(1, 2, 3), "an object is not a Uint8Array of 3 bytes"],
  [new ArrayBuffer(3), "an object is not a Uint8Array of 3 bytes"],
  [new DataView(new ArrayBuffer(3)), "an object is not a Uint8Array of 3 bytes"],
  ["abc", '"abc" is not a Uint8Array of 3 bytes'],
  [3, "3 is not a Uint8Array of 3 bytes"],
  [null, "null is not a Uint8Array of 3 bytes"],
  [undefined, "is missing"],
];

describeCells([
  bytewise("bytes", array(u8, 3), "010203", Uint8Array.of(1, 2, 3), {
    accepts: [Buffer.of(1, 2, 3), Uint8Array.of(9, 1, 2, 3, 9).subarray(1, 4)],
    refuses: REFUSES,
  }),
  bytewise("bytes_2d", array(u8, 2, 2), "01020304", [Uint8Array.of(1, 2), Uint8Array.of(3, 4)], {
    refuses: [
      [[Uint8Array.of(1, 2), Uint8Array.of(3)], "has 1 bytes, not 2", "[1]"],
      [Uint8Array.of(1, 2, 3, 4), "has 4 elements, not 2"],
    ],
  }),
  bytewise(
    "long_double",
    float(16),
    "000102030405060708090a0b0c0d0e0f",
    Uint8Array.from({ length: 16 }, (_, i) => i),
    { refuses: [[1.5, "1.5 is not a Uint8Array of 16 bytes"]] },
  ),
]);

describeCompiled({
  bytes: Uint8Array.of(1, 2, 255),
  bytes_2d: [Uint8Array.of(1, 2), Uint8Array.of(3, 4)],
});

describe("a size without a type", () => {
  test("their codec takes bytes of that length alone", () => {
    const value = le.bytes(3);
    expect(value.encode(Uint8Array.of(1, 2, 3))).toEqual(Uint8Array.of(1, 2, 3));
    expectRefusal(() => value.encode(new Uint8Array(4)), "", "has 4 bytes, not 3");
  });
});

test("what was read is a copy", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const read = le.bytes(3).decode(bytes);
  bytes[0] = 9;
  expect(read).toEqual(Uint8Array.of(1, 2, 3));
});
