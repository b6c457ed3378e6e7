/** Where a program runs among the others that are attached to the same place. */
import { u32, wrong } from "../codec/check.ts";
import { ValueError } from "../errors.ts";
import { Link } from "./link.ts";

/** Something attached already, or all that is. */
export type AnchorTarget = "all" | Link | { readonly fd: number };

/** Where in the order it runs; by default last. At most one of them may be given. */
export interface Position {
  /** A link or program that is attached to the same place, or `"all"`: first. */
  readonly before?: AnchorTarget;
  /** A link or program that is attached to the same place, or `"all"`: last. */
  readonly after?: AnchorTarget;
}

/** A position, as the kernel takes it. */
export interface Anchor {
  readonly flags: number;
  /** 0 for none: first with `before`, last with `after`. */
  readonly descriptor: number;
}

// include/uapi/linux/bpf.h
const BPF_F_BEFORE = 1 << 3;
const BPF_F_AFTER = 1 << 4;
/** What stands in place of a program is a link; of a struct_ops map: it is to have one. @internal */
export const BPF_F_LINK: number = 1 << 13;

/**
 * Reads a position.
 *
 * @returns undefined when there is none
 * @throws {ValueError} when it is neither, or there are two
 */
export function anchorOf({ before, after }: Position): Anchor | undefined {
  if (before !== undefined && after !== undefined)
    throw new ValueError("cannot be given together with before", "after");
  if (before !== undefined) return anchor(before, BPF_F_BEFORE, "before");
  if (after !== undefined) return anchor(after, BPF_F_AFTER, "after");
  return undefined;
}

function anchor(target: AnchorTarget, flag: number, name: string): Anchor {
  if (target === "all") return { flags: flag, descriptor: 0 };
  if (typeof target !== "object" || target === null) throw wrong(target, 'a link, a program or "all"', name);
  const descriptor = u32(target.fd, `${name}.fd`);
  return { flags: flag | (target instanceof Link ? BPF_F_LINK : 0), descriptor };
}
