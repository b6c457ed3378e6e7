/** What a binary names that can be attached to, to tell which was probably meant. */
import { readFileSync } from "node:fs";

// ELF64 (elf.h)
const MAGIC = 0x7f45_4c46;
const SHT_SYMTAB = 2;
const SHT_NOTE = 7;
const SHT_DYNSYM = 11;
const SECTION_SIZE = 64;
const SYMBOL_SIZE = 24;
const STT_FUNC = 2;
// <sys/sdt.h>
const NT_STAPSDT = 3;
/** Larger binaries are not read for the sake of a message. */
const MOST_BYTES = 64 << 20;

/** The names of the functions in the symbol tables of a 64-bit little-endian ELF file; none when it is no such file. */
export function functionsOf(path: string): readonly string[] {
  return namesOf(path, functionNames);
}

/** The USDT probes of such a file, as in `provider:name`. */
export function probesOf(path: string): readonly string[] {
  return namesOf(path, probeNames);
}

function namesOf(path: string, find: (bytes: Buffer) => Iterable<string>): readonly string[] {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > MOST_BYTES || bytes.readUInt32BE(0) !== MAGIC) return [];
    return [...new Set(find(bytes))];
  } catch {
    // Unreadable, or cut off: it is only for a message.
    return [];
  }
}

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

function sectionsOf(bytes: Buffer): Section[] {
  const table = Number(bytes.readBigUInt64LE(0x28));
  return Array.from({ length: bytes.readUInt16LE(0x3c) }, (_, index) => {
    const at = table + index * SECTION_SIZE;
    return {
      type: bytes.readUInt32LE(at + 4),
      offset: Number(bytes.readBigUInt64LE(at + 24)),
      size: Number(bytes.readBigUInt64LE(at + 32)),
      link: bytes.readUInt32LE(at + 40),
    };
  });
}

/** A string that ends with a NUL. */
function stringAt(bytes: Buffer, start: number): string {
  return bytes.toString("latin1", start, bytes.indexOf(0, start));
}

function* functionNames(bytes: Buffer): Generator<string> {
  const sections = sectionsOf(bytes);
  for (const { type, offset, size, link } of sections) {
    const strings = sections[link]?.offset;
    if ((type !== SHT_SYMTAB && type !== SHT_DYNSYM) || strings === undefined) continue;
    for (let at = offset; at < offset + size; at += SYMBOL_SIZE)
      if ((bytes.readUInt8(at + 4) & 0xf) === STT_FUNC)
        yield stringAt(bytes, strings + bytes.readUInt32LE(at));
  }
}

/** What a part of a note takes. */
function align(size: number): number {
  return (size + 3) & ~3;
}

/** In notes of type 3 and of the owner `stapsdt`: three addresses, then the strings provider, name and arguments. */
function* probeNames(bytes: Buffer): Generator<string> {
  for (const { type, offset, size } of sectionsOf(bytes)) {
    if (type !== SHT_NOTE) continue;
    for (let at = offset; at < offset + size;) {
      const owner = at + 12;
      const description = owner + align(bytes.readUInt32LE(at));
      if (bytes.readUInt32LE(at + 8) === NT_STAPSDT && stringAt(bytes, owner) === "stapsdt") {
        const provider = stringAt(bytes, description + 24);
        yield `${provider}:${stringAt(bytes, description + 24 + provider.length + 1)}`;
      }
      at = description + align(bytes.readUInt32LE(at + 4));
    }
  }
}
