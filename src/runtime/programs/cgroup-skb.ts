/** `SEC("cgroup_skb/ingress")`, `SEC("cgroup_skb/egress")` */
import { closeSync, constants, openSync } from "node:fs";
import { text } from "../arguments.ts";
import { EBADF, ENOTDIR } from "../errno.ts";
import { BpfError, ValueError } from "../errors.ts";
import type { Link } from "../links/link.ts";
import { libbpf } from "../native.ts";
import { BaseProgram, type ProgramDescriptor } from "./base.ts";
import type { ProgramHandle } from "./handle.ts";
import { testRun, type TestRunOptions, type TestRunResult } from "./test-run.ts";

/** A program that sees the packets of the processes in a cgroup. */
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
   * @throws {BpfError} when there is no such folder, or it is no cgroup of version 2
   * @throws {ValueError} when it is neither a string nor the number of a descriptor
   */
  attach(cgroup: string | number): Link {
    this.#handle.assertOpen();
    if (typeof cgroup === "number" && !(Number.isInteger(cgroup) && Math.abs(cgroup) <= 0x7fff_ffff))
      throw new ValueError(`${cgroup} is no descriptor`);
    if (typeof cgroup === "number") return this.#attach(cgroup, `descriptor ${cgroup}`);
    const fd = openFolder(text(cgroup, "cgroup"));
    try {
      return this.#attach(fd, cgroup);
    } finally {
      // The link holds the cgroup itself.
      closeSync(fd);
    }
  }

  #attach(fd: number, title: string): Link {
    return this.#handle.attach(`cgroup ${title}`, (program) =>
      libbpf.bpf_program__attach_cgroup(program, fd),
    );
  }

  /**
   * Runs the program on a packet, without a cgroup.
   *
   * @param options - `data`: the packet, at least 14 bytes; `context`: a `struct __sk_buff`
   * @returns 1 in `retval` when the packet may pass
   */
  testRun(options: TestRunOptions & { readonly data: Uint8Array }): TestRunResult {
    return testRun(this.#handle, options);
  }
}

function openFolder(path: string): number {
  try {
    // Other things than folders may wait for somebody (fifo_open) or do something when they are opened.
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NONBLOCK);
  } catch (error) {
    const errno = error instanceof Error && "errno" in error ? Math.abs(Number(error.errno)) : EBADF;
    throw new BpfError({ operation: `open cgroup ${path}`, errno, hint: cgroupHint(errno) });
  }
}

function cgroupHint(errno: number): string | undefined {
  if (errno !== EBADF && errno !== ENOTDIR) return undefined;
  return "It must be a folder of the cgroup v2 file system: see `mount -t cgroup2`";
}

/** Describes a cgroup_skb program. */
export const cgroupSkb: ProgramDescriptor<CgroupSkbProgram> = {
  types: ["cgroup_skb"],
  hint: cgroupHint,
  create: (handle) => new CgroupSkbProgram(handle),
};
