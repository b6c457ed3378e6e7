/** The bytes that a section has when it is loaded. */
import { type ElfSection, SectionType } from "./elf.ts";
import { ElfParseError } from "./errors.ts";
import { lazy } from "./lazy.ts";

/** The kernel refuses values of array maps beyond `INT_MAX` (array_map_alloc_check, kernel/bpf/arraymap.c). */
const MAX_SIZE = 0x7fff_ffff;

/**
 * A function that gives a section's bytes: a copy of those in the file, or zeros for `NOBITS`.
 *
 * Made when first asked for, since a file of few bytes may declare gigabytes of `.bss`.
 *
 * @throws ElfParseError at once when the section is too big for a map, or is `SHT_NULL`
 */
export function lazySectionBytes(section: ElfSection): () => Uint8Array {
  if (section.size > MAX_SIZE) {
    throw new ElfParseError(`${section.size} bytes are more than a map can hold`, { section: section.name });
  }
  if (section.type !== SectionType.NOBITS && section.data.length !== section.size) {
    throw new ElfParseError(`a section of type ${section.type} has no bytes in the file`, {
      section: section.name,
      offset: section.offset,
    });
  }
  return lazy(() =>
    section.type === SectionType.NOBITS ? allocate(section) : Uint8Array.from(section.data),
  );
}

function allocate(section: ElfSection): Uint8Array {
  try {
    return new Uint8Array(section.size);
  } catch (cause) {
    throw new ElfParseError(`no memory for ${section.size} bytes`, { section: section.name, cause });
  }
}
