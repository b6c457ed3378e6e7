/** Bitfields of up to 32 bits by one load and one store, for codecs: generated code has its own beside its neighbours'. */
import { signed as checkSigned, unsigned as checkUnsigned } from "./check.ts";

/** How a bitfield is read and written, `at` being the byte from which its first bit counts. */
export interface BitAccess {
  readonly read: (view: DataView, at: number) => number;
  /** Leaves the bits beside it as they are. */
  readonly write: (view: DataView, at: number, value: number) => void;
}

/** The access to a bitfield in at most 4 bytes; undefined for one that needs more. */
export function bitAccess(
  bit: number,
  width: number,
  signed: boolean,
  little: boolean,
): BitAccess | undefined {
  const first = bit >>> 3;
  const skip = bit & 7;
  const bytes = (skip + width + 7) >>> 3;
  const word = wordOf(bytes, little);
  if (word === undefined || width < 1) return undefined;
  const { load, store } = word;
  // From the least significant bit in little-endian objects, from the most significant in big-endian ones.
  const shift = little ? skip : bytes * 8 - skip - width;
  const left = 32 - shift - width;
  const right = 32 - width;
  const mask = (0xffff_ffff >>> right) << shift;
  const check = signed ? checkSigned : checkUnsigned;
  return {
    read: signed
      ? (view, at) => (load(view, at + first) << left) >> right
      : (view, at) => (load(view, at + first) << left) >>> right,
    write: (view, at, value) => {
      const bits = check(value, width) << shift;
      store(view, at + first, (load(view, at + first) & ~mask) | (bits & mask));
    },
  };
}

/** So many bytes as one number of 32 bits. */
interface Word {
  readonly load: (view: DataView, at: number) => number;
  readonly store: (view: DataView, at: number, value: number) => void;
}

function wordOf(bytes: number, little: boolean): Word | undefined {
  switch (bytes) {
    case 1:
      return {
        load: (view, at) => view.getUint8(at),
        store: (view, at, value) => view.setUint8(at, value),
      };
    case 2:
      return {
        load: (view, at) => view.getUint16(at, little),
        store: (view, at, value) => view.setUint16(at, value, little),
      };
    case 3:
      return little
        ? {
            load: (view, at) => view.getUint16(at, true) | (view.getUint8(at + 2) << 16),
            store: (view, at, value) => {
              view.setUint16(at, value, true);
              view.setUint8(at + 2, value >>> 16);
            },
          }
        : {
            load: (view, at) => (view.getUint16(at) << 8) | view.getUint8(at + 2),
            store: (view, at, value) => {
              view.setUint16(at, value >>> 8);
              view.setUint8(at + 2, value);
            },
          };
    case 4:
      return {
        load: (view, at) => view.getInt32(at, little),
        store: (view, at, value) => view.setInt32(at, value, little),
      };
    default:
      return undefined;
  }
}
