/** `SEC("tc/ingress")`, `SEC("tcx/egress")`, `SEC("tc")`, `SEC("classifier")` */
import { assertOptions } from "../arguments.ts";
import { show } from "../codec/check.ts";
import { EEXIST, EINVAL, ENOENT } from "../errno.ts";
import { ValueError } from "../errors.ts";
import { missingFromKernel } from "../kernel-facts.ts";
import { anchorOf, type Position } from "../links/anchor.ts";
import { attachTypeNumber } from "../links/attach-types.ts";
import { createLink } from "../links/create.ts";
import type { Link } from "../links/link.ts";
import { BaseProgram, type ProgramDescriptor } from "./base.ts";
import type { ProgramHandle } from "./handle.ts";
import { interfaceIndex } from "./net-interface.ts";
import { attachClassifier, type ClassicTcOptions } from "./tc-classic.ts";
import { type SkbRunOptions, testRun, type TestRunResult } from "./test-run.ts";

export type TcDirection = "ingress" | "egress";

/** In which direction, and where among the other programs of the interface: `before` or `after` one of them, or all. */
export interface TcAttachOptions extends Position {
  /** Packets that come in, or go out; by default as the section says. */
  readonly direction?: TcDirection;
}

/** Classic attachment: a filter of the interface's clsact queueing discipline. */
export interface TcClassicAttachOptions extends ClassicTcOptions {
  /** Packets that come in, or go out; by default as the section says. */
  readonly direction?: TcDirection;
}

const TCX = { ingress: attachTypeNumber("tcx_ingress"), egress: attachTypeNumber("tcx_egress") } as const;

/**
 * A program on the packets of an interface, between the driver and the network stack. `attach` makes a tcx link: Linux 6.6,
 * and libbpf 1.3 for sections `tc/…` and `tcx/…` and to come before or after another program. `attachClassic` is for
 * older kernels.
 *
 * @example
 * ```ts
 * const first = tc.programs.count.attach("eth0", { direction: "ingress" });
 * tc.programs.filter.attach("eth0", { direction: "ingress", before: first });
 * ```
 */
export class TcProgram extends BaseProgram {
  readonly #handle: ProgramHandle;

  constructor(handle: ProgramHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Attaches the program to an interface through a tcx link.
   *
   * @param netInterface - its name, as in `eth0`, or its index
   * @throws {ValueError} when there is no such interface, or neither section nor options have a direction
   * @throws {BpfError} when the kernel refuses
   * @throws {LibraryError} when it is to come before or after another program, and libbpf is older than 1.3
   */
  attach(netInterface: string | number, options: TcAttachOptions = {}): Link {
    this.#handle.assertOpen();
    assertOptions<TcAttachOptions>(options, "options", { direction: true, before: true, after: true });
    const index = interfaceIndex(netInterface);
    const direction = this.#direction(options.direction);
    const anchor = anchorOf(options);
    return this.#handle.attachDescriptor(
      `${direction} of interface ${netInterface}`,
      (fd) => createLink(fd, index, TCX[direction], anchor && { anchor }),
      tcxHint,
    );
  }

  /**
   * Attaches the program to an interface as a filter of its clsact qdisc, in direct action mode. A qdisc that was made for it
   * goes with the last of the links on it, unless others have filters there by then. Linux 4.5.
   *
   * @param netInterface - its name, as in `eth0`, or its index
   * @throws {ValueError} when there is no such interface, or neither section nor options have a direction
   * @throws {BpfError} when the kernel refuses
   */
  attachClassic(netInterface: string | number, options: TcClassicAttachOptions = {}): Link {
    this.#handle.assertOpen();
    assertOptions<TcClassicAttachOptions>(options, "options", {
      direction: true,
      priority: true,
      handle: true,
      replace: true,
    });
    const index = interfaceIndex(netInterface);
    const direction = this.#direction(options.direction);
    return attachClassifier(
      this.#handle,
      index,
      direction,
      `${direction} of interface ${netInterface}`,
      options,
    );
  }

  /**
   * Runs the program on a packet, without an interface.
   *
   * @param options - `data`: the packet, at least 14 bytes; `context`: a `struct __sk_buff`
   * @returns the verdict in `retval`, and the packet as the program left it
   */
  testRun(options: SkbRunOptions): TestRunResult {
    return testRun(this.#handle, options);
  }

  #direction(given: TcDirection | undefined): TcDirection {
    const direction = given ?? sectionDirection(this.section);
    if (direction === undefined)
      throw new ValueError(
        `is missing: the section ${this.section} does not say whether "ingress" or "egress"`,
        "direction",
      );
    if (!Object.hasOwn(TCX, direction))
      throw new ValueError(`${show(direction)} is none of ingress, egress`, "direction");
    return direction;
  }
}

function sectionDirection(section: string): TcDirection | undefined {
  if (section.endsWith("/ingress")) return "ingress";
  return section.endsWith("/egress") ? "egress" : undefined;
}

function tcxHint(errno: number): string | undefined {
  if (errno === EINVAL) {
    const missing = missingFromKernel("A tcx link", ["CONFIG_NET_XGRESS"], "6.6");
    return missing === undefined ? undefined : `${missing}: use attachClassic`;
  }
  if (errno === EEXIST) return "The program is attached there already";
  return errno === ENOENT ? "What it is to come before or after is not attached there" : undefined;
}

/** Describes a tc program. */
export const tc: ProgramDescriptor<TcProgram> = {
  types: ["sched_cls"],
  create: (handle) => new TcProgram(handle),
};
