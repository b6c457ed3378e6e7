/** What a map that delivers events reads from: the memory of one ring, or of several. */
import type { Watch } from "../watch.ts";

/**
 * Sees one record: `length` bytes of payload at byte `at` of `data`, from the buffer of CPU `cpu`, or 0 where there is one
 * buffer for all. `false` stops the drain after it.
 */
export type RecordVisitor = (data: DataView, at: number, length: number, cpu: number) => unknown;

/** Reads records, each once. */
export interface RecordReader {
  /** Whether a drain is going on: its visitor is being called further up the stack. */
  readonly draining: boolean;
  /**
   * Hands the records that are there by now to `visit`, up to `limit` of them. A record counts as read when `visit`
   * returns or throws.
   *
   * @param wanted - asked after somebody was told of lost records; `false` ends the drain before its next record
   * @returns how many were handed over
   */
  drain(visit: RecordVisitor, limit: number, wanted?: () => boolean): number;
  /** Ends a drain that is going on after its current record; later ones give nothing. */
  stop(): void;
}

/** A reader with the memory it reads, and the watch that tells when there is something to read. */
export interface EventSource {
  readonly reader: RecordReader;
  /**
   * Once it is started, it tells of every record that nobody has read: of those that were there before, and of those that
   * come.
   */
  readonly watch: Watch;
  /** Lets go of the memory. Nothing may be read after that: it would crash the process. */
  free(): void;
}
