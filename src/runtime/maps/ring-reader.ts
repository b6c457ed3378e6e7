/**
 * The consumer's side of a BPF ring buffer, over its mapped memory (kernel/bpf/ringbuf.c; ring_buffer.c,
 * ringbuf_process_ring in libbpf).
 *
 * Memory, as the kernel maps it:
 *
 *     consumer page   u64 consumer_pos          ours to write
 *     producer page   u64 producer_pos          the kernel's
 *     data            `size` bytes, mapped twice in a row, so that a record never wraps
 *
 * A record is `u32 length | flags; u32 page_offset; payload`, padded to 8 bytes. Positions only grow; a record's
 * place is its position modulo `size`.
 */

import { RingPosition } from "./ring-position.ts";
import type { RecordReader, RecordVisitor } from "./event-source.ts";

const BUSY = 1 << 31;
const DISCARD = 1 << 30;
const LENGTH_MASK = 0x3fff_ffff;
const HEADER_SIZE = 8;

/**
 * x86 never lets a later load overtake an earlier one, so a record's length can be read without a barrier before its
 * payload, which halves the cost of a record. Elsewhere `Atomics.load` orders the two.
 */
const ORDERED_LOADS = process.arch === "x64";

/** The mapped memory of one ring buffer. */
export interface RingMemory {
  /** The consumer page. */
  readonly consumer: ArrayBuffer;
  /** The producer page and, `dataOffset` bytes into it, the data mapped twice. */
  readonly producer: ArrayBuffer;
  /** Bytes from the start of `producer` to the data: one page. */
  readonly dataOffset: number;
  /** Bytes of data, a power of two: the map's `max_entries`. */
  readonly size: number;
}

/** Bytes that were ever read from a ring, and written to it, headers and padding included. */
export interface RingPositions {
  readonly consumer: bigint;
  readonly producer: bigint;
}

/** Reads the records of one ring buffer in their order, each once. */
export class RingReader implements RecordReader {
  readonly #consumer: RingPosition;
  readonly #producer: Int32Array;
  readonly #produced: BigInt64Array;
  readonly #headers: Int32Array;
  readonly #data: DataView;
  readonly #mask: number;
  /**
   * Bytes to read before the kernel is told. An atomic store costs more than reading a small record, and the
   * kernel only needs to know before the buffer is full.
   */
  readonly #quantum: number;
  #position = 0;
  /** What the kernel was last told. */
  #published = 0;
  #draining = false;
  #stopped = false;

  constructor(memory: RingMemory) {
    this.#consumer = new RingPosition(memory.consumer, 0);
    this.#producer = new Int32Array(memory.producer, 0, 2);
    this.#produced = new BigInt64Array(memory.producer, 0, 1);
    this.#headers = new Int32Array(memory.producer, memory.dataOffset);
    this.#data = new DataView(memory.producer, memory.dataOffset);
    this.#mask = memory.size - 1;
    this.#quantum = memory.size >>> 3;
  }

  /** Whether a drain is going on: its visitor is being called further up the stack. */
  get draining(): boolean {
    return this.#draining;
  }

  /** How far it was read and written, as the kernel knows it. */
  positions(): RingPositions {
    // In this order: the producer's is never behind.
    const consumer = this.#consumer.loadWhole();
    return { consumer, producer: Atomics.load(this.#produced, 0) };
  }

  /** Ends a drain that is going on after its current record; later ones give nothing. */
  stop(): void {
    this.#stopped = true;
  }

  /**
   * Hands the records that are there to `visit`, up to `limit` of them: those that were reserved by now, up to the first
   * that is not committed. A record counts as read when `visit` returns or throws. Records that the program discarded
   * are passed over.
   *
   * What comes meanwhile is for the next drain, so that a fast producer cannot hold the caller for ever. Nobody misses
   * it: a descriptor is readable as long as the positions differ (ringbuf.c, ringbuf_map_poll), and epoll asks again
   * after each time it said so.
   *
   * @returns how many were handed over
   */
  drain(visit: RecordVisitor, limit: number): number {
    // Anew each time: through a pinned map another process may have read on.
    this.#position = this.#consumer.load();
    this.#published = this.#position;
    const end = Atomics.load(this.#producer, 0);
    this.#draining = true;
    let count = 0;
    try {
      while (count < limit && !this.#stopped && ((end - this.#position) | 0) > 0) {
        const header = this.#header();
        if ((header & BUSY) !== 0) break;
        const length = header & LENGTH_MASK;
        const at = (this.#position & this.#mask) + HEADER_SIZE;
        this.#position = (this.#position + ((length + HEADER_SIZE + 7) & ~7)) | 0;
        if ((header & DISCARD) === 0) {
          count++;
          if (visit(this.#data, at, length, 0) === false) break;
        }
        if (((this.#position - this.#published) | 0) > this.#quantum) this.#publish();
      }
    } finally {
      this.#draining = false;
      this.#publish();
    }
    return count;
  }

  /** The first word of the record at the position: its length and flags. */
  #header(): number {
    const i = (this.#position & this.#mask) >>> 2;
    return (ORDERED_LOADS ? this.#headers[i] : Atomics.load(this.#headers, i)) ?? BUSY;
  }

  /** Tells the kernel what it may overwrite. */
  #publish(): void {
    this.#consumer.advance(this.#published, this.#position);
    this.#published = this.#position;
  }
}
