/** Sections that are lists of 32-bit words, such as BTF types. */
import { BtfParseError } from "./errors.ts";

const HOST_IS_LITTLE = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/**
 * A copy of `bytes` as words in this machine's byte order. A copy, so that what was checked once stays true
 * whatever the caller does to the input, and so that alignment and byte order never matter again.
 *
 * `bytes.length` must be a multiple of 4.
 */
export function copyWords(bytes: Uint8Array, byteOrder: "little" | "big"): Uint32Array {
  const words = new Uint32Array(bytes.length / 4);
  if ((byteOrder === "little") === HOST_IS_LITTLE) {
    new Uint8Array(words.buffer).set(bytes);
    return words;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let index = 0; index < words.length; index++) {
    words[index] = view.getUint32(index * 4, byteOrder === "little");
  }
  return words;
}

/** The word at `index`. Being asked for one that is not there means a check was forgotten. */
export function wordAt(words: Uint32Array, index: number): number {
  const word = words[index];
  if (word === undefined) throw new BtfParseError(`word ${index} of ${words.length} was asked for`);
  return word;
}
