/** `BPF_MAP_TYPE_RINGBUF`: events, read from the memory that the kernel writes them to. */
import type { Codec, StructCodec } from "../codec/codec.ts";
import { closedView, Cursor } from "../codec/cursor.ts";
import { getBytes } from "../codec/numbers.ts";
import { TinyBpfError, ValueError } from "../errors.ts";
import { mapMemory, pageSize, type Mapping } from "../memory.ts";
import { watch, type Watch } from "../watch.ts";
import { BpfMap, type MapDescriptor, type MapHandle } from "./map.ts";
import { RingReader, type RecordVisitor } from "./ring-reader.ts";

/** The data is mapped twice, and a view in Node must stay below 4 GiB. */
const MAX_SIZE = 2 ** 30;

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

/** How the records of a ring buffer are read. */
interface RecordType<T, V> {
  /** The C type in messages. */
  readonly name: string;
  /** Bytes that a record has at least. */
  readonly size: number;
  readonly read: (data: DataView, at: number, length: number) => T;
  /** A view that moves with the cursor; undefined for types without views. */
  readonly view: (cursor: Cursor) => V | undefined;
}

/** The memory of a ring buffer in use. */
interface OpenRing {
  readonly reader: RingReader;
  readonly mappings: readonly Mapping[];
  readonly watch: Watch;
}

interface Waiter<T> {
  readonly iterator: object;
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * Events from a BPF program, in the order in which it reserved them, each delivered once. Consumers share the buffer:
 * with several, each event goes to one of them.
 *
 * @typeParam T - an event
 * @typeParam V - its view
 * @example
 * ```ts
 * for await (const event of exec.maps.events) console.log(event.pid, event.comm);
 * ```
 */
export class RingBuffer<T, V = never> extends BpfMap {
  readonly #handle: MapHandle;
  readonly #type: RecordType<T, V>;
  readonly #cursor = new Cursor(closedView("the view of a ring buffer's event"), 0);
  readonly #view: V | undefined;
  #ring: OpenRing | undefined;
  /** Calls of `next` that wait for an event, the longest first. */
  #waiters: Waiter<T>[] = [];

  constructor(handle: MapHandle, type: RecordType<T, V>) {
    super(handle);
    this.#handle = handle;
    this.#type = type;
    this.#view = type.view(this.#cursor);
  }

