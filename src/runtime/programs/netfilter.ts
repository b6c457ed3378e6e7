/** `SEC("netfilter")` */
import { assertOptions, isKeyOf } from "../arguments.ts";
import { i32, show, u32 } from "../codec/check.ts";
import { EBUSY, EINVAL } from "../errno.ts";
import { ValueError } from "../errors.ts";
import { missingFromKernel } from "../kernel-facts.ts";
import type { Link } from "../links/link.ts";
import { libbpf } from "../native.ts";
import { BaseProgram, type ProgramDescriptor } from "./base.ts";
import type { ProgramHandle } from "./handle.ts";
import { testRun, type TestRunOptions, type TestRunResult } from "./test-run.ts";

/** A place in the way of a packet through the kernel. */
export interface NetfilterTarget {
  readonly family: keyof typeof FAMILIES;
  readonly hook: keyof typeof HOOKS;
  /** Lower ones run first; each can be there once, and neither the lowest nor the highest number is allowed. */
  readonly priority: number;
  /** Put fragments of packets together before. Linux 6.6. */
  readonly defrag?: boolean;
}

// NFPROTO_*, enum nf_inet_hooks (include/uapi/linux/netfilter.h)
const FAMILIES = { ipv4: 2, ipv6: 10 } as const;
const HOOKS = { prerouting: 0, input: 1, forward: 2, output: 3, postrouting: 4 } as const;
const BPF_F_NETFILTER_IP_DEFRAG = 1;

/** A program on a hook of netfilter's, as rules of nft and iptables are, in the thread's network namespace. Linux 6.4, libbpf 1.3. */
export class NetfilterProgram extends BaseProgram {
  readonly #handle: ProgramHandle;

  constructor(handle: ProgramHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Attaches the program.
   *
   * @throws {ValueError} when something of the target is not what it should be
   * @throws {BpfError} when there is a program of this priority, or the kernel cannot do it
   * @throws {LibraryError} when libbpf is older than 1.3
   *
   * @example
   * ```ts
   * using link = filter.programs.drop.attach({ family: "ipv4", hook: "input", priority: -10 });
   * ```
   */
  attach(target: NetfilterTarget): Link {
    this.#handle.assertOpen();
    assertOptions<NetfilterTarget>(target, "target", {
      family: true,
      hook: true,
      priority: true,
      defrag: true,
    });
    const pf = numberOf(FAMILIES, target.family, "family");
    const hooknum = numberOf(HOOKS, target.hook, "hook");
    const priority = i32(target.priority, "priority");
    const flags = target.defrag === true ? BPF_F_NETFILTER_IP_DEFRAG : 0;
    return this.#handle.attach(`${target.family} ${target.hook}, priority ${priority}`, (program) =>
      libbpf.bpf_program__attach_netfilter(program, {
        pf,
        hooknum,
        priority,
        flags,
      }),
    );
  }

  /**
   * Runs the program on a packet.
   *
   * @param options - `data`: the packet, with an Ethernet header; `context`: a `struct nf_hook_state`
   * @returns the verdict in `retval`: 0 NF_DROP, 1 NF_ACCEPT
   */
  testRun(
    options: Pick<TestRunOptions, "repeat" | "context"> & { readonly data: Uint8Array },
  ): Pick<TestRunResult, "retval" | "duration"> {
    const { retval, duration } = testRun(this.#handle, options);
    return { retval, duration };
  }
}

function numberOf(table: Readonly<Record<string, number>>, value: string, name: string): number {
  const number = isKeyOf(table, value) ? table[value] : undefined;
  if (number !== undefined) return u32(number, name);
  throw new ValueError(`${show(value)} is none of ${Object.keys(table).join(", ")}`, name);
}

/** Describes a netfilter program. */
export const netfilter: ProgramDescriptor<NetfilterProgram> = {
  types: ["netfilter"],
  hint(errno) {
    const missing = missingFromKernel("A netfilter link", ["CONFIG_NETFILTER_BPF_LINK"], "6.4");
    if (missing !== undefined) return missing;
    if (errno === EBUSY) return "There is a program of this priority: choose another";
    return errno === EINVAL
      ? "The priority may be the lowest or highest number, which the kernel keeps"
      : undefined;
  },
  create: (handle) => new NetfilterProgram(handle),
};
