/** Tells of events in perf buffers. */
import { watch, type Watch } from "../watch.ts";

/**
 * A watch of perf buffers, by the epoll descriptor that libbpf puts them behind.
 *
 * A perf event says only once that there is something: asking takes the answer away (kernel/events/core.c, perf_poll).
 * epoll asks when a descriptor is added to it, which libuv does when the watch is started, and asks again before it
 * reports: what came earlier is never reported. So the watch calls once by itself after each start.
 */
export function watchPerfBuffers(epollFd: number, onReadable: () => void): Watch {
  const inner = watch(epollFd, onReadable);
  let started = false;
  return {
    get closed() {
      return inner.closed;
    },
    start() {
      if (started) return;
      inner.start();
      started = true;
      // libuv adds the descriptor before it polls next, which is between the first of these and the second.
      setImmediate(() => {
        setImmediate(() => {
          if (started) onReadable();
        });
      });
    },
    stop() {
      started = false;
      inner.stop();
    },
    ref: () => inner.ref(),
    unref: () => inner.unref(),
    close() {
      started = false;
      inner.close();
    },
  };
}
