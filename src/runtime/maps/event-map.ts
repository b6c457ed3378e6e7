/** What the maps have in common that deliver events: ring buffers and perf event arrays. */
import { assertFunction } from "../arguments.ts";
import { closedView, Cursor } from "../codec/cursor.ts";
import { TinyBpfError } from "../errors.ts";
import type { EventRecords, ReadRecord } from "./event-records.ts";
import type { EventSource, RecordVisitor } from "./event-source.ts";
import { BpfMap, type MapHandle } from "./map.ts";

/** After so many events without a pause an iteration lets timers and I/O have their turn. */
const EVENTS_BEFORE_PAUSE = 256;

/**
 * What a callback may return: anything but a promise. An `async` callback would go on after its event's view is gone, and
 * its errors would reach nobody.
 */
export type Synchronous =
  | void
  | null
  | undefined
  | boolean
  | number
  | bigint
  | string
  | symbol
  | (object & { readonly then?: never });

interface Waiter<T> {
  readonly iterator: object;
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * A map that delivers events from BPF programs, each once. Consumers share it: with several, each event goes to one of
 * them.
 *
 * @typeParam T - an event
 * @typeParam V - its view
 */
export abstract class EventMap<T, V = never> extends BpfMap {
  readonly #handle: MapHandle;
  readonly #title: string;
  readonly #records: EventRecords<T, V>;
  readonly #cursor: Cursor;
  readonly #view: ReadRecord<V> | undefined;
  #source: EventSource | undefined;
  /** Calls of `next` that wait for an event, the longest first. */
  #waiters: Waiter<T>[] = [];

  /** @internal */
  constructor(handle: MapHandle, title: string, records: EventRecords<T, V>) {
    super(handle);
    this.#handle = handle;
    this.#title = title;
    this.#records = records;
    this.#cursor = new Cursor(closedView(this.#viewTitle), 0);
    this.#view = records.viewer(this.#cursor);
  }

  /** Gets at the memory; called when the map is first used. @internal */
  protected abstract connect(fd: number, onReadable: () => void): EventSource;

  /**
   * Hands every event that is there by now to `callback`, without waiting for more.
   *
   * An event counts as consumed once `callback` returns or throws. What it throws reaches the caller, and the events
   * behind it stay for the next call. It may close the skeleton.
   *
   * @param callback - returning `false` ends the call after this event
   * @returns how many events were handed over
   * @throws {ClosedError} once the skeleton is closed
   * @throws {ValueError} when a record is shorter than the event's type, or of none of its types; it is consumed then
   */
  consume(callback: (event: T) => Synchronous): number {
    assertFunction(callback, "callback");
    const { read } = this.#records;
    return this.#drain((data, at, length) => callback(read(data, at, length)), Number.POSITIVE_INFINITY);
  }

  /**
   * As {@link consume}, but hands over a view that reads single fields in place. It is one and the same object for
   * all events, or for all of a type, valid until `callback` returns; later it throws a `ClosedError`.
   *
   * @throws {TinyBpfError} when the events have no views: their type is unknown, or no struct
   */
  consumeViews(callback: (event: V) => Synchronous): number {
    assertFunction(callback, "callback");
    const view = this.#view;
    if (view === undefined)
      throw new TinyBpfError(`events of ${this.#title} have no views: their type is ${this.#records.name}`);
    this.#assertIdle();
    try {
      return this.#drain((data, at, length) => callback(view(data, at, length)), Number.POSITIVE_INFINITY);
    } finally {
      this.#cursor.close(this.#viewTitle);
    }
  }

