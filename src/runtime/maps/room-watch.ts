/** Tells when programs have read from a user ring buffer. */
import { BpfError } from "../errors.ts";
import { allocate, errno, libc } from "../native.ts";
import { watch, type Watch } from "../watch.ts";

// sys/epoll.h; the same on x86-64 and arm64
const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLLOUT = 4;
const EPOLLET = 2 ** 31;

/** Bytes of `struct epoll_event`: 12 on x86-64, 16 on arm64. */
const EVENT_SIZE = 16;

/**
 * A watch of a user ring buffer.
 *
 * Its descriptor is writable whenever any byte is free (ringbuf.c, ringbuf_map_poll_user), which is of no use to who needs
 * more: libuv would ask again without end. An epoll instance in between, which reports edges, is readable once after
 * each `bpf_user_ringbuf_drain` that read something, or that was told to wake.
 */
export function watchRoom(fd: number, onRoom: () => void): Watch {
  const epoll = libc.epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) throw new BpfError({ operation: "watch a user ring buffer", errno: errno() });
  const event = allocate(EVENT_SIZE);
  event.view.setUint32(0, (EPOLLOUT | EPOLLET) >>> 0, true);
  let inner: Watch;
  try {
    if (libc.epoll_ctl(epoll, EPOLL_CTL_ADD, fd, event.address) < 0)
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
