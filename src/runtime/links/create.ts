/** `BPF_LINK_CREATE`, for kinds of programs that are attached to a descriptor or an interface. */
import { LibraryError } from "../errors.ts";
import { libbpf, libbpfOlderThan, needsLibbpf } from "../native.ts";
import type { Anchor } from "./anchor.ts";

/** What may be said of a link; nothing by default. */
export interface LinkCreation {
  readonly flags?: number;
  readonly anchor?: Anchor;
  /** The libbpf that knows anchors for this kind of link; older ones refuse them (bpf_link_create, bpf.c). */
  readonly anchorsSince?: string;
}

/**
 * Makes a link.
 *
 * @returns its descriptor, or a negative error number
 * @throws {LibraryError} for an anchor other than first or last, when libbpf is too old for it
 */
export function createLink(
  program: number,
  target: number,
  attachType: number,
  { flags = 0, anchor, anchorsSince = "1.3" }: LinkCreation = {},
): number {
  const relative = anchor?.descriptor ?? 0;
  if (relative !== 0 && libbpfOlderThan(anchorsSince))
    throw new LibraryError(needsLibbpf("attaching before or after another program", anchorsSince));
  return libbpf.bpf_link_create(program, target, attachType, {
    flags: flags | (anchor?.flags ?? 0),
    pad: 0,
    iter_info: null,
    iter_info_len: 0,
    target_btf_id: 0,
    relative_fd: relative,
    relative_id: 0,
    expected_revision: 0,
  });
}
