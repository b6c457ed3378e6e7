/**
 * 64-bit ELF: header and section table through elfy, everything else read and checked here.
 *
 * elfy 1.0.0 asserts instead of checking, gives sections bytes they do not have (`.bss`), and reads `sh_addralign`
 * and `sh_entsize` of ELF64 from wrong offsets. It is therefore only let loose on ranges checked before, and
 * what it gets wrong is read again.
 */
import { Buffer } from "node:buffer";
import elfy from "elfy";
import { type ElfRelocation, readRelocations } from "./elf-relocations.ts";
import { type ElfSection, SectionType } from "./elf-section.ts";
import { type ElfSymbol, readSymbols } from "./elf-symbols.ts";
import { ElfParseError } from "./errors.ts";
import { StringTable } from "./strings.ts";

export type { ElfRelocation } from "./elf-relocations.ts";
export { type ElfSection, SectionFlag, SectionType } from "./elf-section.ts";
export type { ElfSymbol, SymbolBinding, SymbolSection, SymbolType, SymbolVisibility } from "./elf-symbols.ts";

/** `e_machine` of BPF objects */
export const EM_BPF: number = 247;

const SHN_XINDEX = 0xffff;
const HEADER_SIZE = 64;
const SECTION_HEADER_SIZE = 64;

/** A 64-bit ELF file. */
export class Elf {
  readonly class = 64;
  readonly byteOrder: "little" | "big";
  /** `e_type`; 1 is a relocatable object. */
  readonly type: number;
  /** `e_machine`; 247 is BPF. */
  readonly machine: number;
  /** `e_flags` */
  readonly flags: number;
  readonly sections: readonly ElfSection[];
  /** The symbol table with its empty first entry; an empty list when the file has none. */
  readonly symbols: readonly ElfSymbol[];
  #symbolsBySection: ReadonlyMap<number, readonly ElfSymbol[]> | undefined;

  /** @internal made by {@link parseElf} */
  constructor(header: ElfHeader, sections: readonly ElfSection[]) {
    this.byteOrder = header.byteOrder;
    this.type = header.type;
    this.machine = header.machine;
    this.flags = header.flags;
    this.sections = sections;
    this.symbols = readSymbols(sections, this.byteOrder);
  }

  /** The first section with this name. */
  section(name: string): ElfSection | undefined {
    return this.sections.find((section) => section.name === name);
  }

  /** The symbols defined in a section, in the order of the symbol table. */
  symbolsIn(section: number): readonly ElfSymbol[] {
    this.#symbolsBySection ??= groupBySection(this.symbols);
    return this.#symbolsBySection.get(section) ?? [];
  }

  /**
   * The relocations that apply to a section, of a `SHT_REL` or `SHT_RELA` table, in its order.
   *
   * @throws {@link ElfParseError} when the table is cut, is not the only one, or names a symbol or place that
   *   does not exist
   */
  relocations(target: ElfSection): readonly ElfRelocation[] {
    return readRelocations(this.sections, target, this.symbols.length, this.byteOrder);
  }
}

function groupBySection(symbols: readonly ElfSymbol[]): ReadonlyMap<number, readonly ElfSymbol[]> {
  const groups = new Map<number, ElfSymbol[]>();
  for (const symbol of symbols) {
    if (typeof symbol.sectionIndex !== "number") continue;
    const group = groups.get(symbol.sectionIndex);
    if (group === undefined) groups.set(symbol.sectionIndex, [symbol]);
    else group.push(symbol);
  }
  return groups;
}

interface ElfHeader {
  readonly byteOrder: "little" | "big";
  readonly type: number;
  readonly machine: number;
  readonly flags: number;
}

/**
 * Reads a 64-bit ELF file of either byte order and any machine.
 *
 * Sections' bytes are views of `bytes`, not copies.
 *
 * @throws {@link ElfParseError} naming the section and the byte offset
 */
