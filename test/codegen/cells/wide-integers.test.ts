/** 64 and 128 bits and pointers: `bigint`; written from a safe-integer `number`, too. */
import { type Refusal, describeCells, scalar } from "./cell.ts";
import { describeCompiled } from "./compiled.ts";
import { noIntegers } from "./refusals.ts";
import { pointer, s128, s64, u128, u64 } from "./types.ts";

function refuses(type: string, min: bigint, max: bigint): readonly Refusal[] {
  return [
    [min - 1n, `${min - 1n} is out of range for ${type}`],
    [max + 1n, `${max + 1n} is out of range for ${type}`],
    [2 ** 53, `9007199254740992 is no exact integer: give a bigint (${type})`],
    [-(2 ** 53), `-9007199254740992 is no exact integer: give a bigint (${type})`],
    [1e300, "is no exact integer"],
    ...noIntegers(type),
  ];
}

const U64 = refuses("__u64", 0n, 0xffff_ffff_ffff_ffffn);

describeCells([
  scalar("u64", u64, "fffffffffffffffe", 0xfffffffffffffffen, {
    refuses: [...U64, [-1, "-1 is out of range for __u64"]],
  }),
  scalar("u64_max", u64, "ffffffffffffffff", 0xffffffffffffffffn),
  scalar("u64_safe", u64, "001fffffffffffff", 0x1fffffffffffffn, { accepts: [Number.MAX_SAFE_INTEGER] }),
  scalar("u64_zero", u64, "0000000000000000", 0n, { accepts: [0, -0] }),
  scalar("s64", s64, "8000000000000000", -0x8000000000000000n, {
    refuses: refuses("__s64", -0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn),
  }),
  scalar("s64_max", s64, "7fffffffffffffff", 0x7fffffffffffffffn),
  scalar("s64_minus", s64, "ffffffffffffffff", -1n, { accepts: [-1] }),
  scalar("u128", u128, "ff00000000000000000000000000000a", 0xff00000000000000000000000000000an, {
    refuses: refuses("unsigned __int128", 0n, (1n << 128n) - 1n),
  }),
  scalar("s128", s128, "fffffffffffffffffffffffffffffffe", -2n, {
    accepts: [-2],
    refuses: refuses("__int128", -(1n << 127n), (1n << 127n) - 1n),
  }),
  scalar("pointer", pointer, "ffff888000000010", 0xffff888000000010n, { refuses: U64 }),
  scalar("pointer_null", pointer, "0000000000000000", 0n, { accepts: [0] }),
  scalar(
    "pointer_incomplete",
    (btf) => btf.ref("PTR", btf.ref("CONST", btf.ref("FWD", 0, "nowhere"))),
    "0000000000000010",
    16n,
  ),
  scalar("pointer_function", (btf) => btf.ref("PTR", btf.proto(0, [])), "0000000000000010", 16n),
]);

describeCompiled({
  u64_max: 0xfffffffffffffffen,
  u64_safe: 0x1fffffffffffffn,
  s64_min: -0x8000000000000000n,
  u128: 0xff00000000000000000000000000000an,
  s128: -2n,
  pointer: 0xffff888000000010n,
});
