/** Where iterations get their items from. */
import type { Waiter } from "./waiter.ts";
import type { WaitQueue } from "./wait-queue.ts";

/** An item, as `next` gives it. */
export type Taken<T> = IteratorYieldResult<T>;

/** The end, or an item. */
export type Next<T> = IteratorResult<T, undefined>;

/**
 * Reads one item; undefined when there is none.
 *
 * @param wanted - asked again once somebody has heard of lost events: false leaves the item where it is
 */
export type Take<T> = (wanted?: () => boolean) => Taken<T> | undefined;

/** A source of items: one map, or several. */
export interface Port<T> {
  readonly closed: boolean;
  /** The next item; undefined when there is none, or others wait whose turn is before. */
  take(): Taken<T> | undefined;
  /** Queues up for an item. @returns leaves the queue */
  wait(waiter: Waiter<Next<T>>): () => void;
}

/** What reads one map, and the queue for that. */
export interface MapSource<T> {
  readonly closed: boolean;
  readonly queue: WaitQueue;
  readonly take: Take<T>;
}

export const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** What reads the events of each map that has any, for {@link merge}. */
const sources = new WeakMap<object, () => MapSource<unknown>>();

/** Makes known what reads the events of `map`, one by one. */
export function setSource(map: object, source: () => MapSource<unknown>): void {
  sources.set(map, source);
}

/** What reads the events of `map`; undefined when it is no map with events. @throws {ClosedError} once it is closed */
export function getSource(map: unknown): MapSource<unknown> | undefined {
  return typeof map === "object" && map !== null ? sources.get(map)?.() : undefined;
}

/** The port of one map. */
export function portOf<T>(source: MapSource<T>): Port<T> {
  return {
    get closed() {
      return source.closed;
    },
    take: () => (source.queue.empty ? source.take() : undefined),
    wait: (waiter) =>
      queueUp(source, waiter, { left: () => undefined, closed: () => waiter.end(() => DONE) }),
  };
}

/** What becomes of a place in a queue. */
export interface PlaceEvents {
  /** Its turn came and brought an item or an error. */
  left(): void;
  /** The map was closed. */
  closed(): void;
}

/** Puts `waiter` into the queue of one map. @returns leaves it */
export function queueUp<T>(
  { queue, take }: MapSource<T>,
  waiter: Waiter<Next<T>>,
  events: PlaceEvents,
): () => void {
  const place = {
    serve(wanted: () => boolean): boolean {
      try {
        const served = waiter.serve(() => take(wanted));
        if (served) {
          queue.delete(place);
          events.left();
        }
        return served;
      } finally {
        waiter.finish();
      }
    },
    fail(error: unknown): void {
      events.left();
      waiter.fail(error);
    },
    end: () => events.closed(),
  };
  queue.add(place);
  return () => queue.delete(place);
}
