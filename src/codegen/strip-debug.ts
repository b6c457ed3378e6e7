/**
 * An object without its DWARF. clang writes it beside the BTF, at ten times the size; libbpf and the kernel never look
 * at it (libbpf.c, is_sec_name_dwarf), and it names folders of the machine that compiled.
 */
import { type Elf, type ElfSection, SectionType } from "tinybpf-btf";

const HEADER_SIZE = 64;
const SECTION_HEADER_SIZE = 64;
const SYMBOL_SIZE = 24;
/** Where the fields are that hold section indices or places in the file (elf(5)). */
const HEADER = { shoff: 40, phnum: 56, shnum: 60, shstrndx: 62 } as const;
const SECTION = { offset: 24, link: 40, info: 44 } as const;
const SYMBOL_SHNDX = 6;
/** Indices from here on are special (`SHN_LORESERVE`). */
const RESERVED = 0xff00;
const SHT_GROUP = 17;
/** Kinds of sections whose bytes are section indices. */
const ODD: ReadonlySet<number> = new Set([SectionType.SYMTAB_SHNDX, SHT_GROUP]);
/** A page; no compiler aligns a section of an object further, and the gaps would be ours to fill. */
const MAX_ALIGN = 4096;

/**
 * The object's bytes without `.debug_*` sections and their relocations: the same bytes when it has none.
 *
 * Symbols of sections that go become empty ones, so that the numbers of all others, which relocations hold, stay.
 */
export function stripDebug(bytes: Uint8Array, elf: Elf): Uint8Array {
  const kept = elf.sections.filter((section) => !isDebug(section, elf));
  if (kept.length === elf.sections.length || !isSimple(bytes, elf)) return bytes;
  const numbers = new Map(kept.map((section, index) => [section.index, index]));
  const offsets = layOut(kept);
  const table = align(offsets.end, 8);
  const stripped = new Uint8Array(table + kept.length * SECTION_HEADER_SIZE);
  const little = elf.byteOrder === "little";
  const from = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const to = new DataView(stripped.buffer);

  stripped.set(bytes.subarray(0, HEADER_SIZE));
  to.setBigUint64(HEADER.shoff, BigInt(table), little);
  to.setUint16(HEADER.shnum, kept.length, little);
  to.setUint16(HEADER.shstrndx, numbers.get(from.getUint16(HEADER.shstrndx, little)) ?? 0, little);

  const oldTable = Number(from.getBigUint64(HEADER.shoff, little));
  for (const [index, section] of kept.entries()) {
    const header = table + index * SECTION_HEADER_SIZE;
    const old = oldTable + section.index * SECTION_HEADER_SIZE;
    stripped.set(bytes.subarray(old, old + SECTION_HEADER_SIZE), header);
    if (section.type === SectionType.NULL) continue;
    const offset = offsets.of[index] ?? 0;
    to.setBigUint64(header + SECTION.offset, BigInt(offset), little);
    to.setUint32(header + SECTION.link, numbers.get(section.link) ?? 0, little);
    // Elsewhere sh_info is no section: in a symbol table it is the first global symbol.
    if (isRelocation(section)) to.setUint32(header + SECTION.info, numbers.get(section.info) ?? 0, little);
    stripped.set(section.data, offset);
    if (section.type === SectionType.SYMTAB)
      renumberSymbols(to, offset, section.data.length, numbers, little);
  }
  return stripped;
}

function isDebug(section: ElfSection, elf: Elf): boolean {
  const target = isRelocation(section) ? elf.sections[section.info] : section;
  return target?.name.startsWith(".debug_") ?? false;
}

function isRelocation({ type }: ElfSection): boolean {
  return type === SectionType.REL || type === SectionType.RELA;
}

/** Whether nothing refers to sections in ways that are not renumbered here: no compiler for BPF writes such. */
function isSimple(bytes: Uint8Array, elf: Elf): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint16(HEADER.shnum, elf.byteOrder === "little");
  const programHeaders = view.getUint16(HEADER.phnum, elf.byteOrder === "little");
  return (
    programHeaders === 0 &&
    count === elf.sections.length &&
    !elf.sections.some(({ type, addralign }) => ODD.has(type) || addralign > MAX_ALIGN)
  );
}

/** Where each section's bytes go: in the old order, each at its alignment. */
function layOut(sections: readonly ElfSection[]): { readonly of: readonly number[]; readonly end: number } {
  let end = HEADER_SIZE;
  const of = sections.map((section) => {
    const start = align(end, Math.max(1, section.addralign));
    end = start + section.data.length;
    return start;
  });
  return { of, end };
}

function align(offset: number, to: number): number {
  return Math.ceil(offset / to) * to;
}

function renumberSymbols(
  view: DataView,
  start: number,
  length: number,
  numbers: ReadonlyMap<number, number>,
  little: boolean,
): void {
  for (let at = start; at + SYMBOL_SIZE <= start + length; at += SYMBOL_SIZE) {
    const section = view.getUint16(at + SYMBOL_SHNDX, little);
    if (section === 0 || section >= RESERVED) continue;
    const number = numbers.get(section);
    if (number !== undefined) view.setUint16(at + SYMBOL_SHNDX, number, little);
    else for (let i = 0; i < SYMBOL_SIZE; i++) view.setUint8(at + i, 0);
  }
}
