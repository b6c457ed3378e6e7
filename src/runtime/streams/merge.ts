/** Events of several maps in one stream. */
import { assertObject } from "../arguments.ts";
import { wrong } from "../codec/check.ts";
import type { PerfEventArray } from "../maps/perf-event-array.ts";
import type { RingBuffer } from "../maps/ringbuf.ts";
import { iterate } from "./iterate.ts";
import { signalOf, type StreamOptions } from "./options.ts";
import { DONE, getSource, type MapSource, type Port, queueUp } from "./port.ts";

/** A map whose events can be merged with those of others. */
export type EventStream = RingBuffer<unknown, unknown> | PerfEventArray<unknown, unknown>;

/** An event, with the name under which its map was given: a union that `map` tells apart. */
export type Merged<M extends Readonly<Record<string, EventStream>>> = {
  [K in keyof M & string]: {
    readonly map: K;
    readonly event: M[K] extends AsyncIterable<infer T> ? T : never;
  };
}[keyof M & string];

/**
 * The events of several maps, as they come, each with the name of its map. Maps take turns, so that a busy one keeps no
 * other waiting; between maps events have no order. It ends when all of them are closed. Leaving the loop loses no event.
 *
 * @param maps - ring buffers and perf event arrays, of one or several skeletons, by the names to tell them apart
 * @throws {ClosedError} when one of them is closed already
 * @throws {ValueError} when there is something else among them
 *
 * @example
 * ```ts
 * for await (const { map, event } of merge({ starts: x.maps.starts, stops: x.maps.stops })) console.log(map, event);
 * ```
 */
export function merge<const M extends Readonly<Record<string, EventStream>>>(
  maps: M,
  options: StreamOptions = {},
): AsyncIterableIterator<Merged<M>, undefined> {
  assertObject(maps, "maps");
  const signal = signalOf(options);
  const sources = Object.entries(maps).map(([map, stream]) => tagged(map, stream));
  // What is tagged with a map's name is that map's event.
  return iterate(together(sources), signal) as AsyncIterableIterator<Merged<M>, undefined>;
}

interface TaggedEvent {
  readonly map: string;
  readonly event: unknown;
}

/** What reads one map, with the map's name at each event. */
function tagged(map: string, stream: unknown): MapSource<TaggedEvent> {
  const source = getSource(stream);
  if (source === undefined) throw wrong(stream, "a ring buffer or perf event array", map);
  return {
    get closed() {
      return source.closed;
    },
    queue: source.queue,
    take(wanted) {
      const taken = source.take(wanted);
      return taken && { done: false, value: { map, event: taken.value } };
    },
  };
}

/** Several sources as one, which take turns. */
function together<T>(sources: readonly MapSource<T>[]): Port<T> {
  /** Whose turn it is first. */
  let turn = 0;
  const closed = (): boolean => sources.every((source) => source.closed);
  return {
    get closed() {
      return closed();
    },
    take() {
      for (let i = 0; i < sources.length; i++) {
        const at = (turn + i) % sources.length;
        const source = sources[at];
        if (source === undefined || source.closed || !source.queue.empty) continue;
        const taken = source.take();
        if (taken === undefined) continue;
        turn = at + 1;
        return taken;
      }
      return undefined;
    },
    wait(waiter) {
      const leave = (): void => {
        for (const each of places) each();
      };
      const places = sources
        .filter((source) => !source.closed)
        .map((source) =>
          queueUp(source, waiter, {
            left: leave,
            closed: () => {
              if (closed()) waiter.end(() => DONE);
            },
          }),
        );
      return leave;
    },
  };
}
