/** Pointers in a section's initial bytes: which symbol each one is relocated to. */
import type { Elf, ElfRelocation, ElfSection, ElfSymbol } from "./elf.ts";

/** A pointer that the loader fills in. */
export interface InitialPointer {
  /** Bytes from the start of the section. */
  readonly offset: number;
  readonly symbol: string;
}

/** The section's pointers by their place. */
export function readPointers(elf: Elf, section: ElfSection): readonly InitialPointer[] {
  return elf
    .relocations(section)
    .map((relocation) => ({ offset: relocation.offset, symbol: symbolName(elf, section, relocation) }))
    .sort((a, b) => a.offset - b.offset);
}

/** Static functions and variables are named by their section's symbol and an offset into it. */
function symbolName(elf: Elf, section: ElfSection, relocation: ElfRelocation): string {
  const symbol = elf.symbols[relocation.symbol];
  if (symbol === undefined) return "";
  if (symbol.type !== "section") return symbol.name;
  const target =
    symbol.value +
    (relocation.addend === undefined ? implicitAddend(elf, section, relocation) : Number(relocation.addend));
  return elf.symbols.find((other) => names(other, symbol, target))?.name ?? "";
}

function names(other: ElfSymbol, section: ElfSymbol, target: number): boolean {
  return (
    other.sectionIndex === section.sectionIndex &&
    other.value === target &&
    (other.type === "func" || other.type === "object")
  );
}

/** `SHT_REL` keeps the addend in the place that is relocated: 8 bytes for a pointer. */
function implicitAddend(elf: Elf, section: ElfSection, { offset }: ElfRelocation): number {
  if (offset + 8 > section.data.length) return 0;
  const view = new DataView(section.data.buffer, section.data.byteOffset, section.data.byteLength);
  return Number(view.getBigInt64(offset, elf.byteOrder === "little"));
}
