/** The header of a `.BTF` section (`struct btf_header`, include/uapi/linux/btf.h). */
import { BtfParseError } from "./errors.ts";

const BTF_VERSION = 1;
const MIN_HEADER = 24;

/** The two parts of a `.BTF` section; offsets in bytes from its start. */
export interface BtfHeader {
  readonly byteOrder: "little" | "big";
  readonly typesAt: number;
  readonly types: Uint8Array;
  readonly stringsAt: number;
  readonly strings: Uint8Array;
}

/** The byte order that makes a section start with the BTF magic, 0xeb9f. */
export function btfByteOrder(bytes: Uint8Array, section: string): "little" | "big" {
  if (bytes[0] === 0x9f && bytes[1] === 0xeb) return "little";
  if (bytes[0] === 0xeb && bytes[1] === 0x9f) return "big";
  throw new BtfParseError(bytes.length < 2 ? "too short for a BTF header" : "no BTF magic number", {
    section,
    offset: 0,
  });
}

/** Reads the header; one longer than known (`hdr_len`) is from a newer format and its rest is skipped. */
export function readBtfHeader(bytes: Uint8Array): BtfHeader {
  const section = ".BTF";
  const byteOrder = btfByteOrder(bytes, section);
  const fail = (message: string, offset: number): BtfParseError =>
    new BtfParseError(message, { section, offset });
  if (bytes.length < MIN_HEADER) throw fail(`the header is cut at ${bytes.length} bytes`, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = byteOrder === "little";
  if (view.getUint8(2) !== BTF_VERSION) throw fail(`version ${view.getUint8(2)} is not known`, 2);
  const length = view.getUint32(4, little);
  if (length < MIN_HEADER || length > bytes.length) {
    throw fail(`a header of ${length} bytes in ${bytes.length}`, 4);
  }
  const part = (at: number, what: string): { at: number; bytes: Uint8Array } => {
    const start = length + view.getUint32(at, little);
    const size = view.getUint32(at + 4, little);
    if (start + size > bytes.length) {
      throw fail(`${what} (${size} bytes at ${start}) reach beyond the ${bytes.length} of the section`, at);
    }
    return { at: start, bytes: bytes.subarray(start, start + size) };
  };
  const types = part(8, "the types");
  const strings = part(16, "the strings");
  if (types.bytes.length % 4 !== 0) throw fail(`${types.bytes.length} bytes of types, no multiple of 4`, 12);
  return {
    byteOrder,
    typesAt: types.at,
    types: types.bytes,
    stringsAt: strings.at,
    strings: strings.bytes,
  };
}
