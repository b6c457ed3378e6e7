/** Integers up to 32 bits: `number`, range checked. */
import { type Refusal, bytewise, describeCells, scalar } from "./cell.ts";
import { describeCompiled } from "./compiled.ts";
import { noIntegers } from "./refusals.ts";
import { char, s16, s32, s8, u16, u32, u8 } from "./types.ts";

/** Both ends of a range, one beyond, and what is no integer. */
function refuses(type: string, min: number, max: number): readonly Refusal[] {
  return [
    [min - 1, `${min - 1} is out of range for ${type}`],
    [max + 1, `${max + 1} is out of range for ${type}`],
    [Number.MAX_SAFE_INTEGER, `out of range for ${type}`],
    [1n, `1n is not an integer (${type})`],
    ...noIntegers(type),
  ];
}

describeCells([
  bytewise("u8", u8, "ff", 255, { alone: true, refuses: refuses("__u8", 0, 0xff) }),
  bytewise("u8_zero", u8, "00", 0, { alone: true, accepts: [-0] }),
  bytewise("s8", s8, "80", -128, { refuses: refuses("__s8", -0x80, 0x7f) }),
  bytewise("s8_max", s8, "7f", 127),
  bytewise("char", char, "9f", -97, { alone: true, refuses: refuses("__s8", -0x80, 0x7f) }),
  scalar("u16", u16, "fffe", 0xfffe, { refuses: refuses("__u16", 0, 0xffff) }),
  scalar("u16_max", u16, "ffff", 0xffff),
  scalar("s16", s16, "8000", -0x8000, { refuses: refuses("__s16", -0x8000, 0x7fff) }),
  scalar("s16_max", s16, "7fff", 0x7fff),
  scalar("u32", u32, "fffffffe", 0xfffffffe, { refuses: refuses("__u32", 0, 0xffffffff) }),
  scalar("u32_max", u32, "ffffffff", 0xffffffff),
  scalar("u32_zero", u32, "00000000", 0, { accepts: [-0] }),
  scalar("s32", s32, "80000000", -0x80000000, { refuses: refuses("__s32", -0x80000000, 0x7fffffff) }),
  scalar("s32_max", s32, "7fffffff", 0x7fffffff),
  scalar("typedef", (btf) => btf.ref("TYPEDEF", btf.ref("CONST", u32(btf)), "my_u32"), "00000007", 7, {
    refuses: [[-1, "-1 is out of range for __u32"]],
  }),
  scalar("volatile", (btf) => btf.ref("VOLATILE", btf.ref("TYPE_TAG", s16(btf), "tag")), "fff9", -7),
]);

describeCompiled({
  u8_max: 255,
  s8_min: -128,
  char_negative: -97,
  u16_max: 0xfffe,
  s16_min: -0x8000,
  u32_max: 0xfffffffe,
  s32_min: -0x80000000,
  be16: 0x1234,
  named_u32: 7,
});
