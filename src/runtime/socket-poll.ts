/**
 * Polls a descriptor in a worker thread's event loop by what is Node's own. koffi's poll handles are not made for threads that
 * are terminated: libuv goes on while a thread is taken down, and koffi aborts the process when it hears of an event then.
 *
 * Node has no handle for any descriptor, but one for UDP sockets, which tells of an error when reading fails, and stays open.
 * So what it polls, in the place of a socket, is an epoll descriptor, which nobody can read; and what is to be polled is in
 * that or not.
 */
import { createSocket, type Socket } from "node:dgram";
import { BpfError } from "./errors.ts";
import { allocate, errno, libc, type PollHandle } from "./native.ts";
import { duplicate } from "./own-descriptor.ts";

// sys/socket.h, sys/epoll.h, fcntl.h; the same on x86-64 and arm64
const AF_INET = 2;
const SOCK_DGRAM = 2;
const CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLLIN = 1;
/** `struct epoll_event`: 12 bytes on x86-64, 16 on arm64. */
const EVENT_SIZE = 16;

/** @throws {BpfError} when the kernel refuses */
export function socketPoll(fd: number, callback: () => void): PollHandle {
  const epoll = check(libc.epoll_create1(CLOEXEC));
  try {
    return new SocketPoll(fd, epoll, callback);
  } finally {
    libc.close(epoll);
  }
}

class SocketPoll implements PollHandle {
  readonly #fd: number;
  /** The descriptor that Node takes for a socket's, and closes with it. */
  readonly #epoll: number;
  readonly #socket: Socket;

  constructor(fd: number, epoll: number, callback: () => void) {
    this.#fd = fd;
    this.#epoll = openSocket();
    this.#socket = createSocket("udp4");
    this.#socket.on("error", callback);
    // Node gives it to libuv here, and libuv to its epoll when the event loop goes on.
    this.#socket.bind({ fd: this.#epoll, exclusive: true });
    this.#socket.unref();
    try {
      check(libc.dup3(epoll, this.#epoll, CLOEXEC));
    } catch (error) {
      this.#socket.close();
      throw error;
    }
  }

  start(): void {
    const event = allocate(EVENT_SIZE);
    event.view.setUint32(0, EPOLLIN, true);
    check(libc.epoll_ctl(this.#epoll, EPOLL_CTL_ADD, this.#fd, event.address));
  }

  stop(): void {
    check(libc.epoll_ctl(this.#epoll, EPOLL_CTL_DEL, this.#fd, allocate(EVENT_SIZE).address));
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  close(): void {
    this.#socket.close();
  }
}

/** A socket's descriptor, which is not 0: Node would not take it. */
function openSocket(): number {
  const fd = check(libc.socket(AF_INET, SOCK_DGRAM | CLOEXEC, 0));
  if (fd > 0) return fd;
  const other = duplicate(fd);
  libc.close(fd);
  if (other < 0) throw new BpfError({ operation: OPERATION, errno: -other });
  return other;
}

const OPERATION = "poll a descriptor";

function check(result: number): number {
  if (result < 0) throw new BpfError({ operation: OPERATION, errno: errno() });
  return result;
}
