/** The ELF symbol table (`Elf64_Sym`, elf(5)). */
import { type ElfSection, SectionType } from "./elf-section.ts";
import { ElfParseError } from "./errors.ts";
import { StringTable } from "./strings.ts";

/** Half of what is exact: a place and a size can be added. */
const MAX_NUMBER = 2 ** 52;

/** `STB_*` in lower case; `other` stands for the OS and processor specific ones. */
export type SymbolBinding = "local" | "global" | "weak" | "other";

/** `STV_*` in lower case. */
export type SymbolVisibility = "default" | "internal" | "hidden" | "protected";

/** `STT_*` in lower case; `other` stands for the OS and processor specific ones. */
export type SymbolType = "notype" | "object" | "func" | "section" | "file" | "common" | "tls" | "other";

/** The index of the section that a symbol is in, or why it is in none. */
export type SymbolSection = number | "undef" | "abs" | "common" | "reserved";

/** A symbol. */
export interface ElfSymbol {
  readonly index: number;
  /** Empty for section symbols. */
  readonly name: string;
  /** In a relocatable object: bytes from the start of the section. */
  readonly value: number;
  readonly size: number;
  readonly type: SymbolType;
  readonly binding: SymbolBinding;
  readonly visibility: SymbolVisibility;
  readonly sectionIndex: SymbolSection;
}

export const SYMBOL_SIZE: number = 24;
const SHN_LORESERVE = 0xff00;
const SHN_ABS = 0xfff1;
const SHN_COMMON = 0xfff2;
const SHN_XINDEX = 0xffff;

const BINDINGS: readonly SymbolBinding[] = ["local", "global", "weak"];
const VISIBILITIES: readonly SymbolVisibility[] = ["default", "internal", "hidden", "protected"];
const TYPES: readonly SymbolType[] = ["notype", "object", "func", "section", "file", "common", "tls"];

/** Reads the file's symbol table; libbpf accepts one, and so do we. */
export function readSymbols(
  sections: readonly ElfSection[],
  byteOrder: "little" | "big",
): readonly ElfSymbol[] {
  const [table, second] = sections.filter((section) => section.type === SectionType.SYMTAB);
  if (table === undefined) return [];
  const section = table.name;
  if (second !== undefined) throw new ElfParseError("a second symbol table", { section: second.name });
  if (table.data.length % SYMBOL_SIZE !== 0) {
    throw new ElfParseError(`${table.data.length} bytes are no whole number of symbols`, { section });
  }
  const strings = sections[table.link];
  if (strings?.type !== SectionType.STRTAB) {
    throw new ElfParseError(`section ${table.link}, linked as its string table, is none`, { section });
  }
  const names = new StringTable(
    strings.data,
    (message, offset) => new ElfParseError(message, { section: strings.name, offset }),
  );
  const little = byteOrder === "little";
  const view = viewOf(table.data);
  const extended = extendedIndexes(sections, table, little);
  return Array.from({ length: table.data.length / SYMBOL_SIZE }, (_, index) => {
    const at = index * SYMBOL_SIZE;
    const info = view.getUint8(at + 4);
    const nameOffset = view.getUint32(at, little);
    return {
      index,
      name: nameOffset === 0 ? "" : names.get(nameOffset),
      value: readNumber(view, at + 8, little, section),
      size: readNumber(view, at + 16, little, section),
      type: TYPES[info & 0xf] ?? "other",
      binding: BINDINGS[info >> 4] ?? "other",
      visibility: VISIBILITIES[view.getUint8(at + 5) & 3] ?? "default",
      sectionIndex: sectionOf(view.getUint16(at + 6, little), {
        index,
        extended,
        count: sections.length,
        section,
      }),
    };
  });
}

/** Section indexes too big for `st_shndx`, one word for each symbol (`SHT_SYMTAB_SHNDX`). */
function extendedIndexes(
  sections: readonly ElfSection[],
  table: ElfSection,
  little: boolean,
): ((symbol: number) => number) | undefined {
  const found = sections.find(
    (section) => section.type === SectionType.SYMTAB_SHNDX && section.link === table.index,
  );
  if (found === undefined) return undefined;
  const view = viewOf(found.data);
  return (symbol) => {
    if (symbol * 4 + 4 > found.data.length) {
      throw new ElfParseError(`no section index for symbol ${symbol}`, { section: found.name });
    }
    return view.getUint32(symbol * 4, little);
  };
}

function sectionOf(
  shndx: number,
  table: {
    readonly index: number;
    readonly extended: ((symbol: number) => number) | undefined;
    readonly count: number;
    readonly section: string;
  },
): SymbolSection {
  if (shndx === 0) return "undef";
  if (shndx === SHN_ABS) return "abs";
  if (shndx === SHN_COMMON) return "common";
  if (shndx >= SHN_LORESERVE && shndx !== SHN_XINDEX) return "reserved";
  const place = { section: table.section, offset: table.index * SYMBOL_SIZE + 6 };
  if (shndx === SHN_XINDEX && table.extended === undefined) {
    throw new ElfParseError(
      `symbol ${table.index} wants a SHT_SYMTAB_SHNDX section, but there is none`,
      place,
    );
  }
  const index = shndx === SHN_XINDEX ? (table.extended?.(table.index) ?? 0) : shndx;
  if (index >= table.count) {
    throw new ElfParseError(`symbol ${table.index} is in section ${index} of ${table.count}`, place);
  }
  return index;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A 64-bit number that a JavaScript number must be able to hold. */
function readNumber(view: DataView, at: number, little: boolean, section: string): number {
  const value = Number(view.getBigUint64(at, little));
  if (value >= MAX_NUMBER) {
    throw new ElfParseError(`${value} is too big for a place or size`, { section, offset: at });
  }
  return value;
}
