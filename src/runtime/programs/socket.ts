/** `SEC("socket")`, `SEC("sk_reuseport")`: programs that are set as an option of a socket. */
import { fstatSync } from "node:fs";
import { EBADF, EINVAL, ENOTSOCK } from "../errno.ts";
import { undoable } from "../links/backend.ts";
import type { Link } from "../links/link.ts";
import { allocate, errno, libc } from "../native.ts";
import { BaseProgram, type ProgramDescriptor } from "./base.ts";
import { descriptorNumber } from "./descriptor.ts";
import type { AttachHint, ProgramHandle } from "./handle.ts";
import { type SkbRunOptions, testRun, type TestRunResult } from "./test-run.ts";

// include/uapi/asm-generic/socket.h; the same on x86-64 and arm64
const SOL_SOCKET = 1;
const SO_ATTACH_BPF = 50;
const SO_DETACH_BPF = 27;
const SO_ATTACH_REUSEPORT_EBPF = 52;
const SO_DETACH_REUSEPORT_BPF = 68;

function attachToSocket(handle: ProgramHandle, socket: number, set: number, unset: number): Link {
  handle.assertOpen();
  const target = descriptorNumber(socket, "socket");
  const fd = handle.fd;
  return handle.attachWith(
    `socket descriptor ${target}`,
    () => {
      const value = allocate(4);
      value.view.setInt32(0, fd, true);
      return libc.setsockopt(target, SOL_SOCKET, set, value.address, 4) < 0 ? -errno() : 0;
    },
    () => {
      const id = identity(target);
      return undoable(() => {
        // By then its number may be another socket's. Holding a duplicate instead would keep the connection open.
        if (id !== undefined && identity(target) === id)
          libc.setsockopt(target, SOL_SOCKET, unset, allocate(4).address, 4);
      });
    },
  );
}

/** Tells a socket from others: its inode. */
function identity(fd: number): string | undefined {
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined; // it is closed
  }
}

/** A program that sees what a socket receives, and may drop it or cut it short. Linux 3.19. */
export class SocketFilterProgram extends BaseProgram {
  readonly #handle: ProgramHandle;

  constructor(handle: ProgramHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Attaches the program to a socket, in the place of a filter that it has. Closing the link removes the filter; the kernel has
   * no link for it that could be pinned or updated.
   *
   * @param socket - its descriptor
   * @throws {BpfError} when it is no socket
   */
  attach(socket: number): Link {
    return attachToSocket(this.#handle, socket, SO_ATTACH_BPF, SO_DETACH_BPF);
  }

  /**
   * Runs the program on a packet.
   *
   * @param options - `data`: the packet, at least 14 bytes; `context`: a `struct __sk_buff`
   * @returns in `retval` the bytes of the packet that it lets through
   */
  testRun(options: SkbRunOptions): TestRunResult {
    return testRun(this.#handle, options);
  }
}

/** A program that chooses one of the sockets that share a port. Linux 4.19. */
export class SkReuseportProgram extends BaseProgram {
  readonly #handle: ProgramHandle;

  constructor(handle: ProgramHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Attaches the program to the group of a socket with SO_REUSEPORT. Closing the link removes it (Linux 5.3); the kernel has no
   * link for it that could be pinned or updated.
   *
   * @param socket - its descriptor
   * @throws {BpfError} when it is no socket with SO_REUSEPORT
   */
  attach(socket: number): Link {
    return attachToSocket(this.#handle, socket, SO_ATTACH_REUSEPORT_EBPF, SO_DETACH_REUSEPORT_BPF);
  }
}

const socketHint: AttachHint = (code) => {
  if (code === ENOTSOCK || code === EBADF) return "It must be the descriptor of an open socket";
  return code === EINVAL ? "The socket may be of another kind than the program is for" : undefined;
};

/** Describes a socket filter. */
export const socketFilter: ProgramDescriptor<SocketFilterProgram> = {
  types: ["socket_filter"],
  hint: socketHint,
  create: (handle) => new SocketFilterProgram(handle),
};

/** Describes an sk_reuseport program. */
export const skReuseport: ProgramDescriptor<SkReuseportProgram> = {
  types: ["sk_reuseport"],
  hint: socketHint,
  create: (handle) => new SkReuseportProgram(handle),
};
