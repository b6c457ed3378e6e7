/** A string table: NUL-terminated strings addressed by the byte they start at (ELF `SHT_STRTAB`, BTF strings). */
import { Buffer, isAscii } from "node:buffer";

/**
 * Strings longer than this are refused. Tables let many references share one tail, so an unbounded string would
 * let a small file decode to gigabytes. The kernel allows names of 511 bytes (`KSYM_NAME_LEN`).
 */
const MAX_STRING = 0xffff;

/** Longer tables do not fit in a string of V8 (`buffer.constants.MAX_STRING_LENGTH` of 64-bit builds). */
const MAX_TABLE = 0x1fff_ffe8;

/** Makes the error of the format the table belongs to; `offset` counts from the start of the table. */
export type StringError = (message: string, offset: number) => Error;

export class StringTable {
  /** Bytes of the table. */
  readonly size: number;
  /** The table as one character a byte: a name is a slice of it, which copies nothing. */
  readonly latin1: string;
  readonly #bytes: Buffer | undefined;
  readonly #decoded = new Map<number, string>();
  #decodedBytes = 0;
  readonly #error: StringError;

  /** @throws what `error` makes, when the table does not end with a NUL or a string in it is too long */
  constructor(bytes: Uint8Array, error: StringError) {
    if (bytes.byteLength > MAX_TABLE) throw error(`${bytes.byteLength} bytes of strings are too many`, 0);
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.size = bytes.byteLength;
    this.latin1 = buffer.toString("latin1");
    this.#bytes = isAscii(buffer) ? undefined : Buffer.from(buffer);
    this.#error = error;
    this.#checkRuns();
  }

  #checkRuns(): void {
    if (this.size === 0) return;
    if (this.latin1.charCodeAt(this.size - 1) !== 0) {
      throw this.#error("the string table does not end with a NUL", this.size - 1);
    }
    // Jump as far as a string may reach and look back for the NUL that must be there: about one probe per
    // MAX_STRING bytes instead of one per string.
    for (let start = 0; start < this.size;) {
      const nul = this.latin1.lastIndexOf("\0", start + MAX_STRING);
      if (nul < start) throw this.#error(`a string is longer than ${MAX_STRING} bytes`, start);
      start = nul + 1;
    }
  }

  /** Whether a string can start at `offset`. */
  has(offset: number): boolean {
    return offset >= 0 && offset < this.size;
  }

  /** The string at `offset`; bytes that are no UTF-8 become U+FFFD. */
  get(offset: number): string {
    if (!this.has(offset)) {
      throw this.#error(`string offset ${offset} is outside the ${this.size} bytes of strings`, offset);
    }
    const end = this.latin1.indexOf("\0", offset);
    const bytes = this.#bytes;
    return bytes === undefined ? this.latin1.slice(offset, end) : this.#decode(bytes, offset, end);
  }

  /** The rare table with bytes over 127: decodes once per offset, and bounds what all of them may add up to. */
  #decode(bytes: Buffer, start: number, end: number): string {
    const text = this.latin1.slice(start, end);
    if (isAscii(bytes.subarray(start, end))) return text;
    const known = this.#decoded.get(start);
    if (known !== undefined) return known;
    this.#decodedBytes += end - start;
    if (this.#decodedBytes > 16 * this.size + MAX_STRING) {
      throw this.#error("strings that are no ASCII overlap too often", start);
    }
    const decoded = bytes.toString("utf8", start, end);
    this.#decoded.set(start, decoded);
    return decoded;
  }
}
