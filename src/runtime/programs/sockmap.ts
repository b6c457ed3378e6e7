/** `SEC("sk_skb/…")`, `SEC("sk_msg")`: programs of the sockets in a sockmap or sockhash. */
import { isKeyOf } from "../arguments.ts";
import { show } from "../codec/check.ts";
import { EBUSY, EINVAL } from "../errno.ts";
import { ValueError } from "../errors.ts";
import { missingFromKernel } from "../kernel-facts.ts";
import { attachTypeNumber } from "../links/attach-types.ts";
import { descriptorLink, type LinkBackend, undoable } from "../links/backend.ts";
import { createLink } from "../links/create.ts";
import type { Link } from "../links/link.ts";
import { BpfMap } from "../maps/map.ts";
import { libbpf, libc } from "../native.ts";
import { duplicate } from "../own-descriptor.ts";
import { BaseProgram, type ProgramDescriptor } from "./base.ts";
import { descriptorNumber } from "./descriptor.ts";
import type { AttachHint, ProgramHandle } from "./handle.ts";

/** A sockmap or sockhash: the map of a skeleton, or a descriptor of one. */
export type SockmapTarget = BpfMap | number;

function attachToSockmap(handle: ProgramHandle, map: SockmapTarget, type: number): Link {
  handle.assertOpen();
  const target = map instanceof BpfMap ? sockmapDescriptor(map) : descriptorNumber(map, "map");
  const title = map instanceof BpfMap ? `map ${map.name}` : `map descriptor ${target}`;
  const program = handle.fd;
  let isLink = true;
  return handle.attachWith(
    title,
    () => {
      const link = createLink(program, target, type);
      if (link !== -EINVAL) return link;
      // Before Linux 6.10 there are no links for it (link_create, kernel/bpf/syscall.c).
      isLink = false;
      return attachWithoutLink(program, target, type);
    },
    (result) => (isLink ? descriptorLink(result) : withoutLink(program, result, type)),
    (code) =>
      code === EINVAL && type === ROLES.verdict
        ? missingFromKernel("The role verdict", [], "5.13")
        : undefined,
  );
}

/** @returns a descriptor of the map, or a negative error number */
function attachWithoutLink(program: number, map: number, type: number): number {
  // A duplicate: the map may be closed first, and its number another's then.
  const own = duplicate(map);
  if (own < 0) return own;
  const result = libbpf.bpf_prog_attach(program, own, type, 0);
  if (result >= 0) return own;
  libc.close(own);
  return result;
}

/** Links are closed before the programs of their skeleton: `program` is still open then. */
function withoutLink(program: number, map: number, type: number): LinkBackend {
  return undoable(() => {
    libbpf.bpf_prog_detach2(program, map, type);
    libc.close(map);
  });
}

function sockmapDescriptor(map: BpfMap): number {
  if (map.type === "sockmap" || map.type === "sockhash") return map.fd;
  throw new ValueError(`map ${map.name} is of type ${map.type}: it must be a sockmap or sockhash`, "map");
}

/** A program that takes apart or redirects what arrives at the sockets in a map. Linux 4.14; a link 6.10. */
export class SkSkbProgram extends BaseProgram {
  readonly #handle: ProgramHandle;

  constructor(handle: ProgramHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Attaches the program, to see what the sockets receive that are put into the map from now on. Each keeps it until it leaves
   * the map, also when the link is closed.
   *
   * @param map - a sockmap or sockhash, which must stay open as long as the link
   * @param role - what the program is for, when the section `sk_skb` does not say it
   * @throws {ValueError} when it is another kind of map, or there is no role
   * @throws {BpfError} when the map has such a program already
   */
  attach(map: SockmapTarget, role?: SkSkbRole): Link {
    return attachToSockmap(this.#handle, map, roleType(role ?? sectionRole(this.section)));
  }
}

/** `stream_parser` finds the length of a message, `stream_verdict` and `verdict` say where it goes. */
export type SkSkbRole = "stream_parser" | "stream_verdict" | "verdict";

const ROLES = {
  stream_parser: attachTypeNumber("sk_skb_stream_parser"),
  stream_verdict: attachTypeNumber("sk_skb_stream_verdict"),
  verdict: attachTypeNumber("sk_skb_verdict"),
} as const satisfies Record<SkSkbRole, number>;

function sectionRole(section: string): string | undefined {
  return section.split("/")[1];
}

function roleType(role: string | undefined): number {
  const roles: Readonly<Record<string, number>> = ROLES;
  const type = role !== undefined && isKeyOf(roles, role) ? roles[role] : undefined;
  if (type !== undefined) return type;
  const known = Object.keys(ROLES).join(", ");
  throw new ValueError(
    role === undefined ? `is missing: one of ${known}` : `${show(role)} is none of ${known}`,
    "role",
  );
}

/** A program that sees what is sent through the sockets in a map. Linux 4.17; a link 6.10. */
export class SkMsgProgram extends BaseProgram {
  readonly #handle: ProgramHandle;

  constructor(handle: ProgramHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Attaches the program, to see what is sent through the sockets that are put into the map from now on. Each keeps it until it
   * leaves the map, also when the link is closed.
   *
   * @param map - a sockmap or sockhash, which must stay open as long as the link
   * @throws {ValueError} when it is another kind of map
   * @throws {BpfError} when the map has such a program already
   */
  attach(map: SockmapTarget): Link {
    return attachToSockmap(this.#handle, map, attachTypeNumber("sk_msg_verdict"));
  }
}

const sockmapHint: AttachHint = (code) => {
  if (code === EBUSY) return "The map has a program for it already, which came through a link";
  return code === EINVAL ? "It must be a sockmap or sockhash" : undefined;
};

/** Describes an sk_skb program. */
export const skSkb: ProgramDescriptor<SkSkbProgram> = {
  types: ["sk_skb"],
  hint: sockmapHint,
  create: (handle) => new SkSkbProgram(handle),
};

/** Describes an sk_msg program. */
export const skMsg: ProgramDescriptor<SkMsgProgram> = {
  types: ["sk_msg"],
  hint: sockmapHint,
  create: (handle) => new SkMsgProgram(handle),
};
