/**
 * The producer's side of a user ring buffer, over its mapped memory (kernel/bpf/ringbuf.c, __bpf_user_ringbuf_peek;
 * ringbuf.c, user_ring_buffer__reserve in libbpf).
 *
 * Memory, as the kernel maps it:
 *
 *     consumer page   u64 consumer_pos          the kernel's
 *     producer page   u64 producer_pos          ours to write
 *     data            `size` bytes, mapped twice in a row, so that a record never wraps
 *
 * A record is `u32 length | flags; u32 0; payload`, padded to 8 bytes. Positions only grow; a record's place is its position
 * modulo `size`. There is one writer: the kernel does not tell several apart.
 */
import type { RingMemory, RingPositions } from "./ring-reader.ts";
import { RingPosition } from "./ring-position.ts";

const HEADER_SIZE = 8;

/** Programs get records as dynptrs, which have no more bytes (bpf_dynptr_check_size). A longer one would be stuck for ever. */
const MAX_LENGTH = 2 ** 24 - 1;

/** Bytes that a record takes. */
function spaceOf(length: number): number {
  return (length + HEADER_SIZE + 7) & ~7;
}

/** Writes the records of one ring buffer in their order. */
export class RingWriter {
  readonly #consumer: Int32Array;
  readonly #consumed: BigInt64Array;
  readonly #producer: RingPosition;
  readonly #bytes: Uint8Array;
  readonly #headers: Int32Array;
  readonly #size: number;

  constructor(memory: RingMemory) {
    this.#consumer = new Int32Array(memory.consumer, 0, 2);
    this.#consumed = new BigInt64Array(memory.consumer, 0, 1);
    this.#producer = new RingPosition(memory.producer, 0);
    this.#bytes = new Uint8Array(memory.producer, memory.dataOffset);
    this.#headers = new Int32Array(memory.producer, memory.dataOffset);
    this.#size = memory.size;
  }

  /** Most bytes that a record can have. */
  get maxLength(): number {
    return Math.min(this.#size - HEADER_SIZE, MAX_LENGTH);
  }

  /** How far it was read and written. */
  positions(): RingPositions {
    const consumer = Atomics.load(this.#consumed, 0);
    return { consumer, producer: this.#producer.loadWhole() };
  }

  /**
   * Writes a record of at most `maxLength` bytes, if there is room.
   *
   * @returns whether there was
   */
  write(record: Uint8Array): boolean {
    // Anew each time: through a pinned map another process may have gone on writing.
    const position = this.#producer.load();
    const space = spaceOf(record.length);
    if (((position - Atomics.load(this.#consumer, 0)) | 0) + space > this.#size) return false;
    const at = position & (this.#size - 1);
    this.#headers[at >>> 2] = record.length;
    this.#headers[(at >>> 2) + 1] = 0;
    this.#bytes.set(record, at + HEADER_SIZE);
    // The kernel looks at nothing behind the position: until here the record is not there, and from here it is whole.
    this.#producer.advance(position, (position + space) | 0);
    return true;
  }
}
