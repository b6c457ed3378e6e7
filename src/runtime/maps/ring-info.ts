/** How full a ring buffer is. */
import type { RingPositions } from "./ring-reader.ts";

/** The state of a ring buffer at one moment, in bytes; each record counts with its header of 8, rounded up to 8. */
export interface RingInfo {
  /** Room for records. */
  readonly size: number;
  /** Written, or reserved, and not yet read. */
  readonly available: number;
  /** Ever read, since the map was made. */
  readonly consumerPosition: bigint;
  /** Ever written or reserved. */
  readonly producerPosition: bigint;
}

/** What is known of a ring of `size` bytes by its positions. */
export function ringInfo(size: number, positions: RingPositions | undefined): RingInfo {
  const { consumer, producer } = positions ?? { consumer: 0n, producer: 0n };
  return {
    size,
    available: Number(producer - consumer),
    consumerPosition: consumer,
    producerPosition: producer,
  };
}
