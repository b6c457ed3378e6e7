/** Structs, nested, packed and empty: an object with every member; padding is written as 0. */
import { describe, expect, test } from "vitest";
import { Line, Point } from "../../golden/cells.skel.ts";
import { AlignedMembers, HasEmpty, PackedOuter } from "../../golden/packed.skel.ts";
import { PackedData } from "../../golden/packed.skel.ts";
import { type Refusal, bytewise, describeCells, expectRefusal } from "./cell.ts";
import { describeCompiled, other } from "./compiled.ts";
import { initialBytes, memoryOf } from "../support.ts";
import { point } from "./types.ts";

const NO_OBJECTS: readonly Refusal[] = [
  [null, "null is not an object with x, y"],
  [undefined, "is missing (an object with x, y)"],
  [5, "5 is not an object with x, y"],
  ["x", '"x" is not an object with x, y'],
  [() => 1, "a function is not an object with x, y"],
  [[], "is missing", ".x"],
  [{}, "is missing", ".x"],
];

describeCells([
  {
    name: "struct",
    type: point,
    little: "01000200",
    big: "00010002",
    value: { x: 1, y: 2 },
    accepts: [{ y: 2, x: 1 }, Object.assign(Object.create(null), { x: 1, y: 2 })],
    refuses: [
      ...NO_OBJECTS,
      [{ x: 1 }, "is missing", ".y"],
      [{ x: 1, y: undefined }, "is missing", ".y"],
      [{ x: 1, y: null }, "null is not an integer (__u16)", ".y"],
      [{ x: 1, y: 70000 }, "70000 is out of range for __u16", ".y"],
      [{ x: 1, y: 2, z: 3 }, "unknown member; there are x, y", ".z"],
      [{ x: 1, y: 2, z: undefined }, "unknown member; there are x, y", ".z"],
      [{ x: 1, y: 2, toString: 3 }, "unknown member; there are x, y", ".toString"],
      [{ x: 1, Y: 2 }, "is missing", ".y"],
    ],
  },
  bytewise("empty", (btf) => btf.composite("STRUCT", "empty", 0, []), "", {}, { alone: true }),
]);

describeCompiled({
  point: { x: 1, y: -2 },
  line: {
    id: 9,
    from: { x: 1, y: -1 },
    via: [
      { x: 2, y: -2 },
      { x: 3, y: -3 },
    ],
  },
});

describe("paths", () => {
  const from = { x: 1, y: 2 };

  test.each([
    [{ id: 1, from: { x: 300, y: 2 }, via: [from, from] }, "line.from.x", "300 is out of range for __u8"],
    [
      { id: 1, from, via: [from, { x: 1, y: 2 ** 31 }] },
      "line.via[1].y",
      "2147483648 is out of range for __s32",
    ],
    [{ id: 1, from, via: [from, { ...from, z: 1 }] }, "line.via[1].z", "unknown member; there are x, y"],
    [{ id: 1, from, via: [from] }, "line.via", "has 1 elements, not 2"],
    [{ id: 1, from, via: [from, from], more: 1 }, "line.more", "unknown member; there are id, from, via"],
    [{ id: 1, via: [from, from] }, "line.from", "is missing (an object with x, y)"],
  ])("%j", (value, path, reason) => {
    expectRefusal(() => Line.encode(value as never), path, reason);
  });
});

describe("layout", () => {
  test("padding is 0 over whatever was there", () => {
    const bytes = new Uint8Array(Point.size).fill(0xee);
    Point.write(new DataView(bytes.buffer), 0, { x: 1, y: 2 });
    expect(bytes).toEqual(Uint8Array.of(1, 0, 0, 0, 2, 0, 0, 0));
  });

  test("of packed, aligned and empty members is C's", () => {
    expect([PackedOuter.size, PackedOuter.fields["packed"]?.offset]).toEqual([69, 25]);
    expect([AlignedMembers.fields["b"]?.offset, AlignedMembers.fields["line"]?.offset]).toEqual([16, 64]);
    expect(HasEmpty.encode({ before: 1, nothing: {}, after: 2 })).toEqual(
      Uint8Array.of(1, 0, 0, 0, 2, 0, 0, 0),
    );
    expectRefusal(
      () => HasEmpty.encode({ before: 1, nothing: { x: 1 }, after: 2 }),
      "has_empty.nothing.x",
      "unknown member",
    );
  });

  test("packed as clang compiled it", () => {
    const initial = initialBytes("packed.bpf.o", ".data");
    const memory = memoryOf(initial);
    const data = new PackedData(memory);
    const value = { a: 1, b: 0x0203040506070809n, c: 0x0a0b, d: 0x0c0d0e0f, name: "xy" };
    expect(data.packed).toEqual(value);
    data.packed = other(value) as typeof value;
    expect(memory.bytes).not.toEqual(initial);
    data.packed = value;
    expect(memory.bytes).toEqual(initial);
  });
});

test("values may be views and instances of classes: members need not be their own", () => {
  class Instance {
    get x(): number {
      return 1;
    }
    get y(): number {
      return 2;
    }
  }
  const bytes = Point.encode(new Instance());
  expect(Point.encode(Point.view(bytes))).toEqual(bytes);
});

test("too few bytes are no value, more are", () => {
  expect(() => Line.decode(new Uint8Array(Line.size - 1))).toThrow(
    "struct line has 25 bytes, but only 24 were given",
  );
  expect(Line.decode(new Uint8Array(Line.size + 9)).id).toBe(0);
  expect(() => Line.decode("x" as never)).toThrow('"x" is not a Uint8Array to decode struct line from');
});
