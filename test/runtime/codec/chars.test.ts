import { describe, expect, test } from "vitest";
import { getChars } from "tinybpf/gen-v1";

/** Sizes that are read in a loop, the size of a command's name, and sizes that go to C++; not all multiples of 4. */
const SIZES = [1, 3, 4, 12, 16, 31, 32, 33, 47, 64];

/** A byte that is text, one that a borrow makes look like NUL, and the first and last that are not ASCII. */
const FILLS = [0x61, 0x01, 0x80, 0xff];

describe.each(SIZES)("char[%i]", (size) => {
  test.each(FILLS)("of bytes %i ends at the first NUL, wherever that is", (fill) => {
    for (let end = 0; end <= size; end++) {
      for (const behind of [0, 0x01, 0x62]) {
        const memory = new Uint8Array(size + 8).fill(behind);
        memory.fill(fill, 3, 3 + end);
        if (end < size) memory[3 + end] = 0;
        const expected = Buffer.from(memory.buffer, 3, end).toString("utf8");
        expect(getChars(new DataView(memory.buffer), 3, size)).toBe(expected);
      }
    }
  });
});
