/** What has no value: flexible arrays, functions, types that are declared only. The rest of the type is as ever. */
import { describe, expect, test } from "vitest";
import { LeftOut } from "../../golden/cells.skel.ts";
import { describeCells, expectRefusal } from "./cell.ts";
import { describeCompiled } from "./compiled.ts";
import { type AddType, u16, u32 } from "./types.ts";

const flexible: AddType = (btf) =>
  btf.composite("STRUCT", "flexible", 4, [
    { name: "count", type: u32(btf), bits: 0 },
    { name: "rest", type: btf.array(u16(btf), 0), bits: 32 },
  ]);

describeCells([
  {
    name: "flexible",
    type: flexible,
    little: "02000000",
    big: "00000002",
    value: { count: 2 },
    refuses: [
      [{ count: 2, rest: [1] }, "cannot be written: it has no size of its own", ".rest"],
      [{ count: 2, rest: [] }, "cannot be written: it has no size of its own", ".rest"],
      [{ count: 2, other: 1 }, "unknown member", ".other"],
      [{ rest: [1] }, "is missing", ".count"],
    ],
  },
]);

describeCompiled({ left_out: { count: 2 } });

describe("a flexible array", () => {
  test("has a place, but is no member", () => {
    expect(LeftOut.fields["rest"]).toEqual({ offset: 4, size: 0 });
    expect(LeftOut.decode(Uint8Array.of(1, 0, 0, 0, 9, 9))).toEqual({ count: 1 });
    expectRefusal(
      () => LeftOut.encode({ count: 1, rest: [1] } as never),
      "left_out.rest",
      "cannot be written",
    );
  });
});
