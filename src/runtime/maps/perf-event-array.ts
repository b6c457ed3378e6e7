/** `BPF_MAP_TYPE_PERF_EVENT_ARRAY`: events, read from a buffer for each CPU that the kernel writes them to. */
import { assertOptions } from "../arguments.ts";
import { show } from "../codec/check.ts";
import type { Codec, StructCodec } from "../codec/codec.ts";
import type { EventUnion } from "../codec/event-union.ts";
import { TinyBpfError, ValueError } from "../errors.ts";
import { pageSize } from "../memory.ts";
import { iterate } from "../streams/iterate.ts";
import { signalOf, type StreamOptions } from "../streams/options.ts";
import { portOf, type Taken } from "../streams/port.ts";
import { type EventCallback, EventMap } from "./event-map.ts";
import { type EventCodec, type EventRecords, eventRecords, type ReadRecord } from "./event-records.ts";
import type { EventSource, RecordVisitor } from "./event-source.ts";
import type { BpfMap, MapDescriptor, MapHandle } from "./map.ts";
import { openPerfBuffers } from "./perf-buffers.ts";
import type { LostEvents } from "./perf-reader.ts";
import type { Synchronous } from "./synchronous.ts";

/** 256 KiB with pages of 4096 bytes: room for some thousand events, as the tools that come with libbpf have. */
const DEFAULT_PAGES = 64;

/** The data of one CPU, in bytes: a view in Node must stay below 4 GiB. */
const MAX_SIZE = 2 ** 30;

/** How the buffers of a perf event array are opened. */
export interface PerfBufferConfig {
  /** Pages of each CPU's buffer, a power of two; 64 by default. */
  readonly pages?: number;
}

/** What a perf event array delivers: an event, or that some were lost. */
export type PerfRecord<T> =
  | { readonly kind: "event"; readonly cpu: number; readonly event: T }
  | { readonly kind: "lost"; readonly cpu: number; readonly count: number };

/**
 * Events from BPF programs, through a buffer for each CPU. Those of one CPU come in their order; between CPUs there is
 * none. Consumers share the events: with several, each event goes to one of them. Callbacks get the CPU as well.
 *
 * The buffers are opened by {@link open}, or when the events are first asked for: what programs send before is lost, and
 * nobody counts it.
 *
 * @typeParam T - an event
 * @typeParam V - its view
 * @example
 * ```ts
 * trace.maps.events.open(); // before anything is attached
 * trace.attach();
 * for await (const event of trace.maps.events) console.log(event.pid);
 * ```
 */
export class PerfEventArray<T, V = never> extends EventMap<T, V, [cpu: number]> {
  #pages = DEFAULT_PAGES;
  #isOpen = false;
  #lost = 0;
  /** Who reads records at this moment, and takes those of lost events as well. */
  #hearing: LostEvents | undefined;

  /**
   * Called when the kernel had to drop events, because a buffer was full: how many, and of which CPU. It is called while
   * events are read, at the place where the lost ones would have been; what it throws reaches who reads.
   */
  onLost: ((count: number, cpu: number) => Synchronous) | undefined;

  /** @internal */
  constructor(handle: MapHandle, records: EventRecords<T, V>) {
    super(handle, titleOf(handle), records);
  }

  /**
   * How many events the kernel dropped because a buffer was full, as far as the events were read: it says so in front of
   * the next event that finds room.
   */
  get lost(): number {
    return this.#lost;
  }

  /**
   * Opens the buffers now, if they are not open yet.
   *
   * @throws {ValueError} when `pages` is no power of two, or too large
   * @throws {TinyBpfError} when they are open already, with other pages
   * @throws {BpfError} when the kernel refuses
   * @throws {ClosedError} once the skeleton is closed
   */
  open(config: PerfBufferConfig = {}): void {
    assertOptions<PerfBufferConfig>(config, "config", { pages: true });
    const pages = config.pages ?? this.#pages;
    assertPages(pages);
    if (this.#isOpen && pages !== this.#pages)
      throw new TinyBpfError(
        `${titleOf(this)} is open with ${this.#pages} pages for each CPU: call open({ pages }) before its events are asked for`,
      );
    this.#pages = pages;
    this.connected();
  }

  /**
   * As an iteration over the events, with the CPU of each, and with what was lost, at the place where it would have been.
   *
   * @throws {ClosedError} once the skeleton is closed
   * @example
   * ```ts
   * for await (const record of trace.maps.events.records())
   *   if (record.kind === "lost") console.warn(`CPU ${record.cpu} lost ${record.count} events`);
   *   else console.log(record.event.pid);
   * ```
   */
  records(options: StreamOptions = {}): AsyncIterableIterator<PerfRecord<T>, undefined> {
    const signal = signalOf(options);
    return iterate(portOf(this.sourceOf((wanted) => this.#takeRecord(wanted))), signal);
  }

  #takeRecord(wanted: (() => boolean) | undefined): Taken<PerfRecord<T>> | undefined {
    const read = this.readRecord;
    let value: PerfRecord<T> | undefined;
    this.#hearing = (count, cpu) => {
      value = { kind: "lost", cpu, count };
    };
    const visit: RecordVisitor = (data, at, length, cpu) => {
      value = { kind: "event", cpu, event: read(data, at, length) };
    };
    try {
      this.drain(visit, 1, () => value === undefined && wanted?.() !== false);
    } finally {
      this.#hearing = undefined;
    }
    return value && { done: false, value };
  }

  /** @internal */
  protected override visitor<E>(
    read: ReadRecord<E>,
    callback: EventCallback<E, [cpu: number]>,
  ): RecordVisitor {
    return (data, at, length, cpu) => callback(read(data, at, length), cpu);
  }

  /** @internal */
  protected override connect(fd: number, onReadable: () => void): EventSource {
    const source = openPerfBuffers({
      fd,
      title: titleOf(this),
      maxEntries: this.maxEntries,
      pages: this.#pages,
      onLost: (count, cpu) => {
        this.#lost += count;
        this.onLost?.(count, cpu);
        this.#hearing?.(count, cpu);
      },
      onReadable,
    });
    this.#isOpen = true;
    return source;
  }
}

/** How messages call it. */
function titleOf({ name }: { readonly name: string }): string {
  return `perf event array ${name}`;
}

/** Asked of us by libbpf (perf_buffer__new) and the kernel (perf_mmap). */
function assertPages(pages: number): void {
  const most = MAX_SIZE / pageSize();
  if (!Number.isInteger(pages) || pages < 1 || pages > most || (pages & (pages - 1)) !== 0)
    throw new ValueError(`${show(pages)} is no power of two from 1 to ${most}`, "pages");
}

/** A perf event array whose events are of several types. */
export function perfEventArray<T, V>(event: EventUnion<T, V>): MapDescriptor<PerfEventArray<T, V>>;
/** A perf event array whose events are structs, with views. */
export function perfEventArray<T, I, V>(event: StructCodec<T, I, V>): MapDescriptor<PerfEventArray<T, V>>;
/** A perf event array whose events are of one other type. */
export function perfEventArray<T, I>(event: Codec<T, I>): MapDescriptor<PerfEventArray<T>>;
/** A perf event array whose events have no known type: they are bytes, those that the kernel adds included. */
export function perfEventArray(): MapDescriptor<PerfEventArray<Uint8Array<ArrayBuffer>>>;
export function perfEventArray(event?: EventCodec): MapDescriptor<BpfMap> {
  return {
    types: ["perf_event_array"],
    keySize: 4,
    valueSize: 4,
    create: (handle) => new PerfEventArray(handle, eventRecords(event, titleOf(handle))),
  };
}
