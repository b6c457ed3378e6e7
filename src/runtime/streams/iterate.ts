/** Async iteration over a port. */
import { DONE, type Next, type Port, type Taken } from "./port.ts";
import { onAbort, Waiter } from "./waiter.ts";

/** After so many events without a pause an iteration lets timers and I/O have their turn. */
const EVENTS_BEFORE_PAUSE = 256;

/** A call of `next` that waits. */
interface Call<T> {
  readonly waiter: Waiter<Next<T>>;
  readonly leave: () => void;
}

/**
 * Iterates over what a port gives, until the port is closed, the iteration is left, or the signal is aborted.
 *
 * @param eventsIn - how many events an item stands for
 */
export function iterate<T>(
  port: Port<T>,
  signal?: AbortSignal,
  eventsIn: (item: T) => number = () => 1,
): AsyncIterableIterator<T, undefined> {
  const calls = new Set<Call<T>>();
  let ended = false;
  let unpaused = 0;
  let pause: Promise<void> | undefined;

  const counted = (taken: Taken<T>): Taken<T> => {
    unpaused += eventsIn(taken.value);
    return taken;
  };
  /** Ends the calls that wait; the first of them by `first`. */
  const end = (first: (waiter: Waiter<Next<T>>) => void): void => {
    let settle = first;
    for (const { waiter, leave } of calls) {
      leave();
      settle(waiter);
      settle = (each) => each.end(() => DONE);
    }
    calls.clear();
  };
  const wait = async (): Promise<Next<T>> => {
    const waiter = new Waiter<Next<T>>();
    const call = { waiter, leave: port.wait(waiter) };
    calls.add(call);
    const forget = onAbort(signal, (reason) => end((each) => each.abort(reason)));
    try {
      return await waiter.promise;
    } catch (error) {
      // If it got an item nevertheless, which was being read for it, the next call is rejected.
      if (signal?.aborted === true && error === signal.reason) ended = true;
      throw error;
    } finally {
      forget();
      call.leave();
      calls.delete(call);
    }
  };
  const later = async (): Promise<Next<T>> => {
    if (pause === undefined && unpaused >= EVENTS_BEFORE_PAUSE) {
      unpaused = 0;
      pause = new Promise((resolve) => {
        setImmediate(() => {
          pause = undefined;
          resolve();
        });
      });
    }
    // Calls that come meanwhile queue up behind the one that pauses: none may overtake it.
    if (pause !== undefined) await pause;
    if (ended || port.closed) return DONE;
    if (signal?.aborted === true) ended = true;
    signal?.throwIfAborted();
    const taken = port.take();
    if (taken !== undefined) return counted(taken);
    // Who hears of lost events may have closed the skeleton.
    if (port.closed) return DONE;
    unpaused = 0;
    return await wait();
  };
  const iterator: AsyncIterableIterator<T, undefined> = {
    [Symbol.asyncIterator]: () => iterator,
    next: () => {
      // The short way, for an event that is there; an async function would cost as much again.
      if (
        ended ||
        pause !== undefined ||
        unpaused >= EVENTS_BEFORE_PAUSE ||
        signal?.aborted === true ||
        port.closed
      )
        return later();
      try {
        const taken = port.take();
        return taken === undefined ? later() : Promise.resolve(counted(taken));
      } catch (error) {
        return Promise.reject(error);
      }
    },
    return: async () => {
      ended = true;
      end((waiter) => waiter.end(() => DONE));
      return DONE;
    },
  };
  return iterator;
}