  /**
   * Waits for events, one at a time. While a `next` is pending the process stays alive; an idle iteration costs
   * nothing. Leaving the loop loses no event. Closing the skeleton ends it.
   *
   * @throws {ClosedError} once the skeleton is closed
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    this.connected();
    let ended = false;
    let unpaused = 0;
    let pause: Promise<void> | undefined;
    const iterator: AsyncIterableIterator<T> = {
      [Symbol.asyncIterator]: () => iterator,
      next: async () => {
        if (pause === undefined && ++unpaused >= EVENTS_BEFORE_PAUSE) {
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
        if (ended || this.#handle.closed) return DONE;
        const taken = this.#waiters.length === 0 ? this.#take() : undefined;
        if (taken !== undefined) return taken;
        // Who hears of lost events may have closed the skeleton.
        if (this.#handle.closed) return DONE;
        unpaused = 0;
        return await new Promise<IteratorResult<T, undefined>>((resolve, reject) => {
          this.#wait({ iterator, resolve, reject });
        });
      },
      return: async () => {
        ended = true;
        this.#endWaiters((waiter) => waiter.iterator === iterator);
        return DONE;
      },
    };
    return iterator;
  }

  get #viewTitle(): string {
    return `the view of an event of ${this.#title}`;
  }

  /** The memory, which is got when it is first needed. @internal */
  protected connected(): EventSource {
    const { fd } = this.#handle;
    if (this.#source === undefined) {
      const source = this.connect(fd, () => this.#onReadable());
      this.#source = source;
      this.#handle.onClose(() => this.#close(source));
    }
    return this.#source;
  }

  #close(source: EventSource): void {
    source.watch.close();
    this.#cursor.close(this.#title);
    this.#endWaiters(() => true);
    source.reader.stop();
    // A callback that closes us runs on top of a drain, which still needs the memory.
    if (!source.reader.draining) this.#free(source);
  }

  #free(source: EventSource): void {
    if (this.#source === undefined) return;
    this.#source = undefined;
    source.free();
  }

  #drain(visit: RecordVisitor, limit: number, wanted?: () => boolean): number {
    const source = this.#assertIdle();
    try {
      return source.reader.drain(visit, limit, wanted);
    } finally {
      if (this.#handle.closed) this.#free(source);
    }
  }

  #assertIdle(): EventSource {
    const source = this.connected();
    if (!source.reader.draining) return source;
    throw new TinyBpfError(`${this.#title} is being consumed: its callback cannot consume it as well`);
  }

  /**
   * The next event, when there is one and nobody is in the middle of a drain. `wanted` is asked again once somebody has
   * heard of lost events: false leaves the next one where it is.
   */
  #take(wanted?: () => boolean): IteratorYieldResult<T> | undefined {
    if (this.connected().reader.draining) return undefined;
    const { read } = this.#records;
    let result: IteratorYieldResult<T> | undefined;
    this.#drain(
      (data, at, length) => {
        result = { done: false, value: read(data, at, length) };
      },
      1,
      wanted,
    );
    return result;
  }

  #wait(waiter: Waiter<T>): void {
    const { watch } = this.connected();
    this.#waiters.push(waiter);
    watch.ref();
    watch.start();
  }

  #onReadable(): void {
    const wanted = (): boolean => this.#waiters.length > 0;
    while (wanted()) {
      // What hears of lost events may end who waits: whose turn it is shows only afterwards.
      let settle: (waiter: Waiter<T>) => void;
      try {
        const taken = this.#take(wanted);
        if (taken === undefined) return;
        settle = ({ resolve }) => resolve(taken);
      } catch (error) {
        if (!wanted()) throw error;
        settle = ({ reject }) => reject(error);
      }
      const waiter = this.#waiters.shift();
      if (waiter !== undefined) settle(waiter);
    }
    this.#rest();
  }

  /** Stops watching: nobody waits. */
  #rest(): void {
    const watch = this.#source?.watch;
    if (watch === undefined || watch.closed) return;
    watch.stop();
    watch.unref();
  }

  #endWaiters(which: (waiter: Waiter<T>) => boolean): void {
    const ended = this.#waiters.filter((waiter) => which(waiter));
    if (ended.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => !which(waiter));
    for (const waiter of ended) waiter.resolve(DONE);
    if (this.#waiters.length === 0) this.#rest();
  }
}