export function parseElf(bytes: Uint8Array): Elf {
  checkIdent(bytes);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parser = new elfy.Parser();
  const header = parser.parseHeader(buffer);
  const little = header.endian === "lsb";

  if (header.shoff === 0) throw new ElfParseError("the file has no section table", { offset: 40 });
  if (header.shentsize !== SECTION_HEADER_SIZE) {
    throw new ElfParseError(`section headers of ${header.shentsize} bytes, not ${SECTION_HEADER_SIZE}`, {
      offset: 58,
    });
  }
  checkRange(bytes, header.shoff, SECTION_HEADER_SIZE, "the section table");
  // Counts that do not fit in the header are in the first section's header (elf(5), e_shnum and e_shstrndx).
  const [first] = parser.parseSections(buffer, { ...header, shnum: 1 });
  const count = header.shnum === 0 ? (first?.size ?? 0) : header.shnum;
  const namesIndex = header.shstrndx === SHN_XINDEX ? (first?.link ?? 0) : header.shstrndx;
  checkRange(bytes, header.shoff, count * SECTION_HEADER_SIZE, `the section table of ${count} sections`);

  const raw = parser.parseSections(buffer, { ...header, shnum: count });
  const unnamed = raw.map((section, index) =>
    completeSection(bytes, view, section, { index, little, at: header.shoff + index * SECTION_HEADER_SIZE }),
  );
  return new Elf(
    {
      byteOrder: little ? "little" : "big",
      type: view.getUint16(16, little),
      machine: view.getUint16(18, little),
      flags: header.flags,
    },
    nameSections(unnamed, namesIndex),
  );
}

function checkIdent(bytes: Uint8Array): void {
  if (bytes.length < 4 || bytes[0] !== 0x7f || bytes[1] !== 0x45 || bytes[2] !== 0x4c || bytes[3] !== 0x46) {
    throw new ElfParseError("not an ELF file", { offset: 0 });
  }
  if (bytes.length < HEADER_SIZE) {
    throw new ElfParseError(`the ELF header is cut at ${bytes.length} of ${HEADER_SIZE} bytes`, {
      offset: bytes.length,
    });
  }
  if (bytes[4] === 1) throw new ElfParseError("a 32-bit ELF file; BPF objects are 64-bit", { offset: 4 });
  if (bytes[4] !== 2) throw new ElfParseError(`unknown ELF class ${bytes[4]}`, { offset: 4 });
  if (bytes[5] !== 1 && bytes[5] !== 2) {
    throw new ElfParseError(`unknown byte order ${bytes[5]}`, { offset: 5 });
  }
}

/** Whether `offset`..`offset + size` is in the file. elfy's 64-bit numbers are inexact over 2^53, never too small. */
function checkRange(bytes: Uint8Array, offset: number, size: number, what: string, section?: string): void {
  if (offset > bytes.length || size > bytes.length - offset) {
    throw new ElfParseError(
      `${what} (${size} bytes at ${offset}) reaches beyond the file's ${bytes.length}`,
      {
        section,
        offset,
      },
    );
  }
}

type Unnamed = Omit<ElfSection, "name"> & { readonly nameOffset: number };

function completeSection(
  bytes: Uint8Array,
  view: DataView,
  section: {
    readonly name: number;
    readonly addr: number;
    readonly off: number;
    readonly size: number;
    readonly link: number;
    readonly info: number;
  },
  place: { readonly index: number; readonly little: boolean; readonly at: number },
): Unnamed {
  const { index, little, at } = place;
  const type = view.getUint32(at + 4, little);
  const hasBytes = type !== SectionType.NULL && type !== SectionType.NOBITS;
  if (hasBytes) checkRange(bytes, section.off, section.size, `section ${index}`);
  if (!Number.isSafeInteger(section.size)) {
    throw new ElfParseError(`section ${index} has an impossible size`, { offset: at + 32 });
  }
  return {
    index,
    nameOffset: section.name,
    type,
    flags: Number(view.getBigUint64(at + 8, little) & 0x1f_ffff_ffff_ffffn),
    addr: section.addr,
    offset: section.off,
    size: section.size,
    link: section.link,
    info: section.info,
    addralign: Number(view.getBigUint64(at + 48, little)),
    entsize: Number(view.getBigUint64(at + 56, little)),
    data: hasBytes ? bytes.subarray(section.off, section.off + section.size) : new Uint8Array(0),
  };
}

function nameSections(sections: readonly Unnamed[], namesIndex: number): ElfSection[] {
  const names = namesIndex === 0 ? undefined : nameTable(sections, namesIndex);
  return sections.map(({ nameOffset, ...rest }) => {
    if (names === undefined || nameOffset === 0) return { ...rest, name: "" };
    return { ...rest, name: names.get(nameOffset) };
  });
}

function nameTable(sections: readonly Unnamed[], index: number): StringTable {
  const table = sections[index];
  if (table?.type !== SectionType.STRTAB) {
    throw new ElfParseError(`section ${index}, named as the table of section names, is no string table`, {
      offset: 62,
    });
  }
  return new StringTable(
    table.data,
    (message, offset) => new ElfParseError(message, { section: ".shstrtab", offset }),
  );
}
