/** Wakes JavaScript when a descriptor becomes readable, from Node's own event loop and without a thread. */
import { isMainThread } from "node:worker_threads";
import { epollAdd, epollCreate } from "./epoll.ts";
import { EPERM } from "./errno.ts";
import { BpfError, ClosedError } from "./errors.ts";
import { errno, libc, poll, type PollHandle } from "./native.ts";
import { duplicate } from "./own-descriptor.ts";
import { socketPoll } from "./socket-poll.ts";

/** A descriptor that is being watched. It starts stopped, and does not keep the process alive unless `ref` is called. */
export interface Watch {
  readonly closed: boolean;
  /** From now on `onReadable` is called in each turn of the event loop in which the descriptor is readable. */
  start(): void;
  stop(): void;
  /** While it is started, the process stays alive. */
  ref(): void;
  unref(): void;
  /** Stops for good. Closing twice is fine. */
  close(): void;
}

/**
 * Watches a descriptor. It may be closed meanwhile: the watch holds a duplicate of its own, which also keeps libuv
 * from seeing one descriptor twice, or one that is gone; either would abort the process.
 *
 * What `onReadable` throws becomes an uncaught exception, as with any event handler.
 *
 * @throws {BpfError} when the descriptor is bad, or is none that can be watched, such as a file's
 */
export function watch(fd: number, onReadable: () => void): Watch {
  const own = duplicate(fd);
  if (own < 0) throw new BpfError({ operation: `watch descriptor ${fd}`, errno: -own });
  const refusal = refusesEpoll(own);
  if (refusal !== 0) {
    libc.close(own);
    const failure = { operation: `watch descriptor ${fd}`, errno: refusal };
    throw new BpfError(refusal === EPERM ? { ...failure, hint: "It cannot be polled" } : failure);
  }
  try {
    return new PollWatch(own, onReadable);
  } catch (error) {
    libc.close(own);
    throw error;
  }
}

/** What epoll says to this descriptor: 0, or an error number. libuv would ask the same, and abort. */
function refusesEpoll(fd: number): number {
  const epoll = epollCreate();
  if (epoll < 0) return errno();
  try {
    return epollAdd(epoll, fd) < 0 ? errno() : 0;
  } finally {
    libc.close(epoll);
  }
}

class PollWatch implements Watch {
  readonly #fd: number;
  readonly #onReadable: () => void;
  #handle: PollHandle | undefined;
  #started = false;
  #delivering = false;

  constructor(fd: number, onReadable: () => void) {
    this.#fd = fd;
    this.#onReadable = onReadable;
    const handle = isMainThread ? undefined : socketPoll(fd, this.#wake);
    // A worker thread that may have no sockets had better not be terminated.
    this.#handle = handle ?? poll(fd, this.#wake);
  }

  // koffi calls us from libuv's poll phase, drops what we throw, and leaves promises and ticks to run whenever something
  // else makes them (Node 26). An immediate runs right after that phase, and is a callback like any other.
  readonly #wake = (): void => {
    if (this.#delivering) return;
    this.#delivering = true;
    setImmediate(() => {
      this.#delivering = false;
      if (this.#started) this.#onReadable();
    });
  };

  get closed(): boolean {
    return this.#handle === undefined;
  }

  start(): void {
    if (this.#started) return;
    this.#open().start();
    this.#started = true;
  }

  stop(): void {
    if (!this.#started) return;
    this.#open().stop();
    this.#started = false;
  }

  ref(): void {
    this.#open().ref();
  }

  unref(): void {
    this.#open().unref();
  }

  close(): void {
    const handle = this.#handle;
    if (handle === undefined) return;
    this.#handle = undefined;
    this.#started = false;
    // In this order: libuv must let go of the descriptor before its number can be another's.
    handle.close();
    libc.close(this.#fd);
  }

  // koffi dereferences the handle without a look once it is closed.
  #open(): PollHandle {
    if (this.#handle === undefined) throw new ClosedError("the watch");
    return this.#handle;
  }
}
