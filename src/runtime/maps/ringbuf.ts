/** `BPF_MAP_TYPE_RINGBUF`: events, read from the memory that the kernel writes them to. */
import type { Codec, StructCodec } from "../codec/codec.ts";
import type { EventUnion } from "../codec/event-union.ts";
import { TinyBpfError } from "../errors.ts";
import { watch } from "../watch.ts";
import { type EventCallback, EventMap } from "./event-map.ts";
import { type EventCodec, type EventRecords, eventRecords, type ReadRecord } from "./event-records.ts";
import type { EventSource, RecordVisitor } from "./event-source.ts";
import type { BpfMap, MapDescriptor, MapHandle } from "./map.ts";
import { type RingInfo, ringInfo } from "./ring-info.ts";
import { mapRing } from "./ring-memory.ts";
import { RingReader } from "./ring-reader.ts";

/**
 * Events from BPF programs, in the order in which it reserved them, each delivered once. Consumers share the buffer:
 * with several, each event goes to one of them.
 *
 * @typeParam T - an event
 * @typeParam V - its view
 * @example
 * ```ts
 * for await (const event of exec.maps.events) console.log(event.pid, event.comm);
 * ```
 */
export class RingBuffer<T, V = never> extends EventMap<T, V> {
  #reader: RingReader | undefined;

  /** @internal */
  constructor(handle: MapHandle, records: EventRecords<T, V>) {
    super(handle, titleOf(handle), records);
  }

  /**
   * How full it is. An event that finds no room is known to its BPF program alone, whose `bpf_ringbuf_reserve` gives NULL, or
   * `bpf_ringbuf_output` an error: count that in a global, where it matters.
   *
   * @throws {ClosedError} once the skeleton is closed
   */
  get info(): RingInfo {
    this.connected();
    return ringInfo(this.maxEntries, this.#reader?.positions());
  }

  /** @internal */
  protected override visitor<E>(read: ReadRecord<E>, callback: EventCallback<E, []>): RecordVisitor {
    return (data, at, length) => callback(read(data, at, length));
  }

  /** @internal */
  protected override connect(fd: number, onReadable: () => void): EventSource {
    if ((this.flags & BPF_F_RB_OVERWRITE) !== 0)
      throw new TinyBpfError(
        `${titleOf(this)} has BPF_F_RB_OVERWRITE: what programs write over meanwhile cannot be told from events`,
      );
    const ring = mapRing(fd, this.maxEntries, "consumer", titleOf(this));
    try {
      const reader = new RingReader(ring);
      this.#reader = reader;
      return { reader, watch: watch(fd, onReadable), free: () => ring.close() };
    } catch (error) {
      ring.close();
      throw error;
    }
  }
}

/** Linux 6.19. The consumer's position says nothing then, and records change while they are read (ringbuf.c). */
const BPF_F_RB_OVERWRITE = 1 << 19;

/** How messages call it. */
function titleOf({ name }: { readonly name: string }): string {
  return `ring buffer ${name}`;
}

/** A ring buffer whose events are of several types. */
export function ringBuffer<T, V>(event: EventUnion<T, V>): MapDescriptor<RingBuffer<T, V>>;
/** A ring buffer whose events are structs, with views. */
export function ringBuffer<T, I, V>(event: StructCodec<T, I, V>): MapDescriptor<RingBuffer<T, V>>;
/** A ring buffer whose events are of one other type. */
export function ringBuffer<T, I>(event: Codec<T, I>): MapDescriptor<RingBuffer<T>>;
/** A ring buffer whose events have no known type: they are bytes. */
export function ringBuffer(): MapDescriptor<RingBuffer<Uint8Array<ArrayBuffer>>>;
export function ringBuffer(event?: EventCodec): MapDescriptor<BpfMap> {
  return {
    types: ["ringbuf"],
    keySize: 0,
    valueSize: 0,
    create: (handle) => new RingBuffer(handle, eventRecords(event, titleOf(handle))),
  };
}
