/** The memory of a ring buffer, as the kernel maps it for its reader or its writer. */
import { TinyBpfError } from "../errors.ts";
import { mapMemory, pageSize } from "../memory.ts";
import type { RingMemory } from "./ring-reader.ts";

/** The data is mapped twice, and a view in Node must stay below 4 GiB. */
const MAX_SIZE = 2 ** 30;

/** The memory of a ring, until it is closed. */
export interface MappedRing extends RingMemory {
  close(): void;
}

/**
 * Maps a ring of `size` bytes. Which of its two parts can be written, the kernel decides by the kind of map (ringbuf.c,
 * ringbuf_map_mmap_kern and ringbuf_map_mmap_user).
 *
 * @param side - ours: the consumer's of a ring buffer, the producer's of a user ring buffer
 * @param title - how messages call the map
 * @throws {BpfError} when the kernel refuses
 * @throws {TinyBpfError} when it is too large
 */
export function mapRing(fd: number, size: number, side: "consumer" | "producer", title: string): MappedRing {
  if (size > MAX_SIZE)
    throw new TinyBpfError(
      `${title} has ${size} bytes; at most ${MAX_SIZE} can be mapped: set a smaller maxEntries`,
    );
  const page = pageSize();
  const consumer = mapMemory(fd, page, 0, side === "consumer", title);
  try {
    const producer = mapMemory(fd, page + 2 * size, page, side === "producer", title);
    return {
      consumer: consumer.view.buffer,
      producer: producer.view.buffer,
      dataOffset: page,
      size,
      close() {
        producer.close();
        consumer.close();
      },
    };
  } catch (error) {
    consumer.close();
    throw error;
  }
}
