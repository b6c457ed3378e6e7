/** Which bytes to load or store at once for bitfields. Bytes and bits count from the start of the outermost type. */
import type { WordSize } from "./words.ts";

/** Bytes from `start` up to `end`. */
export interface Room {
  readonly start: number;
  readonly end: number;
}

/** One load or store. */
export interface Load {
  readonly start: number;
  readonly size: WordSize;
}

/** Where a bitfield lies: `first` bits from the start of `byte`. */
interface Located {
  readonly byte: number;
  readonly first: number;
  readonly width: number;
  readonly room: Room;
}

/** The smallest load of these sizes that holds all bits and stays in the room, if there is one. */
export function coveringLoad(bits: Located, sizes: readonly WordSize[]): Load | undefined {
  const { room, width } = bits;
  const from = bits.byte * 8 + bits.first;
  const byte = Math.floor(from / 8);
  const end = Math.ceil((from + width) / 8);
  return sizes
    .filter((size) => size >= end - byte)
    .flatMap((size) => starts(byte, end, size).map((start) => ({ start, size })))
    .find(({ start, size }) => start >= room.start && start + size <= room.end && start + size >= end);
}

/** Where `size` bytes with those from `byte` to `end` may start: preferably where such numbers are aligned. */
function starts(byte: number, end: number, size: number): number[] {
  return [byte - (byte % size), byte, end - size];
}

/** How many bits of the number that is loaded are below the bitfield. */
export function shiftIn(load: Load, { byte, first, width }: Omit<Located, "room">, little: boolean): number {
  const from = (byte - load.start) * 8 + first;
  // From the least significant bit in little-endian objects, from the most significant in big-endian ones.
  return little ? from : load.size * 8 - from - width;
}
