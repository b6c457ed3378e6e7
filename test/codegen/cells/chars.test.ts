/** `char[N]`: a `string` of UTF-8 up to the first NUL. */
import { describe, expect, test } from "vitest";
import { le } from "../../../src/runtime/codec/kinds.ts";
import { CellsData } from "../../golden/cells.skel.ts";
import { initialBytes, memoryOf } from "../support.ts";
import { type Refusal, bytewise, describeCells } from "./cell.ts";
import { describeCompiled } from "./compiled.ts";
import { array, char, flaggedChar } from "./types.ts";

const REFUSES: readonly Refusal[] = [
  ["123456789", "9 bytes of UTF-8 are too long for char[8]"],
  ["éééée", "9 bytes of UTF-8 are too long for char[8]"],
  ["\u{1f600}\u{1f600}!", "9 bytes of UTF-8 are too long for char[8]"],
  ["x".repeat(100_000), "100000 bytes of UTF-8 are too long for char[8]"],
  ["a\0b", "holds a NUL, which ends a string in C"],
  ["\0", "holds a NUL, which ends a string in C"],
  ["\ud800", "has a lone surrogate, which UTF-8 cannot express"],
  ["a\udc00", "has a lone surrogate, which UTF-8 cannot express"],
  ["\udc00\ud800", "has a lone surrogate, which UTF-8 cannot express"],
  [5, "5 is not a string (char[8])"],
  [5n, "5n is not a string (char[8])"],
  [null, "null is not a string (char[8])"],
  [undefined, "is missing (a string (char[8]))"],
  [Uint8Array.of(104, 105), "an object is not a string (char[8])"],
  [["h", "i"], "an array of 2 is not a string (char[8])"],
  [{}, "an object is not a string (char[8])"],
];

describeCells([
  bytewise("string", array(char, 8), "68c3a96c6c6f0000", "héllo", { refuses: REFUSES }),
  bytewise("string_empty", array(char, 8), "0000000000000000", ""),
  bytewise("string_full", array(char, 2), "6869", "hi", {
    refuses: [["hi!", "3 bytes of UTF-8 are too long for char[2]"]],
  }),
  bytewise("string_full_utf8", array(char, 4), "f09f9880", "\u{1f600}"),
  bytewise("string_one", array(char, 1), "00", "", { refuses: [["ab", "too long for char[1]"]] }),
  bytewise("string_comm", array(char, 16), "6e6f64652d6a732d776f726b65720000", "node-js-worker"),
  bytewise("string_long", array(char, 40), "61".repeat(39) + "00", "a".repeat(39)),
  bytewise("string_flag", array(flaggedChar, 4), "68690000", "hi"),
  bytewise(
    "string_typedef",
    array((btf) => btf.ref("CONST", btf.ref("TYPEDEF", char(btf), "c_t")), 4),
    "61000000",
    "a",
  ),
  bytewise("strings", array(char, 2, 3), "616200630000", ["ab", "c"], {
    refuses: [
      [["ab", "c", "d"], "has 3 elements, not 2"],
      [["ab", "cdef"], "4 bytes of UTF-8 are too long for char[3]", "[1]"],
      ["abc", '"abc" is not an array of 2'],
    ],
  }),
]);

describeCompiled({ text: "héllo", text_full: "hi", texts: ["ab", "", "cdef"] });

describe("what C may store and no string has", () => {
  const text = le.chars(6);

  test("bytes behind the NUL are no part of it, and are cleared when it is written", () => {
    const memory = memoryOf(initialBytes("cells.bpf.o", ".data"));
    const data = new CellsData(memory);
    expect(data.text_after_nul).toBe("a");
    const before = Buffer.from(memory.bytes);
    data.text_after_nul = "a";
    const at = before.indexOf("a\0bc\0\0");
    expect(Buffer.from(memory.bytes).subarray(at, at + 6)).toEqual(Buffer.from("a\0\0\0\0\0"));
    before.fill(0, at + 1, at + 6);
    expect(Buffer.from(memory.bytes)).toEqual(before);
  });

  test.each([
    ["ff686900", "\ufffdhi"],
    ["61c3", "a\ufffd"],
    ["eda080", "\ufffd\ufffd\ufffd"],
    ["616263646566", "abcdef"],
  ])("%s is %j: bytes that are no UTF-8 become U+FFFD", (hex, expected) => {
    expect(text.decode(Buffer.from(hex.padEnd(12, "0"), "hex"))).toBe(expected);
  });
});
