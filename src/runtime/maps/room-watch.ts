/** Tells when programs have read from a user ring buffer. */
import { BpfError } from "../errors.ts";
import { epollAdd, epollCreate, EPOLLET, epollEvent, EPOLLOUT } from "../epoll.ts";
import { errno, libc } from "../native.ts";
import { watch, type Watch } from "../watch.ts";

/**
 * A watch of a user ring buffer.
 *
 * Its descriptor is writable whenever any byte is free (ringbuf.c, ringbuf_map_poll_user), which is of no use to who needs
 * more: libuv would ask again without end. An epoll instance in between, which reports edges, is readable once after
 * each `bpf_user_ringbuf_drain` that read something, or that was told to wake.
 */
export function watchRoom(fd: number, onRoom: () => void): Watch {
  const epoll = epollCreate();
  if (epoll < 0) throw new BpfError({ operation: "watch a user ring buffer", errno: errno() });
  const event = epollEvent();
  let inner: Watch;
  try {
    if (epollAdd(epoll, fd, EPOLLOUT | EPOLLET) < 0)
      throw new BpfError({ operation: "watch a user ring buffer", errno: errno() });
    inner = watch(epoll, () => {
      // Takes the edge away; what is read from now on is another one.
      libc.epoll_wait(epoll, event.address, 1, 0);
      onRoom();
    });
  } catch (error) {
    libc.close(epoll);
    throw error;
  }
  return {
    get closed() {
      return inner.closed;
    },
    start: () => inner.start(),
    stop: () => inner.stop(),
    ref: () => inner.ref(),
    unref: () => inner.unref(),
    close() {
      if (inner.closed) return;
      inner.close();
      libc.close(epoll);
    },
  };
}