  /**
   * Hands every event that is there by now to `callback`, without waiting for more.
   *
   * An event counts as consumed once `callback` returns or throws. What it throws reaches the caller, and the events
   * behind it stay for the next call. It may close the skeleton.
   *
   * @param callback - returning `false` ends the call after this event
   * @returns how many events were handed over
   * @throws {ClosedError} once the skeleton is closed
   * @throws {ValueError} when a record is shorter than the event's type; it is consumed then
   */
  consume(callback: (event: T) => Synchronous): number {
    const type = this.#type;
    return this.#drain((data, at, length) => {
      if (length < type.size) throw this.#tooShort(length);
      return callback(type.read(data, at, length));
    }, Number.POSITIVE_INFINITY);
  }

  /**
   * As {@link consume}, but hands over a view that reads single fields in place. It is one and the same object for
   * all events, valid until `callback` returns; later it throws a `ClosedError`.
   *
   * @throws {TinyBpfError} when the events have no views: their type is unknown, or no struct
   */
  consumeViews(callback: (event: V) => Synchronous): number {
    const view = this.#view;
    if (view === undefined)
      throw new TinyBpfError(`events of ${this.#title} have no views: their type is ${this.#type.name}`);
    const cursor = this.#cursor;
    const { size } = this.#type;
    this.#assertIdle();
    try {
      return this.#drain((data, at, length) => {
        if (length < size) throw this.#tooShort(length);
        cursor.view = data;
        cursor.offset = at;
        return callback(view);
      }, Number.POSITIVE_INFINITY);
    } finally {
      cursor.close("the view of a ring buffer's event");
    }
  }

  /**
   * Waits for events, one at a time. While a `next` is pending the process stays alive; an idle iteration costs
   * nothing. Leaving the loop loses no event. Closing the skeleton ends it.
   *
   * @throws {ClosedError} once the skeleton is closed
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    this.#open();
    let ended = false;
    let unpaused = 0;
    const iterator: AsyncIterableIterator<T> = {
      [Symbol.asyncIterator]: () => iterator,
      next: async () => {
        if (++unpaused >= EVENTS_BEFORE_PAUSE) {
          unpaused = 0;
          await new Promise((resolve) => void setImmediate(resolve));
        }
        if (ended || this.#handle.closed) return DONE;
        const taken = this.#waiters.length === 0 ? this.#take() : undefined;
        if (taken !== undefined) return taken;
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

  get #title(): string {
    return `ring buffer ${this.#handle.name}`;
  }

  /** Maps the buffer when it is first used. */
  #open(): OpenRing {
    const { fd } = this.#handle;
    this.#ring ??= this.#map(fd);
    return this.#ring;
  }

  #map(fd: number): OpenRing {
    const size = this.#handle.maxEntries;
    if (size > MAX_SIZE)
      throw new TinyBpfError(
        `${this.#title} has ${size} bytes; at most ${MAX_SIZE} can be mapped: set a smaller maxEntries`,
      );
    const page = pageSize();
    const consumer = mapMemory(fd, page, 0, true, this.#title);
    let producer: Mapping | undefined;
    try {
      producer = mapMemory(fd, page + 2 * size, page, false, this.#title);
      const memory = { consumer: consumer.buffer, producer: producer.buffer, dataOffset: page, size };
      const ring = {
        reader: new RingReader(memory),
        mappings: [consumer, producer],
        watch: watch(fd, () => this.#onReadable()),
      };
      this.#handle.onClose(() => this.#close(ring));
      return ring;
    } catch (error) {
      producer?.close();
      consumer.close();
      throw error;
    }
  }

  #close(ring: OpenRing): void {
    ring.watch.close();
    this.#cursor.close(this.#title);
    this.#endWaiters(() => true);
    ring.reader.stop();
    // A callback that closes us runs on top of a drain, which still needs the memory.
    if (!ring.reader.draining) this.#unmap(ring);
  }

  #unmap(ring: OpenRing): void {
    this.#ring = undefined;
    for (const mapping of ring.mappings) mapping.close();
  }

  #drain(visit: RecordVisitor, limit: number): number {
    const ring = this.#assertIdle();
    try {
      return ring.reader.drain(visit, limit);
    } finally {
      if (this.#handle.closed) this.#unmap(ring);
    }
  }

  #assertIdle(): OpenRing {
    const ring = this.#open();
    if (!ring.reader.draining) return ring;
    throw new TinyBpfError(`${this.#title} is being consumed: its callback cannot consume it as well`);
  }

  #tooShort(length: number): ValueError {
    const { name, size } = this.#type;
    return new ValueError(
      `a record of ${length} bytes is too short for ${name}, which has ${size}`,
      this.#title,
    );
  }

  /** The next event, when there is one and nobody is in the middle of a drain. */
  #take(): IteratorYieldResult<T> | undefined {
    if (this.#open().reader.draining) return undefined;
    const type = this.#type;
    let result: IteratorYieldResult<T> | undefined;
    this.#drain((data, at, length) => {
      if (length < type.size) throw this.#tooShort(length);
      result = { done: false, value: type.read(data, at, length) };
    }, 1);
    return result;
  }

  #wait(waiter: Waiter<T>): void {
    const ring = this.#open();
    this.#waiters.push(waiter);
    ring.watch.ref();
    ring.watch.start();
  }

  #onReadable(): void {
    for (let waiter = this.#waiters[0]; waiter !== undefined; waiter = this.#waiters[0]) {
      try {
        const taken = this.#take();
        if (taken === undefined) return;
        waiter.resolve(taken);
      } catch (error) {
        waiter.reject(error);
      }
      this.#waiters.shift();
    }
    this.#rest();
  }

  /** Stops watching: nobody waits. */
  #rest(): void {
    const ring = this.#ring;
    if (ring === undefined || ring.watch.closed) return;
    ring.watch.stop();
    ring.watch.unref();
  }

  #endWaiters(which: (waiter: Waiter<T>) => boolean): void {
    const ended = this.#waiters.filter((waiter) => which(waiter));
    if (ended.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => !which(waiter));
    for (const waiter of ended) waiter.resolve(DONE);
    if (this.#waiters.length === 0) this.#rest();
  }
}

const RAW: RecordType<Uint8Array<ArrayBuffer>, never> = {
  name: "unknown",
  size: 0,
  read: getBytes,
  view: () => undefined,
};

/** A ring buffer whose events are structs, with views. */
export function ringBuffer<T, I, V>(event: StructCodec<T, I, V>): MapDescriptor<RingBuffer<T, V>>;
/** A ring buffer whose events are of one other type. */
export function ringBuffer<T, I>(event: Codec<T, I>): MapDescriptor<RingBuffer<T>>;
/** A ring buffer whose events have no known type: they are bytes. */
export function ringBuffer(): MapDescriptor<RingBuffer<Uint8Array<ArrayBuffer>>>;
export function ringBuffer(
  event?: Codec<unknown, never> | StructCodec<unknown, never>,
): MapDescriptor<BpfMap> {
  const type: RecordType<unknown, unknown> = event === undefined ? RAW : typed(event);
  return {
    types: ["ringbuf"],
    keySize: 0,
    valueSize: 0,
    create: (handle) => new RingBuffer(handle, type),
  };
}

function typed(event: Codec<unknown, never> | StructCodec<unknown, never>): RecordType<unknown, unknown> {
  return {
    name: event.name,
    size: event.size,
    read: event.read,
    view: (cursor) => ("View" in event ? new event.View(cursor) : undefined),
  };
}
