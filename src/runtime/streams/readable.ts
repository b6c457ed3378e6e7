/** Web streams of events. */

/**
 * A stream of what an iteration gives. It reads nothing ahead: an event that nobody has asked for stays in the buffer, and
 * keeps no process alive.
 */
export function readableOf<T>(iterator: AsyncIterableIterator<T, undefined>): ReadableStream<T> {
  return new ReadableStream<T>(
    {
      async pull(controller) {
        // Who asks and cancels at once would never see the event that is there.
        await Promise.resolve();
        const next = await iterator.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
