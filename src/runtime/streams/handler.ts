/** Callbacks that events are handed to, as they come: once, or for as long as somebody listens. */
import type { RecordVisitor } from "../maps/event-source.ts";
import type { Waiting, WaitQueue } from "./wait-queue.ts";
import { onAbort, Waiter } from "./waiter.ts";

/** A callback, and how it is given events. */
export interface Handler {
  /** Hands one record to the callback. */
  readonly visit: RecordVisitor;
  /** Hands the records that are there by now to `visit`; see RecordReader. @returns how many */
  readonly drain: (visit: RecordVisitor, wanted?: () => boolean) => number;
}

/** What a handler waits with. */
export interface HandlerOptions {
  readonly queue: WaitQueue;
  readonly closed: () => boolean;
  readonly signal: AbortSignal | undefined;
}

/**
 * Waits at most `timeout` milliseconds for events, and hands over those that are there then.
 *
 * @returns how many, also when the callback aborted the signal; 0 when the time was over, or the map was closed
 */
export async function poll(
  handler: Handler,
  timeout: number | undefined,
  { queue, closed, signal }: HandlerOptions,
): Promise<number> {
  // No callback is called before its caller has the promise.
  await Promise.resolve();
  signal?.throwIfAborted();
  if (closed()) return 0;
  if (queue.empty) {
    const count = handler.drain(
      (data, at, length, cpu) => handler.visit(data, at, length, cpu) !== false && signal?.aborted !== true,
    );
    if (count > 0 || closed()) return count;
  }
  return timeout === 0 ? 0 : await turns({ handler, queue, signal, timeout, once: true });
}

/**
 * Hands over events as they come, until the callback returns false or the map is closed.
 *
 * @returns how many
 */
export async function listen(handler: Handler, { queue, closed, signal }: HandlerOptions): Promise<number> {
  await Promise.resolve();
  signal?.throwIfAborted();
  return closed() ? 0 : await turns({ handler, queue, signal, timeout: undefined, once: false });
}

interface Turns {
  readonly handler: Handler;
  readonly queue: WaitQueue;
  readonly signal: AbortSignal | undefined;
  readonly timeout: number | undefined;
  /** Whether one turn in which there were events is enough. */
  readonly once: boolean;
}

async function turns({ handler, queue, signal, timeout, once }: Turns): Promise<number> {
  const waiter = new Waiter<number>();
  let total = 0;
  let enough = false;
  let left = false;
  const visit: RecordVisitor = (data, at, length, cpu) => {
    if (handler.visit(data, at, length, cpu) === false) enough = true;
    return !enough && !left;
  };
  const turn = (wanted: () => boolean): number | undefined => {
    const count = handler.drain(visit, wanted);
    total += count;
    return enough || (once && count > 0) ? total : undefined;
  };
  const waiting: Waiting = {
    serve(wanted) {
      const before = total;
      try {
        if (waiter.serve(() => turn(wanted))) queue.delete(waiting);
        else if (total > before) queue.requeue(waiting);
        return total > before;
      } catch (error) {
        queue.delete(waiting);
        waiter.fail(error);
        return true;
      } finally {
        waiter.finish();
      }
    },
    fail: (error) => waiter.fail(error),
    end: () => waiter.end(() => total),
  };
  const leave = (): void => {
    left = true;
    queue.delete(waiting);
  };
  queue.add(waiting);
  const forget = onAbort(signal, (reason) => {
    leave();
    waiter.abort(reason);
  });
  const timer =
    timeout === undefined
      ? undefined
      : setTimeout(() => {
          leave();
          waiter.end(() => total);
        }, timeout);
  try {
    return await waiter.promise;
  } finally {
    clearTimeout(timer);
    forget();
  }
}
