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

/** Sees one record: `length` bytes of payload at byte `at` of `data`. `false` stops the drain after it. */
export type RecordVisitor = (data: DataView, at: number, length: number) => unknown;

/** Reads the records of one ring buffer in their order, each once. */
export class RingReader {
  readonly #consumer: Int32Array;
  readonly #consumer64: BigInt64Array;
  readonly #producer: Int32Array;
  readonly #headers: Int32Array;
  readonly #data: DataView;
  readonly #mask: number;
  /**
   * Bytes to read before the kernel is told. An atomic store costs more than reading a small record, and the
   * kernel only needs to know before the buffer is full.
   */
  readonly #quantum: number;
  /** The lower half of the position, as a signed 32-bit number; it wraps, and only then the upper half counts. */
  #position: number;
  /** What the kernel was last told. */
  #published: number;
  /** Where the kernel last was; there are records, complete or not, up to here. */
  #produced: number;
  #draining = false;
  #stopped = false;

  constructor(memory: RingMemory) {
    this.#consumer = new Int32Array(memory.consumer, 0, 2);
    this.#consumer64 = new BigInt64Array(memory.consumer, 0, 1);
    this.#producer = new Int32Array(memory.producer, 0, 2);
    this.#headers = new Int32Array(memory.producer, memory.dataOffset);
    this.#data = new DataView(memory.producer, memory.dataOffset);
    this.#mask = memory.size - 1;
    this.#quantum = memory.size >>> 3;
    this.#position = Atomics.load(this.#consumer, 0);
    this.#published = this.#position;
    this.#produced = this.#position;
  }

  /** Whether a drain is going on: its visitor is being called further up the stack. */
  get draining(): boolean {
    return this.#draining;
  }

  /** Ends a drain that is going on after its current record; later ones give nothing. */
  stop(): void {
    this.#stopped = true;
  }

  /**
   * Hands each record that is complete to `visit`, up to `limit` of them, until there is none left. A record
   * counts as read when `visit` returns or throws. Records that the program discarded are passed over.
   *
   * @returns how many were handed over
   */
  drain(visit: RecordVisitor, limit: number): number {
    this.#draining = true;
    let count = 0;
    try {
      while (count < limit && !this.#stopped) {
        const length = this.#next();
        if (length === NONE) break;
        const at = (this.#position & this.#mask) + HEADER_SIZE;
        this.#position = (this.#position + ((length + HEADER_SIZE + 7) & ~7)) | 0;
        count++;
        if (visit(this.#data, at, length) === false) break;
        if (((this.#position - this.#published) | 0) > this.#quantum) this.#publish();
      }
    } finally {
      this.#draining = false;
      this.#publish();
    }
    return count;
  }

  /**
   * The length of the record at the position, or `NONE`.
   *
   * Before it says there is none it publishes the position and looks once more. A producer wakes us only when it
   * finds that we had read everything before its record: it sees either the position we publish, and wakes us,
   * or we see its record. `Atomics` are sequentially consistent, which that needs.
   */
  #next(): number {
    for (;;) {
      if (this.#position !== this.#produced) {
        const i = (this.#position & this.#mask) >>> 2;
        const header = (ORDERED_LOADS ? this.#headers[i] : Atomics.load(this.#headers, i)) ?? BUSY;
        if ((header & BUSY) === 0) {
          const length = header & LENGTH_MASK;
          if ((header & DISCARD) === 0) return length;
          this.#position = (this.#position + ((length + HEADER_SIZE + 7) & ~7)) | 0;
          continue;
        }
      }
      const told = this.#publish();
      const produced = Atomics.load(this.#producer, 0);
      if (produced !== this.#produced) this.#produced = produced;
      else if (!told) return NONE;
    }
  }

  /** Tells the kernel what it may overwrite; whether that was news. */
  #publish(): boolean {
    const position = this.#position;
    const published = this.#published;
    if (position === published) return false;
    // The kernel reads 64 bits at once. While the upper half stays, storing the lower half alone is the same
    // store; when it changes, both must go together.
    if (position >>> 0 > published >>> 0) {
      Atomics.store(this.#consumer, 0, position);
    } else {
      const upper = (Atomics.load(this.#consumer, 1) + 1) | 0;
      Atomics.store(this.#consumer64, 0, (BigInt(upper) << 32n) | BigInt(position >>> 0));
    }
    this.#published = position;
    return true;
  }
}

const NONE = -1;
