/** Pointers in a section's initial bytes: which symbol each one is relocated to. */
import type { Elf, ElfRelocation, ElfSection } from "./elf.ts";

/** A pointer that the loader fills in. */
export interface InitialPointer {
  /** Bytes from the start of the section. */
  readonly offset: number;
  readonly symbol: string;
}

/** The section's pointers by their place. */
export function readPointers(elf: Elf, section: ElfSection): readonly InitialPointer[] {
  const statics = new StaticNames(elf);
  return elf
    .relocations(section)
    .map((relocation) => {
      const symbol = elf.symbols[relocation.symbol];
      const name =
        symbol?.type === "section" && typeof symbol.sectionIndex === "number"
          ? statics.find(symbol.sectionIndex, symbol.value + addendOf(elf, section, relocation))
          : symbol?.name;
      return { offset: relocation.offset, symbol: name ?? "" };
    })
    .sort((a, b) => a.offset - b.offset);
}

/** The pointers from byte `start` up to `end`. */
export function pointersBetween(
  pointers: readonly InitialPointer[],
  start: number,
  end: number,
): readonly InitialPointer[] {
  return pointers.slice(firstFrom(pointers, start), firstFrom(pointers, end));
}

function firstFrom(pointers: readonly InitialPointer[], offset: number): number {
  let low = 0;
  let high = pointers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((pointers[middle]?.offset ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Static functions and variables are referred to by their section's symbol and an offset into it. */
class StaticNames {
  readonly #elf: Elf;
  readonly #sections = new Map<number, ReadonlyMap<number, string>>();

  constructor(elf: Elf) {
    this.#elf = elf;
  }

  find(section: number, offset: number): string | undefined {
    const known = this.#sections.get(section);
    if (known !== undefined) return known.get(offset);
    const names = new Map(
      this.#elf
        .symbolsIn(section)
        .filter((symbol) => symbol.type === "func" || symbol.type === "object")
        .map((symbol) => [symbol.value, symbol.name]),
    );
    this.#sections.set(section, names);
    return names.get(offset);
  }
}

/** `SHT_REL` keeps the addend in the place that is relocated: 8 bytes for a pointer. */
function addendOf(elf: Elf, section: ElfSection, { offset, addend }: ElfRelocation): number {
  if (addend !== undefined) return Number(addend);
  if (offset + 8 > section.data.length) return 0;
  const view = new DataView(section.data.buffer, section.data.byteOffset, section.data.byteLength);
  return Number(view.getBigInt64(offset, elf.byteOrder === "little"));
}
