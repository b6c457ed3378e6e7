/** `SEC("netkit/primary")`, `SEC("netkit/peer")` */
import { assertOptions } from "../arguments.ts";
import { EEXIST, EINVAL, ENOENT } from "../errno.ts";
import { missingFromKernel } from "../kernel-facts.ts";
import { anchorOf, type Position } from "../links/anchor.ts";
import { createLink } from "../links/create.ts";
import type { Link } from "../links/link.ts";
import { BaseProgram, type ProgramDescriptor } from "./base.ts";
import type { ProgramHandle } from "./handle.ts";
import { interfaceIndex } from "./net-interface.ts";
import { type SkbRunOptions, testRun, type TestRunResult } from "./test-run.ts";

/** A program on the packets of a pair of netkit interfaces, given by the primary one. Linux 6.7, libbpf 1.3. */
export class NetkitProgram extends BaseProgram {
  readonly #handle: ProgramHandle;

  constructor(handle: ProgramHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Attaches the program: as its section says to the primary interface, or to its peer.
   *
   * @param netInterface - name or index of the primary interface
   * @param options - `before` or `after` another program of the interface
   * @throws {ValueError} when there is no such interface
   * @throws {BpfError} when it is no primary netkit interface, or the kernel has none
   */
  attach(netInterface: string | number, options: Position = {}): Link {
    this.#handle.assertOpen();
    assertOptions<Position>(options, "options", { before: true, after: true });
    const index = interfaceIndex(netInterface);
    const anchor = anchorOf(options);
    return this.#handle.attachDescriptor(`netkit interface ${netInterface}`, (fd) =>
      createLink(fd, index, this.#handle.expectedAttachType, anchor && { anchor }),
    );
  }

  /**
   * Runs the program on a packet, without an interface.
   *
   * @param options - `data`: the packet, at least 14 bytes; `context`: a `struct __sk_buff`
   */
  testRun(options: SkbRunOptions): TestRunResult {
    return testRun(this.#handle, options);
  }
}

/** Describes a netkit program. */
export const netkit: ProgramDescriptor<NetkitProgram> = {
  types: ["sched_cls"],
  hint(errno) {
    const missing = missingFromKernel("A netkit link", ["CONFIG_NETKIT"], "6.7");
    if (missing !== undefined) return missing;
    if (errno === EINVAL) return "It must be the primary interface of a netkit pair: see `ip -d link`";
    if (errno === EEXIST) return "The program is attached there already";
    return errno === ENOENT ? "What it is to come before or after is not attached there" : undefined;
  },
  create: (handle) => new NetkitProgram(handle),
};
