/**
 * The reader's side of one CPU's perf buffer, over its mapped memory (perf_event_open(2), kernel/events/ring_buffer.c;
 * perf_event_read_simple in libbpf).
 *
 * Memory, as the kernel maps it:
 *
 *     first page   struct perf_event_mmap_page: u64 data_head, the kernel's; u64 data_tail, ours to write
 *     data         a power of two of bytes, once: records wrap around its end
 *
 * A record is `u32 type; u16 misc; u16 size; ...`; its size is a multiple of 8 that counts these 8 bytes, too. Positions
 * only grow; a record's place is its position modulo the data's size.
 */

import type { RecordReader, RecordVisitor } from "./event-source.ts";
import { RingPosition } from "./ring-position.ts";

/** Offsets in `struct perf_event_mmap_page`. */
const DATA_HEAD = 1024;
const DATA_TAIL = 1032;

const HEADER_SIZE = 8;
/** `struct { struct perf_event_header header; u64 id; u64 lost; }` */
const PERF_RECORD_LOST = 2;
const LOST_COUNT = 16;
/** `struct { struct perf_event_header header; u32 size; char data[size]; }`, as only PERF_SAMPLE_RAW is asked for. */
const PERF_RECORD_SAMPLE = 9;
const SAMPLE_SIZE = 8;
const SAMPLE_DATA = 12;

/** A record's size is an `u16`. */
const MAX_RECORD = 2 ** 16;

/** The mapped memory of one CPU's buffer. */
export interface PerfMemory {
  readonly cpu: number;
  readonly buffer: ArrayBuffer;
  /** Bytes from its start to the data: one page. */
  readonly dataOffset: number;
  /** Bytes of data, a power of two. */
  readonly size: number;
}

/** Is told when the kernel had to drop `count` events of one CPU. */
export type LostEvents = (count: number, cpu: number) => unknown;

/** Reads the records of one CPU in their order, each once. */
export class PerfReader implements RecordReader {
  readonly #cpu: number;
  readonly #head: Int32Array;
  readonly #tail: RingPosition;
  readonly #data: DataView;
  readonly #mask: number;
  /** Bytes to read before the kernel is told; see RingReader. */
  readonly #quantum: number;
  readonly #lost: LostEvents;
  /** Where a record that wraps around the end is put together. */
  #whole: DataView<ArrayBuffer> | undefined;
  #position = 0;
  #published = 0;
  #draining = false;
  #stopped = false;

  constructor({ cpu, buffer, dataOffset, size }: PerfMemory, lost: LostEvents) {
    this.#cpu = cpu;
    this.#head = new Int32Array(buffer, DATA_HEAD, 2);
    this.#tail = new RingPosition(buffer, DATA_TAIL);
    this.#data = new DataView(buffer, dataOffset, size);
    this.#mask = size - 1;
    this.#quantum = size >>> 3;
    this.#lost = lost;
  }

  get draining(): boolean {
    return this.#draining;
  }

  stop(): void {
    this.#stopped = true;
  }

  /**
   * See {@link RecordReader}. Tells of lost records where they would have been. As with ring buffers, what comes
   * meanwhile is for the next drain.
   */
  drain(visit: RecordVisitor, limit: number, wanted?: () => boolean): number {
    this.#position = this.#tail.load();
    this.#published = this.#position;
    // The kernel moves the head when the records before it are whole (perf_output_put_handle).
    const end = Atomics.load(this.#head, 0);
    this.#draining = true;
    let count = 0;
    try {
      while (count < limit && !this.#stopped && ((end - this.#position) | 0) > 0) {
        let data = this.#data;
        let at = this.#position & this.#mask;
        const type = data.getUint32(at, true);
        const size = data.getUint16(at + 6, true);
        if (size < HEADER_SIZE) {
          // No record of the kernel's: nothing behind it can be found.
          this.#position = end;
          break;
        }
        if (at + size > data.byteLength) {
          data = this.#join(at, size);
          at = 0;
        }
        this.#position = (this.#position + size) | 0;
        if (type === PERF_RECORD_SAMPLE) {
          count++;
          const length = Math.min(data.getUint32(at + SAMPLE_SIZE, true), size - SAMPLE_DATA);
          if (visit(data, at + SAMPLE_DATA, length, this.#cpu) === false) break;
        } else if (type === PERF_RECORD_LOST) {
          this.#lost(Number(data.getBigUint64(at + LOST_COUNT, true)), this.#cpu);
          if (wanted?.() === false) break;
        }
        if (((this.#position - this.#published) | 0) > this.#quantum) this.#publish();
      }
    } finally {
      this.#draining = false;
      this.#publish();
    }
    return count;
  }

  /** Copies the record that starts at byte `at` and goes on at the start of the data. */
  #join(at: number, size: number): DataView {
    this.#whole ??= new DataView(new ArrayBuffer(MAX_RECORD));
    const { buffer, byteOffset, byteLength } = this.#data;
    const whole = new Uint8Array(this.#whole.buffer);
    const first = byteLength - at;
    whole.set(new Uint8Array(buffer, byteOffset + at, first));
    whole.set(new Uint8Array(buffer, byteOffset, size - first), first);
    return this.#whole;
  }

  #publish(): void {
    this.#tail.advance(this.#published, this.#position);
    this.#published = this.#position;
  }
}
