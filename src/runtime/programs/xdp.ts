/** `SEC("xdp")` */
import { assertObject, text } from "../arguments.ts";
import { show, wrong } from "../codec/check.ts";
import { ValueError } from "../errors.ts";
import type { Link } from "../links/link.ts";
import { allocate, libbpf, libc, optionsSize } from "../native.ts";
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
// enum bpf_attach_type
const BPF_XDP = 37;

/** A program that sees every packet that an interface receives, before the network stack. */
export class XdpProgram extends BaseProgram {
  readonly #handle: ProgramHandle;

  constructor(handle: ProgramHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Attaches the program to an interface.
   *
   * @param netInterface - its name, as in `eth0`, or its index
   * @throws {ValueError} when there is no such interface, or no such mode
   * @throws {BpfError} when the interface has a program already, or its driver does not know the mode
   */
  attach(netInterface: string | number, options: XdpAttachOptions = {}): Link {
    this.#handle.assertOpen();
    assertObject(options, "options");
    const index = interfaceIndex(netInterface);
    if (!isInterface(index))
      throw new ValueError(`there is no interface ${show(netInterface)}: see \`ip link\``);
    const flags = options.mode === undefined ? 0 : modeFlags(options.mode);
    return this.#handle.attachDescriptor(`interface ${netInterface}`, (fd) =>
      libbpf.bpf_link_create(fd, index, BPF_XDP, { sz: optionsSize("bpf_link_create_opts"), flags }),
    );
  }

  /**
   * Runs the program on a packet, without an interface.
   *
   * @param options - `data`: the packet, at least 14 bytes; `context`: a `struct xdp_md`
   * @returns the verdict in `retval`, and the packet as the program left it
   */
  testRun(options: TestRunOptions & { readonly data: Uint8Array }): TestRunResult {
    return testRun(this.#handle, options);
  }
}

function modeFlags(mode: XdpMode): number {
  if (Object.hasOwn(MODES, mode)) return MODES[mode];
  throw new ValueError(`${show(mode)} is none of ${Object.keys(MODES).join(", ")}`, "mode");
}

function interfaceIndex(netInterface: string | number): number {
  if (typeof netInterface === "number") return netInterface;
  if (typeof netInterface !== "string")
    throw wrong(netInterface, "the name or index of an interface", "netInterface");
  return libc.if_nametoindex(text(netInterface, "netInterface"));
}

const IF_NAMESIZE = 16;

function isInterface(index: number): boolean {
  if (!Number.isInteger(index) || index <= 0 || index > 0x7fff_ffff) return false;
  return libc.if_indextoname(index, allocate(IF_NAMESIZE).address) !== null;
}

/** Describes an XDP program. */
export const xdp: ProgramDescriptor<XdpProgram> = {
  types: ["xdp"],
  hint(errno) {
    if (errno === EBUSY) return "The interface has an XDP program already: see `ip link`";
    if (errno === EINVAL || errno === EOPNOTSUPP)
      return 'The driver may not know the mode; try { mode: "skb" }';
    return undefined;
  },
  create: (handle) => new XdpProgram(handle),
};
