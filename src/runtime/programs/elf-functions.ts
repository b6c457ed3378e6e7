/** The functions that a binary names, to tell which one was probably meant. */
import { readFileSync } from "node:fs";

// ELF64 (elf.h)
const MAGIC = 0x7f45_4c46;
const SHT_SYMTAB = 2;
const SHT_DYNSYM = 11;
const SECTION_SIZE = 64;
const SYMBOL_SIZE = 24;
const STT_FUNC = 2;
/** Larger binaries are not read for the sake of a message. */
const MOST_BYTES = 64 << 20;

/** The names of the functions in the symbol tables of a 64-bit little-endian ELF file; none when it is no such file. */
export function functionsOf(path: string): readonly string[] {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > MOST_BYTES || bytes.readUInt32BE(0) !== MAGIC) return [];
    return [...functionNames(bytes)];
  } catch {
    // Unreadable, or cut off: it is only for a message.
    return [];
  }
}

function functionNames(bytes: Buffer): Set<string> {
  const names = new Set<string>();
  const table = Number(bytes.readBigUInt64LE(0x28));
  const count = bytes.readUInt16LE(0x3c);
  const section = (index: number): { type: number; offset: number; size: number; link: number } => {
    const at = table + index * SECTION_SIZE;
    return {
      type: bytes.readUInt32LE(at + 4),
      offset: Number(bytes.readBigUInt64LE(at + 24)),
      size: Number(bytes.readBigUInt64LE(at + 32)),
      link: bytes.readUInt32LE(at + 40),
    };
  };
  for (let index = 0; index < count; index++) {
    const { type, offset, size, link } = section(index);
    if (type !== SHT_SYMTAB && type !== SHT_DYNSYM) continue;
    const strings = section(link).offset;
    for (let at = offset; at < offset + size; at += SYMBOL_SIZE) {
      if ((bytes.readUInt8(at + 4) & 0xf) !== STT_FUNC) continue;
      const start = strings + bytes.readUInt32LE(at);
      names.add(bytes.toString("latin1", start, bytes.indexOf(0, start)));
    }
  }
  return names;
}
