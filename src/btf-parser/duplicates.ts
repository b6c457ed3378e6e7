/** Sections that a name must be enough to find. */
import type { ElfSection } from "./elf.ts";
import { ElfParseError } from "./errors.ts";

/** Types belong to a section by its name: with two of a name, the variables of both would be in each. */
export function refuseDuplicates(sections: readonly ElfSection[]): void {
  const names = new Set<string>();
  for (const { name } of sections) {
    if (names.has(name)) throw new ElfParseError("a second section of this name", { section: name });
    names.add(name);
  }
}
