/** What the maps have in common that deliver events: ring buffers and perf event arrays. */
import { assertFunction } from "../arguments.ts";
import { closedView, Cursor } from "../codec/cursor.ts";
import { TinyBpfError } from "../errors.ts";
import { takeBatch } from "../streams/batches.ts";
import { type Handler, type HandlerOptions, listen, poll } from "../streams/handler.ts";
import { iterate } from "../streams/iterate.ts";
import {
  type BatchOptions,
  batchOptions,
  signalOf,
  type StreamOptions,
  timeoutOf,
} from "../streams/options.ts";
import { type MapSource, portOf, setSource, type Take, type Taken } from "../streams/port.ts";
import { readableOf } from "../streams/readable.ts";
import { WaitQueue } from "../streams/wait-queue.ts";
import type { EventRecords, ReadRecord } from "./event-records.ts";
import type { EventSource, RecordVisitor } from "./event-source.ts";
import { BpfMap, type MapHandle } from "./map.ts";
import type { Synchronous } from "./synchronous.ts";

/** What is called with an event or its view, and with what else is known of it. */
export type EventCallback<E, P extends readonly unknown[]> = (event: E, ...place: P) => Synchronous;

/**
 * A map that delivers events from BPF programs, each once. Consumers of all kinds share it: each event goes to one of
 * them, and those that wait take turns, the longest waiting first.
 *
 * No event is read before somebody asks for it: what a slow consumer leaves stays in the kernel's buffer, and when that is
 * full it is the kernel that drops events. Once the skeleton is closed there is nothing to read: events that nobody had read
 * by then are gone, unless somebody else has the map.
 *
 * @typeParam T - an event
 * @typeParam V - its view
 * @typeParam P - what callbacks get besides
 */
