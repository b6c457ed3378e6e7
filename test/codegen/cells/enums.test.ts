/** Enums: an object of the enumerators and a union of their values; a value outside the set is kept. */
import { describe, expect, test } from "vitest";
import {
  SignedEnum,
  SmallEnum,
  TinyEnum,
  UnsignedEnum,
  WideEnum,
  WideSignedEnum,
} from "../../golden/cells.skel.ts";
import { Alias } from "../../golden/enums.skel.ts";
import { type Refusal, bytewise, describeCells, scalar } from "./cell.ts";
import { describeCompiled } from "./compiled.ts";
import { noIntegers } from "./refusals.ts";
import { enumeration, enumeration64 } from "./types.ts";

function refuses(type: string, min: number, max: number): readonly Refusal[] {
  return [
    [min - 1, `${min - 1} is out of range for ${type}`],
    [max + 1, `${max + 1} is out of range for ${type}`],
    ["NEW", `"NEW" is not an integer (${type})`],
    [1n, `1n is not an integer (${type})`],
    ...noIntegers(type),
  ];
}

function refusesBig(type: string, min: bigint, max: bigint): readonly Refusal[] {
  return [
    [min - 1n, `${min - 1n} is out of range for ${type}`],
    [max + 1n, `${max + 1n} is out of range for ${type}`],
    ["B", `"B" is not a bigint (${type})`],
    ...noIntegers(type),
  ];
}

const U64_MAX = 0xffff_ffff_ffff_ffffn;

describeCells([
  scalar(
    "enum",
    enumeration("state", 4, false, [
      ["NEW", 0],
      ["OLD", 7],
    ]),
    "00000007",
    7,
    { refuses: refuses("__u32", 0, 0xffffffff) },
  ),
  scalar("enum_outside", enumeration("state2", 4, false, [["NEW2", 0]]), "fffffff0", 0xfffffff0),
  scalar("enum_signed", enumeration("level", 4, true, [["LOW", -10]]), "fffffff6", -10, {
    refuses: refuses("__s32", -0x80000000, 0x7fffffff),
  }),
  bytewise("enum_tiny", enumeration("tiny", 1, false, [["T", 200]]), "c8", 200, {
    refuses: refuses("__u8", 0, 255),
  }),
  scalar("enum_small", enumeration("small", 2, true, [["S", -300]]), "fed4", -300, {
    refuses: refuses("__s16", -0x8000, 0x7fff),
  }),
  scalar("enum_wide", enumeration("wide", 8, false, [["W", 5]]), "0000000000000005", 5n, {
    refuses: refusesBig("__u64", 0n, U64_MAX),
  }),
  scalar("enum64", enumeration64("big", false, [["B", U64_MAX]]), "ffffffffffffffff", U64_MAX, {
    refuses: refusesBig("__u64", 0n, U64_MAX),
  }),
  scalar("enum64_signed", enumeration64("big_signed", true, [["BS", -1n]]), "ffffffffffffffff", -1n, {
    refuses: refusesBig("__s64", -(1n << 63n), (1n << 63n) - 1n),
  }),
  scalar("enum64_outside", enumeration64("big2", false, [["B2", 0n]]), "8000000000000000", 1n << 63n),
  scalar("enum_unknown", enumeration("opaque", 4, false, []), "00000003", 3, {
    refuses: refuses("__u32", 0, 0xffffffff),
  }),
]);

describeCompiled({
  enum_value: UnsignedEnum.U_SEVEN,
  enum_outside: 8,
  enum_negative: SignedEnum.S_LOW,
  enum_small: SmallEnum.SMALL,
  enum_tiny: TinyEnum.TINY,
  enum_wide: WideEnum.WIDE,
  enum_wide_negative: WideSignedEnum.WIDE_LOW,
});

describe("the object of enumerators", () => {
  test("has C's names and values", () => {
    expect(UnsignedEnum).toEqual({ U_ZERO: 0, U_SEVEN: 7, U_TOP: 0xffffffff });
    expect(SignedEnum).toEqual({ S_LOW: -10, S_HIGH: 10 });
    expect(WideEnum).toEqual({ WIDE: U64_MAX });
    expect(WideSignedEnum).toEqual({ WIDE_LOW: -(1n << 63n) });
  });

  test("keeps all names of one value", () => {
    expect(Alias).toEqual({ ALIAS_A: 1, ALIAS_B: 1, ALIAS_C: 2, ALIAS_FIRST: 1 });
  });
});
