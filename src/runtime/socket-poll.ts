/**
 * Polls a descriptor in a worker thread's event loop by what is Node's own. koffi's poll handles are not made for threads that
 * are terminated: libuv goes on while a thread is taken down, and koffi aborts the process when it hears of an event then.
 *
 * Node has no handle for any descriptor, but one for UDP sockets, which tells of an error when reading fails, and stays open.
 * So what it polls, in the place of a socket, is an epoll descriptor, which nobody can read; and what is to be polled is in
 * that or not.
 */
import { AsyncResource } from "node:async_hooks";
import { createSocket, type Socket } from "node:dgram";
import { epollAdd, epollCreate, epollDelete, EPOLLIN } from "./epoll.ts";
import { BpfError } from "./errors.ts";
import { errno, libc, type PollHandle } from "./native.ts";
import { duplicate } from "./own-descriptor.ts";

// sys/socket.h, fcntl.h; the same on x86-64 and arm64
const AF_INET = 2;
const SOCK_DGRAM = 2;
const CLOEXEC = 0o2000000;

/** @returns undefined where sockets are not allowed: by Node's permission model, or in a sandbox */
export function socketPoll(fd: number, callback: () => void): PollHandle | undefined {
  const number = openSocket();
  if (number === undefined) return undefined;
  const socket = outside.runInAsyncScope(() => socketOf(number));
  return socket === undefined ? undefined : new SocketPoll(fd, number, socket, callback);
}

/** Not where a map was used first, whose `AsyncLocalStorage` would have to stay, and be that of all callbacks. */
const outside = new AsyncResource("tinybpf");

/** Gives a descriptor to Node, which gives it to libuv, and that to its epoll when the event loop goes on. */
function socketOf(number: number): Socket | undefined {
  let socket: Socket | undefined;
  try {
    socket = createSocket("udp4");
    return socket.bind({ fd: number, exclusive: true }).unref();
  } catch {
    socket?.close();
    libc.close(number);
    return undefined;
  }
}

class SocketPoll implements PollHandle {
  readonly #fd: number;
  /** The descriptor that Node takes for a socket's, and closes with it. */
  readonly #epoll: number;
  readonly #socket: Socket;

  constructor(fd: number, number: number, socket: Socket, callback: () => void) {
    this.#fd = fd;
    this.#epoll = number;
    this.#socket = socket;
    socket.on("error", callback);
    try {
      putEpoll(number);
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  start(): void {
    check(epollAdd(this.#epoll, this.#fd, EPOLLIN));
  }

  stop(): void {
    check(epollDelete(this.#epoll, this.#fd));
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
function openSocket(): number | undefined {
  const fd = libc.socket(AF_INET, SOCK_DGRAM | CLOEXEC, 0);
  if (fd !== 0) return fd < 0 ? undefined : fd;
  const other = duplicate(fd);
  libc.close(fd);
  return other < 0 ? undefined : other;
}

/** Puts an epoll descriptor in the place of another. */
function putEpoll(number: number): void {
  const epoll = check(epollCreate());
  try {
    check(libc.dup3(epoll, number, CLOEXEC));
  } finally {
    libc.close(epoll);
  }
}

function check(result: number): number {
  if (result < 0) throw new BpfError({ operation: "poll a descriptor", errno: errno() });
  return result;
}
