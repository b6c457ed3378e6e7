/** The type information of an object that has none. */
import { type Btf, parseBtf } from "tinybpf-btf";

const HEADER_SIZE = 24;

/** BTF without types: a header (include/uapi/linux/btf.h, struct btf_header) and the empty string. */
export function emptyBtf(): Btf {
  const bytes = new Uint8Array(HEADER_SIZE + 1);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xeb9f, true); // magic
  view.setUint8(2, 1); // version
  view.setUint32(4, HEADER_SIZE, true); // hdr_len
  view.setUint32(20, 1, true); // str_len
  return parseBtf(bytes);
}
