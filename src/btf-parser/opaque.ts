/** Structs that have bytes, but no members that could be read. */
import type { Btf } from "./btf.ts";
import { sizeOf } from "./size.ts";
import type { BtfType } from "./types.ts";

/** A struct or union with a member that has no size cannot be laid out; its bytes are all there is. */
export function isOpaque(btf: Btf, type: BtfType): boolean {
  return (
    (type.kind === "STRUCT" || type.kind === "UNION") &&
    type.members.some((member) => sizeOf(btf, member.type) === undefined)
  );
}
