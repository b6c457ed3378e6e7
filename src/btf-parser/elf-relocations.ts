/** ELF relocation tables (`Elf64_Rel` and `Elf64_Rela`, elf(5)). */
import { type ElfSection, SectionType } from "./elf-section.ts";
import { ElfParseError } from "./errors.ts";

/** A place in a section that depends on a symbol. */
export interface ElfRelocation {
  /** Bytes from the start of the section it applies to. */
  readonly offset: number;
  /** Index in the symbol table. */
  readonly symbol: number;
  /** `R_BPF_*` on BPF. */
  readonly type: number;
  /** Undefined in `SHT_REL` tables, which keep it in the section's bytes. */
  readonly addend: bigint | undefined;
}

const REL_SIZE = 16;
const RELA_SIZE = 24;

/** The relocations of `target`, in the order of their table. */
export function readRelocations(
  sections: readonly ElfSection[],
  target: ElfSection,
  symbolCount: number,
  byteOrder: "little" | "big",
): readonly ElfRelocation[] {
  const [table, second] = sections.filter(
    (section) =>
      (section.type === SectionType.REL || section.type === SectionType.RELA) &&
      section.info === target.index,
  );
  // Compilers write one. Tables may share bytes of the file, so many of them would be more work than the file is long.
  if (second !== undefined) {
    throw new ElfParseError(`a second relocation table of ${target.name}`, { section: second.name });
  }
  return table === undefined ? [] : readTable(table, target, symbolCount, byteOrder === "little");
}

function readTable(
  table: ElfSection,
  target: ElfSection,
  symbolCount: number,
  little: boolean,
): ElfRelocation[] {
  const section = table.name;
  const withAddend = table.type === SectionType.RELA;
  const size = withAddend ? RELA_SIZE : REL_SIZE;
  if (table.data.length % size !== 0) {
    throw new ElfParseError(`${table.data.length} bytes are no whole number of relocations`, { section });
  }
  const view = new DataView(table.data.buffer, table.data.byteOffset, table.data.byteLength);
  return Array.from({ length: table.data.length / size }, (_, index) => {
    const at = index * size;
    const offset = Number(view.getBigUint64(at, little));
    if (offset >= target.size) {
      throw new ElfParseError(`relocates byte ${offset} of the ${target.size} of ${target.name}`, {
        section,
        offset: at,
      });
    }
    const info = view.getBigUint64(at + 8, little);
    const symbol = Number(info >> 32n);
    if (symbol >= symbolCount) {
      throw new ElfParseError(`names symbol ${symbol} of ${symbolCount}`, { section, offset: at + 8 });
    }
    return {
      offset,
      symbol,
      type: Number(info & 0xffff_ffffn),
      addend: withAddend ? view.getBigInt64(at + 16, little) : undefined,
    };
  });
}
