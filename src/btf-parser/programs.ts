/** The programs of an object: functions in executable sections (libbpf.c, bpf_object__add_programs). */
import type { Btf } from "./btf.ts";
import { type Elf, type ElfSection, type ElfSymbol, SectionFlag, SectionType } from "./elf.ts";
import { ElfParseError } from "./errors.ts";
import type { ProgramModel } from "./model.ts";
import { readSectionName, type SectionName } from "./section-names.ts";
import type { TypeId } from "./types.ts";

/** `sizeof(struct bpf_insn)` */
const INSN_SIZE = 8;

/** Functions here are called by programs and are none themselves. */
const SUBPROGRAM_SECTION = ".text";

/**
 * All programs, by section and place in it, the order in which libbpf keeps them.
 *
 * @throws {@link ElfParseError} when one is static or reaches beyond its section, as libbpf refuses it
 */
export function readPrograms(elf: Elf, btf: Btf | undefined): readonly ProgramModel[] {
  const functions = new FunctionTypes(btf);
  return elf.sections.filter(holdsPrograms).flatMap((section) => {
    const name = readSectionName(section.name);
    return elf
      .symbolsIn(section.index)
      .filter((symbol) => symbol.type === "func")
      .sort((a, b) => a.value - b.value)
      .map((symbol) => readProgram(symbol, section, name, functions));
  });
}

function holdsPrograms(section: ElfSection): boolean {
  return (
    section.type === SectionType.PROGBITS &&
    (section.flags & SectionFlag.EXECINSTR) !== 0 &&
    section.name !== SUBPROGRAM_SECTION
  );
}

function readProgram(
  symbol: ElfSymbol,
  section: ElfSection,
  { autoload, kind }: SectionName,
  functions: FunctionTypes,
): ProgramModel {
  const place = { section: section.name, offset: symbol.value };
  if (symbol.binding === "local") {
    throw new ElfParseError(
      `program ${symbol.name} is static, which libbpf refuses; a program is global, and what programs call has no SEC()`,
      place,
    );
  }
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
  return {
    name: symbol.name,
    section: section.name,
    kind,
    autoload,
    insnCount: symbol.size / INSN_SIZE,
    func: functions.find(symbol.name),
  };
}

/** `FUNC` types by name, each looked up once: a file may have many symbols of a name, and many types of it. */
class FunctionTypes {
  readonly #btf: Btf | undefined;
  readonly #known = new Map<string, TypeId | undefined>();

  constructor(btf: Btf | undefined) {
    this.#btf = btf;
  }

  find(name: string): TypeId | undefined {
    if (!this.#known.has(name)) this.#known.set(name, this.#btf?.find(name, "FUNC")?.id);
    return this.#known.get(name);
  }
}
