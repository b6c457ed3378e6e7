/** `BPF_MAP_TYPE_USER_RINGBUF`: records for BPF programs, written to the memory that these read. */
import type { Codec, StructCodec } from "../codec/codec.ts";
import type { EventUnion } from "../codec/event-union.ts";
import { ClosedError, ValueError } from "../errors.ts";
import { signalOf, type StreamOptions } from "../streams/options.ts";
import { onAbort, Waiter } from "../streams/waiter.ts";
import { type Waiting, WaitQueue } from "../streams/wait-queue.ts";
import type { Watch } from "../watch.ts";
import { type EncodeRecord, eventEncoder } from "./event-encoder.ts";
import type { EventCodec } from "./event-records.ts";
import { BpfMap, type MapDescriptor, type MapHandle } from "./map.ts";
import { type RingInfo, ringInfo } from "./ring-info.ts";
import { mapRing } from "./ring-memory.ts";
import { RingWriter } from "./ring-writer.ts";
import { watchRoom } from "./room-watch.ts";

/** What is got when the map is first used. */
interface Connection {
  readonly writer: RingWriter;
  readonly watch: Watch;
}

/**
 * Records for BPF programs, which read them in their order by `bpf_user_ringbuf_drain`. Writing one takes no system call; so
 * it runs no program, either. Needs Linux 6.1.
 *
 * Only one process, and in it one thread, may write at a time: the kernel could not tell their records apart.
 *
 * @typeParam I - a record
 * @example
 * ```ts
 * if (!x.maps.commands.write({ op: 1, value: 2n })) console.warn("full");
 * await x.maps.commands.send({ op: 1, value: 2n }); // waits for room
 * ```
 */
export class UserRingBuffer<I> extends BpfMap {
  readonly #handle: MapHandle;
  readonly #encode: EncodeRecord;
  #connection: Connection | undefined;
  /** Those who wait for room, each with one record. */
  readonly #queue: WaitQueue = new WaitQueue({
    start: () => {
      const { watch } = this.#connected();
      watch.start();
      watch.ref();
    },
    stop: () => {
      const watch = this.#connection?.watch;
      if (watch === undefined || watch.closed) return;
      watch.stop();
      watch.unref();
    },
  });

  /** @internal */
  constructor(handle: MapHandle, encode: EncodeRecord) {
    super(handle);
    this.#handle = handle;
    this.#encode = encode;
  }

  /**
   * Writes a record, if there is room for it.
   *
   * @returns whether there was; false also while {@link send} waits, whose records come first
   * @throws {ValueError} when the value does not fit its type, or could never have room
   * @throws {ClosedError} once the skeleton is closed
   */
  write(value: I): boolean {
    const record = this.#record(value);
    return this.#queue.empty && this.#connected().writer.write(record);
  }

  /**
   * Writes a record, and waits for room first where there is none. Records of several calls are written in the order of the
   * calls. While one waits the process stays alive.
   *
   * There is room when a program has read, and told so: `bpf_user_ringbuf_drain` with `BPF_RB_NO_WAKEUP` wakes nobody.
   *
   * @throws {ValueError} when the value does not fit its type, or could never have room
   * @throws {ClosedError} once the skeleton is closed; the record was not written then
   * @throws the signal's reason; the record was not written then
   */
  async send(value: I, options: StreamOptions = {}): Promise<void> {
    const signal = signalOf(options);
    signal?.throwIfAborted();
    const record = this.#record(value);
    if (!this.#queue.empty || !this.#connected().writer.write(record)) await this.#whenRoom(record, signal);
  }

  /** A web stream to write records to, as by {@link send}; Node's is `Writable.fromWeb(map.writable())`. */
  writable(): WritableStream<I> {
    this.#connected();
    return new WritableStream<I>({
      write: async (value, controller) => {
        // Aborting the stream waits for the write that is going on; the types of Node 20 do not know the signal.
        const signal: unknown = Reflect.get(controller, "signal");
        await this.send(value, signal instanceof AbortSignal ? { signal } : {});
      },
    });
  }

  /**
   * How full it is, as far as programs have read.
   *
   * @throws {ClosedError} once the skeleton is closed
   */
  get info(): RingInfo {
    return ringInfo(this.maxEntries, this.#connected().writer.positions());
  }

  #record(value: I): Uint8Array<ArrayBuffer> {
    this.#handle.assertOpen();
    const record = this.#encode(value);
    // A getter of the value's may have closed us; connecting says so.
    const { maxLength } = this.#connected().writer;
    if (record.length > maxLength)
      throw new ValueError(
        `a record of ${record.length} bytes has no room: ${titleOf(this)} takes ${maxLength}`,
      );
    return record;
  }

  async #whenRoom(record: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    const waiter = new Waiter<true>();
    const waiting: Waiting = {
      serve: () => {
        const served = waiter.serve(() => this.#connected().writer.write(record) || undefined);
        if (served) this.#queue.delete(waiting);
        return served;
      },
      fail: (error) => waiter.fail(error),
      end: () => waiter.fail(new ClosedError(titleOf(this))),
    };
    this.#queue.add(waiting);
    const forget = onAbort(signal, (reason) => {
      this.#queue.delete(waiting);
      waiter.abort(reason);
      // It may have kept a smaller one waiting, for which there is room; of that no program will tell.
      this.#queue.serve();
    });
    try {
      await waiter.promise;
    } finally {
      forget();
    }
  }

  #connected(): Connection {
    const { fd } = this.#handle;
    this.#connection ??= this.#connect(fd);
    return this.#connection;
  }

  #connect(fd: number): Connection {
    const ring = mapRing(fd, this.maxEntries, "producer", titleOf(this));
    let watch: Watch;
    try {
      watch = watchRoom(fd, () => this.#queue.serve());
    } catch (error) {
      ring.close();
      throw error;
    }
    this.#handle.onClose(() => {
      watch.close();
      this.#connection = undefined;
      this.#queue.end();
      ring.close();
    });
    return { writer: new RingWriter(ring), watch };
  }
}

/** How messages call it. */
function titleOf({ name }: { readonly name: string }): string {
  return `user ring buffer ${name}`;
}

/** A user ring buffer whose records are of several types. */
export function userRingBuffer<T, V>(event: EventUnion<T, V>): MapDescriptor<UserRingBuffer<T>>;
/** A user ring buffer whose records are structs. */
export function userRingBuffer<T, I, V>(event: StructCodec<T, I, V>): MapDescriptor<UserRingBuffer<I>>;
/** A user ring buffer whose records are of one other type. */
export function userRingBuffer<T, I>(event: Codec<T, I>): MapDescriptor<UserRingBuffer<I>>;
/** A user ring buffer whose records have no known type: they are bytes, as many as each has. */
export function userRingBuffer(): MapDescriptor<UserRingBuffer<Uint8Array>>;
export function userRingBuffer(event?: EventCodec): MapDescriptor<BpfMap> {
  return {
    types: ["user_ringbuf"],
    keySize: 0,
    valueSize: 0,
    create: (handle) => new UserRingBuffer(handle, eventEncoder(event, titleOf(handle))),
  };
}
