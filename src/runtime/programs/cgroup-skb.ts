/** `SEC("cgroup_skb/ingress")`, `SEC("cgroup_skb/egress")`, `SEC("cgroup/skb")` */
import { assertOptions, isKeyOf } from "../arguments.ts";
import { show } from "../codec/check.ts";
import { permissionHint } from "../capabilities.ts";
import { EPERM } from "../errno.ts";
import { ValueError } from "../errors.ts";
import { attachTypeNumber } from "../links/attach-types.ts";
import type { Link } from "../links/link.ts";
import { BaseProgram, type ProgramDescriptor } from "./base.ts";
import { attachToCgroup, type CgroupAttachOptions, cgroupHint } from "./cgroup.ts";
import type { ProgramHandle } from "./handle.ts";
import { type SkbRunOptions, testRun, type TestRunResult } from "./test-run.ts";

/** Where in the order of a cgroup's programs it runs, and in which direction. */
export interface CgroupSkbAttachOptions extends CgroupAttachOptions {
  /** Packets that come in, or go out; by default as the section says, and `ingress` for `cgroup/skb`. */
  readonly direction?: CgroupSkbDirection;
}

export type CgroupSkbDirection = "ingress" | "egress";

const DIRECTIONS = {
  ingress: attachTypeNumber("cgroup_inet_ingress"),
  egress: attachTypeNumber("cgroup_inet_egress"),
} as const satisfies Record<CgroupSkbDirection, number>;

/** A program that sees the packets of the processes in a cgroup. Linux 5.7. */
export class CgroupSkbProgram extends BaseProgram {
  readonly #handle: ProgramHandle;

  constructor(handle: ProgramHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Attaches the program to a cgroup and those below it.
   *
   * @param cgroup - its folder in the cgroup v2 file system, as in `/sys/fs/cgroup/my.slice`, or a descriptor of it
   * @throws {BpfError} when there is no such folder, it is no cgroup of version 2, or the section is for the other direction
   * @throws {ValueError} when it is neither a string nor the number of a descriptor
   */
  attach(cgroup: string | number, options: CgroupSkbAttachOptions = {}): Link {
    this.#handle.assertOpen();
    assertOptions<CgroupSkbAttachOptions>(options, "options", { direction: true, before: true, after: true });
    const { direction } = options;
    return attachToCgroup(
      this.#handle,
      cgroup,
      direction === undefined ? this.#handle.expectedAttachType : typeOf(direction),
      options,
    );
  }

  /**
   * Runs the program on a packet, without a cgroup.
   *
   * @param options - `data`: the packet, at least 14 bytes; `context`: a `struct __sk_buff`
   * @returns 1 in `retval` when the packet may pass
   */
  testRun(options: SkbRunOptions): TestRunResult {
    return testRun(this.#handle, options);
  }
}

function typeOf(direction: CgroupSkbDirection): number {
  if (isKeyOf(DIRECTIONS, direction)) return DIRECTIONS[direction];
  throw new ValueError(`${show(direction)} is none of ${Object.keys(DIRECTIONS).join(", ")}`, "direction");
}

/** Describes a cgroup_skb program. */
export const cgroupSkb: ProgramDescriptor<CgroupSkbProgram> = {
  types: ["cgroup_skb"],
  // It takes more to attach them than to load them (bpf_prog_attach_check_attach_type, syscall.c).
  hint: (errno) => (errno === EPERM ? permissionHint(["CAP_NET_ADMIN"]) : cgroupHint(errno)),
  create: (handle) => new CgroupSkbProgram(handle),
};
