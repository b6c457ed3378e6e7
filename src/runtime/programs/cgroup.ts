/** `SEC("cgroup/…")`, `SEC("sockops")`, `SEC("lsm_cgroup/hook")`: all that is attached to a cgroup. */
import { assertOptions } from "../arguments.ts";
import { EBADF, EINVAL, ENOTDIR } from "../errno.ts";
import { missingFromKernel } from "../kernel-facts.ts";
import { anchorOf, type Position } from "../links/anchor.ts";
import { createLink } from "../links/create.ts";
import type { Link } from "../links/link.ts";
import { BaseProgram, type ProgramDescriptor } from "./base.ts";
import { withDescriptor } from "./descriptor.ts";
import type { ProgramHandle } from "./handle.ts";

/**
 * Where in the order of a cgroup's programs it runs. By default last. `before` and `after` need Linux 6.17, and libbpf 1.6
 * where they name something.
 */
export type CgroupAttachOptions = Position;

/**
 * A program that the kernel runs for the processes in a cgroup: when they make, bind or connect a socket (`cgroup/sock_create`,
 * `cgroup/bind4`, `cgroup/connect6`, …), send and receive (`cgroup/sendmsg4`, …), set options (`cgroup/setsockopt`), write a
 * sysctl (`cgroup/sysctl`), open a device (`cgroup/dev`), at events of a TCP connection (`sockops`), or at a hook of the
 * security modules (`lsm_cgroup/hook`, Linux 6.0). Links need Linux 5.7.
 */
export class CgroupProgram extends BaseProgram {
  readonly #handle: ProgramHandle;

  constructor(handle: ProgramHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Attaches the program to a cgroup and those below it.
   *
   * @param cgroup - its folder in the cgroup v2 file system, as in `/sys/fs/cgroup/my.slice`, or a descriptor of it
   * @throws {BpfError} when there is no such folder, or it is no cgroup of version 2
   * @throws {ValueError} when it is neither a string nor the number of a descriptor
   *
   * @example
   * ```ts
   * using link = guard.programs.on_connect.attach("/sys/fs/cgroup/my.slice");
   * ```
   */
  attach(cgroup: string | number, options: CgroupAttachOptions = {}): Link {
    assertOptions<CgroupAttachOptions>(options, "options", { before: true, after: true });
    return attachToCgroup(this.#handle, cgroup, this.#handle.expectedAttachType, options);
  }
}

/** Attaches a program of any of these kinds. */
export function attachToCgroup(
  handle: ProgramHandle,
  cgroup: string | number,
  attachType: number,
  options: CgroupAttachOptions,
): Link {
  handle.assertOpen();
  const anchor = anchorOf(options);
  return withDescriptor(cgroup, "cgroup", true, cgroupHint, (target, title) =>
    handle.attachDescriptor(
      title,
      (fd) => createLink(fd, target, attachType, anchor && { anchor, anchorsSince: "1.6" }),
      (errno) =>
        anchor !== undefined && errno === EINVAL
          ? missingFromKernel("An order among the programs of a cgroup", [], "6.17")
          : undefined,
    ),
  );
}

/** What to do when a cgroup is none, or a program cannot be attached to it. */
export function cgroupHint(errno: number): string | undefined {
  if (errno === EBADF || errno === ENOTDIR)
    return "It must be a folder of the cgroup v2 file system: see `mount -t cgroup2`";
  return errno === EINVAL ? missingFromKernel("A cgroup link", ["CONFIG_CGROUP_BPF"], "5.7") : undefined;
}

/** Describes a program of cgroups other than cgroup_skb. */
export const cgroup: ProgramDescriptor<CgroupProgram> = {
  types: [
    "cgroup_sock",
    "cgroup_sock_addr",
    "cgroup_device",
    "cgroup_sysctl",
    "cgroup_sockopt",
    "sock_ops",
    "lsm",
  ],
  hint: cgroupHint,
  create: (handle) => new CgroupProgram(handle),
};
