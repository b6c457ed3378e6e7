/** `SEC("xdp")` */
import { assertOptions, isKeyOf } from "../arguments.ts";
import { show } from "../codec/check.ts";
import { ValueError } from "../errors.ts";
import { attachTypeNumber } from "../links/attach-types.ts";
import { createLink } from "../links/create.ts";
import type { Link } from "../links/link.ts";
import { interfaceIndex } from "./net-interface.ts";
import { BaseProgram, type ProgramDescriptor } from "./base.ts";
import type { ProgramHandle } from "./handle.ts";
import { testRun, type TestRunOptions, type TestRunResult } from "./test-run.ts";
import { EBUSY, EINVAL, EOPNOTSUPP } from "../errno.ts";

/** Where in the network stack the program runs. */
export interface XdpAttachOptions {
  /**
   * `native`: in the driver; `skb`: in the stack, for any interface; `offload`: in the card. By default native where the
   * driver can, else skb.
   */
  readonly mode?: XdpMode;
}

export type XdpMode = keyof typeof MODES;

// XDP_FLAGS_SKB_MODE, _DRV_MODE, _HW_MODE (include/uapi/linux/if_link.h)
const MODES = { skb: 2, native: 4, offload: 8 } as const;
/**
 * A program that sees every packet that an interface receives, before the network stack. Linux 5.9. Packets of several
 * fragments (jumbo frames) reach only programs of `SEC("xdp.frags")`; Linux 5.18.
 */
export class XdpProgram extends BaseProgram {
  readonly #handle: ProgramHandle;

  constructor(handle: ProgramHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Attaches the program to an interface. To replace one that is attached, `update` its link.
   *
   * @param netInterface - its name, as in `eth0`, or its index
   * @throws {ValueError} when there is no such interface, or no such mode
   * @throws {BpfError} when the interface has a program already, or its driver does not know the mode
   */
  attach(netInterface: string | number, options: XdpAttachOptions = {}): Link {
    this.#handle.assertOpen();
    assertOptions<XdpAttachOptions>(options, "options", { mode: true });
    const index = interfaceIndex(netInterface);
    const flags = options.mode === undefined ? 0 : modeFlags(options.mode);
    return this.#handle.attachDescriptor(`interface ${netInterface}`, (fd) =>
      createLink(fd, index, attachTypeNumber("xdp"), { flags }),
    );
  }

  /**
   * Runs the program on a packet, without an interface.
   *
   * @param options - `data`: the packet, at least 14 bytes; `context`: a `struct xdp_md`
   * @returns the verdict in `retval`, and the packet as the program left it
   */
  testRun(options: Omit<TestRunOptions, "cpu"> & { readonly data: Uint8Array }): TestRunResult {
    return testRun(this.#handle, options);
  }
}

/** The kernel's flags for a mode. @throws {ValueError} when it is none */
export function modeFlags(mode: XdpMode): number {
  if (isKeyOf(MODES, mode)) return MODES[mode];
  throw new ValueError(`${show(mode)} is none of ${Object.keys(MODES).join(", ")}`, "mode");
}

/** Describes an XDP program. */
export const xdp: ProgramDescriptor<XdpProgram> = {
  types: ["xdp"],
  hint(errno) {
    if (errno === EBUSY)
      return "The interface has an XDP program already: see `ip link`; to replace it, update its link";
    if (errno === EINVAL || errno === EOPNOTSUPP)
      return 'The driver may not know the mode; try { mode: "skb" }';
    return undefined;
  },
  create: (handle) => new XdpProgram(handle),
};
