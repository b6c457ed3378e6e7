/** Arrays of anything else, and of several dimensions: `T[]`; written from exactly N elements. */
import { type Refusal, bytewise, describeCells } from "./cell.ts";
import { describeCompiled } from "./compiled.ts";
import { array, bool, enumeration, point, u128, u16 } from "./types.ts";

function lengths(count: number): readonly Refusal[] {
  return [
    [[], `has 0 elements, not ${count}`],
    [Array.from({ length: count + 1 }), `has ${count + 1} elements, not ${count}`],
    ["ab", `"ab" is not an array of ${count}`],
    [{}, `an object is not an array of ${count}`],
    [null, `null is not an array of ${count}`],
    [undefined, `is missing (an array of ${count})`],
  ];
}

/** An array with a hole. */
const hole: unknown[] = [true, true];
hole.length = 3;

describeCells([
  bytewise("bools", array(bool, 3), "010001", [true, false, true], {
    refuses: [
      ...lengths(3),
      [[true, 1, false], "1 is not a boolean", "[1]"],
      [hole, "is missing (a boolean)", "[2]"],
      [Uint8Array.of(1, 0, 1), "1 is not a boolean", "[0]"],
    ],
  }),
  {
    name: "u128s",
    type: array(u128, 2),
    little: "0100000000000000000000000000000000000000000000000000000000000000",
    big: "0000000000000000000000000000000100000000000000000000000000000000",
    value: [1n, 0n],
    accepts: [[1, 0]],
    refuses: [...lengths(2), [[1n, -1n], "-1 is out of range for unsigned __int128", "[1]"]],
  },
  {
    name: "grid",
    type: array(u16, 2, 1, 2),
    little: "0100020003000400",
    big: "0001000200030004",
    value: [[Uint16Array.of(1, 2)], [Uint16Array.of(3, 4)]],
    accepts: [[[[1, 2]], [[3, 4]]]],
    refuses: [
      ...lengths(2),
      [[[[1, 2]], [[3, 70000]]], "70000 is out of range for __u16", "[1][0][1]"],
      [[[[1, 2]], [[3]]], "has 1 elements, not 2", "[1][0]"],
      [[[[1, 2]], []], "has 0 elements, not 1", "[1]"],
      [[[[1, 2]], 3], "3 is not an array of 1", "[1]"],
      [
        [
          [1, 2],
          [3, 4],
        ],
        "has 2 elements, not 1",
        "[0]",
      ],
      [[1, 2, 3, 4], "has 4 elements, not 2"],
    ],
  },
  {
    name: "structs",
    type: array(point, 2),
    little: "0100020003000400",
    big: "0001000200030004",
    value: [
      { x: 1, y: 2 },
      { x: 3, y: 4 },
    ],
    refuses: [
      ...lengths(2),
      [
        [
          { x: 1, y: 2 },
          { x: 3, y: -4 },
        ],
        "-4 is out of range for __u16",
        "[1].y",
      ],
      [[{ x: 1, y: 2 }, { x: 3 }], "is missing", "[1].y"],
      [
        [
          { x: 1, y: 2 },
          { x: 3, y: 4, z: 5 },
        ],
        "unknown member; there are x, y",
        "[1].z",
      ],
      [[{ x: 1, y: 2 }, null], "null is not an object with x, y", "[1]"],
    ],
  },
  {
    name: "enums",
    type: array(
      enumeration("state3", 2, false, [
        ["A3", 1],
        ["B3", 2],
      ]),
      2,
    ),
    little: "01000200",
    big: "00010002",
    value: [1, 2],
    refuses: [...lengths(2), [[1, 70000], "70000 is out of range for __u16", "[1]"]],
  },
]);

describeCompiled({
  bools: [true, false, true],
  s128s: [-1n, 1n],
  cube: [[Uint16Array.of(1, 2)], [Uint16Array.of(3, 4)]],
  enums: [-300, 5],
  points: [
    { x: 1, y: 2 },
    { x: 3, y: 4 },
  ],
});