export abstract class EventMap<T, V = never, P extends readonly unknown[] = []> extends BpfMap {
  readonly #handle: MapHandle;
  readonly #title: string;
  readonly #records: EventRecords<T, V>;
  readonly #cursor: Cursor;
  readonly #view: ReadRecord<V> | undefined;
  #source: EventSource | undefined;
  readonly #queue: WaitQueue = new WaitQueue({
    start: () => {
      const { watch } = this.connected();
      watch.start();
      watch.ref();
    },
    stop: () => {
      const watch = this.#source?.watch;
      if (watch === undefined || watch.closed) return;
      watch.stop();
      watch.unref();
    },
  });

  /** @internal */
  constructor(handle: MapHandle, title: string, records: EventRecords<T, V>) {
    super(handle);
    this.#handle = handle;
    this.#title = title;
    this.#records = records;
    this.#cursor = new Cursor(closedView(this.#viewTitle), 0);
    this.#view = records.viewer(this.#cursor);
    setSource(this, () => this.#oneByOne());
  }

  /** Gets at the memory; called when the map is first used. @internal */
  protected abstract connect(fd: number, onReadable: () => void): EventSource;

  /** What reads a record and hands it to `callback`. @internal */
  protected abstract visitor<E>(read: ReadRecord<E>, callback: EventCallback<E, P>): RecordVisitor;

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
   * @throws {TinyBpfError} inside of a callback that is given events of this map
   */
  consume(callback: EventCallback<T, P>): number {
    const { visit, drain } = this.#handler(callback);
    return drain(visit);
  }

  /**
   * As {@link consume}, but hands over a view that reads single fields in place. It is one and the same object for
   * all events, or for all of a type, valid until `callback` returns; later it throws a `ClosedError`.
   *
   * @throws {TinyBpfError} when the events have no views: their type is unknown, or no struct
   */
  consumeViews(callback: EventCallback<V, P>): number {
    const { visit, drain } = this.#viewHandler(callback);
    return drain(visit);
  }

  /**
   * Waits until there are events, but at most `timeout` milliseconds, and hands those that are there then to `callback`, as
   * {@link consume} does. Unlike `ring_buffer__poll` it does not block the thread: timers and I/O go on, and the process
   * stays alive.
   *
   * @param timeout - milliseconds, or `Infinity`
   * @returns how many events were handed over; 0 when the time was over, or the skeleton was closed
   * @throws as {@link consume}, and the signal's reason, by rejecting
   */
  async poll(timeout: number, callback: EventCallback<T, P>, options: StreamOptions = {}): Promise<number> {
    const limit = timeoutOf(timeout);
    return await poll(this.#handler(callback), limit, this.#handlerOptions(options));
  }

  /** As {@link poll}, with a view, as {@link consumeViews} gives it. */
  async pollViews(
    timeout: number,
    callback: EventCallback<V, P>,
    options: StreamOptions = {},
  ): Promise<number> {
    const limit = timeoutOf(timeout);
    return await poll(this.#viewHandler(callback), limit, this.#handlerOptions(options));
  }

  /**
   * Hands events to `callback` as they come, each turn of the event loop those that are there, until `callback` returns
   * `false` or the skeleton is closed. The process stays alive meanwhile.
   *
   * What `callback` throws rejects the promise, and the events behind stay for who reads next.
   *
   * @returns how many events were handed over
   * @throws as {@link consume}, and the signal's reason, by rejecting
   * @example
   * ```ts
   * const stop = new AbortController();
   * await exec.maps.events.listen((event) => console.log(event.pid), { signal: stop.signal });
   * ```
   */
  async listen(callback: EventCallback<T, P>, options: StreamOptions = {}): Promise<number> {
    return await listen(this.#handler(callback), this.#handlerOptions(options));
  }

  /** As {@link listen}, with a view, as {@link consumeViews} gives it. */
  async listenViews(callback: EventCallback<V, P>, options: StreamOptions = {}): Promise<number> {
    return await listen(this.#viewHandler(callback), this.#handlerOptions(options));
  }

  /**
   * Waits for events, one at a time. While a `next` is pending the process stays alive; an idle iteration costs
   * nothing. Leaving the loop loses no event. Closing the skeleton ends it.
   *
   * @throws {ClosedError} once the skeleton is closed
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    return this.iterate();
  }

  /**
   * As `for await (const event of map)`, with options.
   *
   * @throws {ClosedError} once the skeleton is closed
   */
  iterate(options: StreamOptions = {}): AsyncIterableIterator<T, undefined> {
    const signal = signalOf(options);
    return iterate(portOf(this.#oneByOne()), signal);
  }

  /**
   * Waits for events, and gives all that are there at once, in arrays of at most `max`. An event that cannot be decoded is
   * an error after the batch of those before it.
   *
   * @throws {ClosedError} once the skeleton is closed
   * @example
   * ```ts
   * for await (const events of exec.maps.events.batches()) await database.insert(events);
   * ```
   */
  batches(options: BatchOptions = {}): AsyncIterableIterator<T[], undefined> {
    const { signal, max } = batchOptions(options);
    const drain = (push: (event: T) => void, limit: number, wanted?: () => boolean): number => {
      const { read } = this.#records;
      return this.drain((data, at, length) => push(read(data, at, length)), limit, wanted);
    };
    return iterate(portOf(this.sourceOf(takeBatch(drain, max))), signal, (events) => events.length);
  }

  /**
   * A web stream of the events. It reads none before it is asked for one, and ends when the skeleton is closed. Aborting the
   * signal makes it fail with the signal's reason. Node's is `Readable.fromWeb(map.readable())`, which asks for some ahead.
   *
   * @throws {ClosedError} once the skeleton is closed
   */
  readable(options: StreamOptions = {}): ReadableStream<T> {
    return readableOf(this.iterate(options));
  }

  get #viewTitle(): string {
    return `the view of an event of ${this.#title}`;
  }

  /** How events are decoded. @internal */
  protected get readRecord(): ReadRecord<T> {
    return this.#records.read;
  }

  /** The memory, which is got when it is first needed. @internal */
  protected connected(): EventSource {
    const { fd } = this.#handle;
    if (this.#source === undefined) {
      const source = this.connect(fd, () => this.#queue.serve());
      this.#source = source;
      this.#handle.onClose(() => this.#close(source));
    }
    return this.#source;
  }

  /** What iterations read by `take`. @throws {ClosedError} once the skeleton is closed @internal */
  protected sourceOf<R>(take: Take<R>): MapSource<R> {
    this.connected();
    const handle = this.#handle;
    return {
      get closed() {
        return handle.closed;
      },
      queue: this.#queue,
      // Inside of a callback the events are its caller's: who asks there for one waits until it is done.
      take: (wanted) => (this.connected().reader.draining ? undefined : take(wanted)),
    };
  }

  /** Hands over what is there by now; see {@link RecordReader}. @internal */
  protected drain(visit: RecordVisitor, limit?: number, wanted?: () => boolean): number {
    const source = this.#assertIdle();
    try {
      return source.reader.drain(visit, limit ?? Number.POSITIVE_INFINITY, wanted);
    } finally {
      if (this.#handle.closed) this.#free(source);
    }
  }

  #handler(callback: EventCallback<T, P>): Handler {
    assertFunction(callback, "callback");
    return {
      visit: this.visitor(this.#records.read, callback),
      drain: (visit, wanted) => this.drain(visit, undefined, wanted),
    };
  }

  #viewHandler(callback: EventCallback<V, P>): Handler {
    assertFunction(callback, "callback");
    const view = this.#view;
    if (view === undefined)
      throw new TinyBpfError(`events of ${this.#title} have no views: their type is ${this.#records.name}`);
    return {
      visit: this.visitor(view, callback),
      drain: (visit, wanted) => {
        this.#assertIdle();
        try {
          return this.drain(visit, undefined, wanted);
        } finally {
          this.#cursor.close(this.#viewTitle);
        }
      },
    };
  }

  /** @throws {ClosedError} once the skeleton is closed */
  #handlerOptions(options: StreamOptions): HandlerOptions {
    const signal = signalOf(options);
    this.connected();
    return { queue: this.#queue, closed: () => this.#handle.closed, signal };
  }

  #oneByOne(): MapSource<T> {
    const { read } = this.#records;
    let taken: Taken<T> | undefined;
    const visit: RecordVisitor = (data, at, length) => {
      taken = { done: false, value: read(data, at, length) };
    };
    return this.sourceOf((wanted) => {
      this.drain(visit, 1, wanted);
      const result = taken;
      taken = undefined;
      return result;
    });
  }

  #close(source: EventSource): void {
    source.watch.close();
    this.#cursor.close(this.#title);
    source.reader.stop();
    this.#queue.end();
    // A callback that closes us runs on top of a drain, which still needs the memory.
    if (!source.reader.draining) this.#free(source);
  }

  #free(source: EventSource): void {
    if (this.#source === undefined) return;
    this.#source = undefined;
    source.free();
  }

  #assertIdle(): EventSource {
    const source = this.connected();
    if (!source.reader.draining) return source;
    throw new TinyBpfError(`${this.#title} is being consumed: its callback cannot consume it as well`);
  }
}
