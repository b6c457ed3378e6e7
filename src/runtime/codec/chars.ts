/** `char[N]` as a string: UTF-8 up to the first NUL. */
import { ValueError } from "../errors.ts";
import { wrong } from "./check.ts";

const { fromCharCode } = String;
const encoder = new TextEncoder();

/**
 * Above this many bytes one call into C++ is cheaper than a loop here. Below, reading four bytes at a time and
 * building the string from character codes takes half the time of any other way (bench/).
 */
const LOOP_LIMIT = 32;

/**
 * Command names come again and again, in fields of 16 bytes (`TASK_COMM_LEN`): the last ones seen are kept by
 * their bytes, so that a repeated one costs four loads and no new string. 256 slots, overwritten on collision.
 */
const COMM_LEN = 16;
const SLOTS = 256;
const slotBytes = new Int32Array(SLOTS * 4);
const slotText: string[] = Array.from({ length: SLOTS }, () => "");

/** Reads `char[size]` up to its first NUL; bytes that are no UTF-8 become U+FFFD. */
export function getChars(view: DataView, at: number, size: number): string {
  if (size === COMM_LEN) return getComm(view, at);
  return size <= LOOP_LIMIT ? getShort(view, at, size) : getLong(view, at, size);
}

function getComm(view: DataView, at: number): string {
  const a = view.getInt32(at, true);
  const b = view.getInt32(at + 4, true);
  const c = view.getInt32(at + 8, true);
  const d = view.getInt32(at + 12, true);
  const mixed =
    Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35) ^ Math.imul(d, 0x27d4eb2f);
  const slot = (mixed ^ (mixed >>> 15)) & (SLOTS - 1);
  const i = slot * 4;
  if (slotBytes[i] === a && slotBytes[i + 1] === b && slotBytes[i + 2] === c && slotBytes[i + 3] === d)
    return slotText[slot] ?? "";
  const text = getShort(view, at, COMM_LEN);
  slotBytes[i] = a;
  slotBytes[i + 1] = b;
  slotBytes[i + 2] = c;
  slotBytes[i + 3] = d;
  slotText[slot] = text;
  return text;
}

function getShort(view: DataView, at: number, size: number): string {
  let text = "";
  let i = 0;
  for (; i + 4 <= size; i += 4) {
    // Always little-endian: this is a way to load four bytes in their order, not a number.
    const word = view.getInt32(at + i, true);
    if ((word & 0x80808080) !== 0) return getLong(view, at, size);
    const a = word & 0xff;
    const b = (word >>> 8) & 0xff;
    const c = (word >>> 16) & 0xff;
    const d = word >>> 24;
    if (a === 0) return text;
    if (b === 0) return text + fromCharCode(a);
    if (c === 0) return text + fromCharCode(a, b);
    if (d === 0) return text + fromCharCode(a, b, c);
    text += fromCharCode(a, b, c, d);
  }
  for (; i < size; i++) {
    const a = view.getUint8(at + i);
    if (a > 0x7f) return getLong(view, at, size);
    if (a === 0) return text;
    text += fromCharCode(a);
  }
  return text;
}

function getLong(view: DataView, at: number, size: number): string {
  const length = lengthOf(view, at, size);
  return Buffer.from(view.buffer, view.byteOffset + at, length).toString("utf8", 0, length);
}

/** Bytes before the first NUL. */
function lengthOf(view: DataView, at: number, size: number): number {
  let i = 0;
  // Four at a time: the lowest byte that is 0 is the only one from which a borrow can set a bit that was clear.
  for (; i + 4 <= size; i += 4) {
    const word = view.getInt32(at + i, true);
    if (((word - 0x01010101) & ~word & 0x80808080) !== 0) break;
  }
  while (i < size && view.getUint8(at + i) !== 0) i++;
  return i;
}

/**
 * Writes a string into `char[size]` and zeros behind it. Exactly `size` bytes fit, then without a NUL, as in C.
 *
 * @throws {ValueError} when it is longer, holds a NUL, or has a surrogate without its pair.
 */
export function setChars(view: DataView, at: number, size: number, value: string, field = ""): void {
  if (typeof value !== "string") throw wrong(value, `a string (char[${size}])`, field);
  if (setAscii(view, at, size, value)) return;
  if (!isWellFormed(value)) throw new ValueError("has a lone surrogate, which UTF-8 cannot express", field);
  if (value.includes("\0")) throw new ValueError("holds a NUL, which ends a string in C", field);
  const bytes = encoder.encode(value);
  if (bytes.length > size)
    throw new ValueError(`${bytes.length} bytes of UTF-8 are too long for char[${size}]`, field);
  const target = new Uint8Array(view.buffer, view.byteOffset + at, size);
  target.set(bytes);
  target.fill(0, bytes.length);
}

/** Writes a string of ASCII that fits; false when it is anything else, whatever it wrote by then. */
function setAscii(view: DataView, at: number, size: number, value: string): boolean {
  const { length } = value;
  if (length > size) return false;
  let i = 0;
  for (; i < length; i++) {
    const code = value.charCodeAt(i);
    if (code === 0 || code > 0x7f) return false;
    view.setUint8(at + i, code);
  }
  for (; i < size; i++) view.setUint8(at + i, 0);
  return true;
}

// String.prototype.isWellFormed is in Node 20, but not in the ES2023 library that this is checked against.
function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
