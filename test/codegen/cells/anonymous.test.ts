/** Anonymous structs and unions: their members are the parent's, as in C. */
import { describe, expect, test } from "vitest";
import { Unnamed as UnnamedBe, CellsBeData } from "../../golden/cells.be.skel.ts";
import { CellsData, Unnamed } from "../../golden/cells.skel.ts";
import { Lifted } from "../../golden/unions.skel.ts";
import { initialBytes, memoryOf } from "../support.ts";
import { describeCells, expectRefusal } from "./cell.ts";
import { u16 } from "./types.ts";

describeCells([
  {
    name: "anonymous",
    type: (btf) => {
      const type = u16(btf);
      const inner = btf.composite("STRUCT", "", 2, [{ name: "b", type, bits: 0 }]);
      return btf.composite("STRUCT", "outer", 4, [
        { name: "a", type, bits: 0 },
        { name: "", type: inner, bits: 16 },
      ]);
    },
    little: "01000200",
    big: "00010002",
    value: { a: 1, b: 2 },
    refuses: [
      [{ a: 1, b: 70000 }, "70000 is out of range for __u16", ".b"],
      [{ a: 1 }, "is missing", ".b"],
      [{ a: 1, b: 2, c: 3 }, "unknown member; there are a, b", ".c"],
      [null, "null is not an object with a, b"],
    ],
  },
]);

describe.each([
  { fixture: "cells.bpf.o", Class: CellsData, codec: Unnamed, whole: 0x00050004 },
  { fixture: "cells.be.bpf.o", Class: CellsBeData, codec: UnnamedBe, whole: 0x00040005 },
])("$fixture", ({ fixture, Class, codec, whole }) => {
  const initial = initialBytes(fixture, ".data");
  const own = { first: 1, second: 2, third: -3 };

  test("is read as C has it", () => {
    const { unnamed } = new Class(memoryOf(initial));
    expect({ ...unnamed }).toMatchObject({ ...own, whole, low: 4, high: 5 });
    expect(Object.keys(unnamed)).toEqual(["first", "second", "third", "whole", "low", "high"]);
  });

  test("is written as C has it, by either alternative", () => {
    const memory = memoryOf(initial);
    const data = new Class(memory);
    data.unnamed = { first: 0, second: 0, third: 0, whole: 0 };
    expect(memory.bytes).not.toEqual(initial);
    data.unnamed = { ...own, low: 4, high: 5 };
    expect(memory.bytes).toEqual(initial);
    data.unnamed = { ...own, whole: 0 };
    data.unnamed = { ...own, whole };
    expect(memory.bytes).toEqual(initial);
  });

  test.each([
    [{ ...own }, "unnamed", "exactly one of whole, { low, high }; given: none"],
    [{ ...own, whole: 1, low: 1, high: 2 }, "unnamed", "given: whole and { low, high }"],
    [{ ...own, low: 1 }, "unnamed.high", "is missing"],
    [{ ...own, low: 1, high: 70000 }, "unnamed.high", "70000 is out of range for __u16"],
    [{ ...own, third: 128, whole: 1 }, "unnamed.third", "128 is out of range for __s8"],
    [{ first: 1, third: 1, whole: 1 }, "unnamed.second", "is missing"],
    [{ ...own, whole: 1, more: 1 }, "unnamed.more", "unknown member; there are first, second, third"],
  ])("%j is refused", (value, path, reason) => {
    expectRefusal(() => codec.encode(value as never), path, reason);
  });
});

/** Encodes a value that TypeScript need not agree with. */
function encode(value: object): Uint8Array {
  return Lifted.encode(value as never);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

describe("members of an unnamed union with an unnamed struct and an unnamed union in it", () => {
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
