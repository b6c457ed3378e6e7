/** The programs of an object: functions in executable sections (libbpf.c, bpf_object__add_programs). */
import type { Btf } from "./btf.ts";
import { type Elf, type ElfSection, type ElfSymbol, SectionFlag, SectionType } from "./elf.ts";
import { ElfParseError } from "./errors.ts";
import type { ProgramModel } from "./model.ts";
import { readSectionName } from "./section-names.ts";

/** `sizeof(struct bpf_insn)` */
const INSN_SIZE = 8;

/** Functions here are called by programs and are none themselves. */
const SUBPROGRAM_SECTION = ".text";

/** All programs, by section and place in it, the order in which libbpf keeps them. */
export function readPrograms(elf: Elf, btf: Btf | undefined): readonly ProgramModel[] {
  return elf.symbols
    .flatMap((symbol) => {
      if (symbol.type !== "func" || typeof symbol.sectionIndex !== "number") return [];
      const section = elf.sections[symbol.sectionIndex];
      return section !== undefined && holdsPrograms(section) ? [{ symbol, section }] : [];
    })
    .sort((a, b) => a.section.index - b.section.index || a.symbol.value - b.symbol.value)
    .map(({ symbol, section }) => readProgram(symbol, section, btf));
}

function holdsPrograms(section: ElfSection): boolean {
  return (
    section.type === SectionType.PROGBITS &&
    Math.floor(section.flags / SectionFlag.EXECINSTR) % 2 === 1 &&
    section.name !== SUBPROGRAM_SECTION
  );
}

function readProgram(symbol: ElfSymbol, section: ElfSection, btf: Btf | undefined): ProgramModel {
  const place = { section: section.name, offset: symbol.value };
  if (symbol.value % INSN_SIZE !== 0 || symbol.size % INSN_SIZE !== 0 || symbol.size === 0) {
    throw new ElfParseError(
      `program ${symbol.name} (${symbol.size} bytes) is no whole number of instructions`,
      place,
    );
  }
  if (symbol.value + symbol.size > section.size) {
    throw new ElfParseError(
      `program ${symbol.name} (${symbol.size} bytes) reaches beyond its section`,
      place,
    );
  }
  const func = btf?.find(symbol.name, "FUNC");
  return {
    name: symbol.name,
    section: section.name,
    ...readSectionName(section.name),
    insnCount: symbol.size / INSN_SIZE,
    func: func?.id,
  };
}
