/** The perf buffers of all CPUs, as one source of events. */
import type { Address, PerfBufferPointer } from "../c.ts";
import { TinyBpfError } from "../errors.ts";
import { check, failure, withLog } from "../log.ts";
import { occupyUnmapped, pageSize } from "../memory.ts";
import { addressOf, allocate, errno, libbpf, libc, viewOf } from "../native.ts";
import { duplicate } from "../own-descriptor.ts";
import { perfBufferHint } from "../perf-permission.ts";
import type { EventSource, RecordReader, RecordVisitor } from "./event-source.ts";
import { onlineCpus } from "./online-cpus.ts";
import { type LostEvents, PerfReader } from "./perf-reader.ts";
import { watchPerfBuffers } from "./perf-watch.ts";

/** What to open. */
export interface PerfBuffersOptions {
  /** The map's descriptor. */
  readonly fd: number;
  /** How messages call the map. */
  readonly title: string;
  /** Entries of the map: CPUs beyond them have no buffer. */
  readonly maxEntries: number;
  /** Pages of data for each CPU, a power of two. */
  readonly pages: number;
  readonly onLost: LostEvents;
  readonly onReadable: () => void;
}

/**
 * Opens a perf event and maps a buffer for each CPU that runs, and puts the events into the map.
 *
 * libbpf's part ends there: it would call back for each event.
 *
 * @throws {BpfError} when the kernel refuses
 */
export function openPerfBuffers(options: PerfBuffersOptions): EventSource {
  const { fd, title, maxEntries, pages, onLost, onReadable } = options;
  const cpus = onlineCpus().filter((cpu) => cpu < maxEntries);
  // Freeing takes the events out of the map again (perf_buffer__free). By then it may be closed, when a callback has done
  // that, and its descriptor another's: libbpf gets one of its own.
  const own = duplicate(fd);
  if (own < 0) throw failure(`open the perf buffers of ${title}`, -own, "");
  const buffers = withLog((log) => {
    const made = libbpf.perf_buffer__new(own, pages, null, null, null, null);
    if (made !== null) return made;
    const code = errno();
    libc.close(own);
    throw failure(`open the perf buffers of ${title}`, code, log(), perfBufferHint);
  });
  const shown: { readonly buffer: ArrayBuffer; readonly address: Address }[] = [];
  const free = (): void => {
    libbpf.perf_buffer__free(buffers);
    libc.close(own);
    for (const { buffer, address } of shown.splice(0)) occupyUnmapped(buffer, address);
  };
  try {
    const count = libbpf.perf_buffer__buffer_cnt(buffers);
    if (count !== cpus.length)
      throw new TinyBpfError(`CPUs came or went while ${title} was opened: open it again`);
    const size = pages * pageSize();
    const readers = cpus.map((cpu, index) => {
      const address = addressOfBuffer(buffers, index, title);
      const buffer = viewOf(address, pageSize() + size);
      shown.push({ buffer, address });
      return new PerfReader({ cpu, buffer, dataOffset: pageSize(), size }, onLost);
    });
    return {
      reader: new PerfReaders(readers),
      watch: watchPerfBuffers(libbpf.perf_buffer__epoll_fd(buffers), onReadable),
      free,
    };
  } catch (error) {
    free();
    throw error;
  }
}

/** Where libbpf mapped a buffer: its first page, with the data behind it. */
function addressOfBuffer(buffers: PerfBufferPointer, index: number, title: string): Address {
  const start = allocate(8); // void *
  const size = allocate(8); // size_t, of the data: what was asked for
  check(`find a perf buffer of ${title}`, () =>
    libbpf.perf_buffer__buffer(buffers, index, start.address, size.address),
  );
  return addressOf(start.view.getBigUint64(0, true));
}

/** The readers of all CPUs as one. Between CPUs events have no order. */
class PerfReaders implements RecordReader {
  readonly #readers: readonly PerfReader[];
  /** Whose turn it is first: with a limit, one busy CPU must not keep the others waiting for ever. */
  #next = 0;
  #draining = false;
  #stopped = false;

  constructor(readers: readonly PerfReader[]) {
    this.#readers = readers;
  }

  get draining(): boolean {
    return this.#draining;
  }

  stop(): void {
    this.#stopped = true;
    for (const reader of this.#readers) reader.stop();
  }

  drain(visit: RecordVisitor, limit: number, wanted?: () => boolean): number {
    const readers = this.#readers;
    const first = this.#next;
    this.#next = (first + 1) % Math.max(readers.length, 1);
    let count = 0;
    let go = true;
    const each: RecordVisitor = (data, at, length, cpu) => {
      go = visit(data, at, length, cpu) !== false;
      return go;
    };
    this.#draining = true;
    try {
      for (let i = 0; i < readers.length; i++) {
        if (!go || count >= limit || this.#stopped || wanted?.() === false) break;
        count += readers[(first + i) % readers.length]?.drain(each, limit - count, wanted) ?? 0;
      }
    } finally {
      this.#draining = false;
    }
    return count;
  }
}
