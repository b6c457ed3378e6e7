/** Sections of global variables (libbpf.c, bpf_object__init_global_data_maps). */
import type { Btf } from "./btf.ts";
import { type Elf, type ElfSection, SectionType } from "./elf.ts";
import { arenaSection } from "./arena.ts";
import { kconfigSection } from "./kconfig.ts";
import type { BpfObject, GlobalSectionModel, GlobalVariableModel } from "./model.ts";
import { refuseDuplicates } from "./duplicates.ts";
import { lazySectionBytes } from "./section-bytes.ts";
import { findDataSec, readVariables } from "./section-variables.ts";

/** All sections that libbpf turns into a map of globals, in the file's order. */
export function readGlobals(elf: Elf, btf: Btf | undefined): readonly GlobalSectionModel[] {
  const sections = elf.sections.filter(isGlobalSection);
  refuseDuplicates(sections);
  return sections.map((section) => readGlobalSection(elf, btf, section));
}

/** `.data`, `.rodata` and `.bss`, or one of them with a suffix; empty ones make no map. */
function isGlobalSection(section: ElfSection): boolean {
  if (section.size === 0) return false;
  if (section.type === SectionType.NOBITS) return isOrExtends(section.name, ".bss");
  return (
    section.type === SectionType.PROGBITS &&
    (isOrExtends(section.name, ".data") || isOrExtends(section.name, ".rodata"))
  );
}

function isOrExtends(name: string, base: string): boolean {
  return name === base || name.startsWith(`${base}.`);
}

function readGlobalSection(elf: Elf, btf: Btf | undefined, section: ElfSection): GlobalSectionModel {
  const bytes = lazySectionBytes(section);
  return {
    section: section.name,
    name: skeletonName(section.name),
    size: section.size,
    readonly: isOrExtends(section.name, ".rodata"),
    get initial() {
      return bytes();
    },
    datasec: findDataSec(btf, section.name)?.id,
    variables: btf === undefined ? [] : readVariables(elf, btf, section),
  };
}

/** As `bpftool gen skeleton` names it (tools/bpf/bpftool/gen.c, get_map_ident and sanitize_identifier). */
function skeletonName(section: string): string {
  return section.slice(1).replaceAll(/[^A-Za-z0-9_]/gu, "_");
}

/**
 * The variables of a section that users get to see: as in libbpf's own skeletons neither static ones, whose names need not
 * be unique (bpftool's gen.c, codegen_datasec_def), nor hidden ones, which its linker makes static.
 */
export function visibleVariables(section: GlobalSectionModel): GlobalVariableModel[] {
  return section.variables.filter(
    ({ binding, visibility }) => binding !== "local" && visibility !== "hidden" && visibility !== "internal",
  );
}

/**
 * Every section with variables that users get to see: besides those that have a map of their own, the variables of an arena
 * and the kernel's configuration.
 */
export function visibleSections(object: BpfObject): GlobalSectionModel[] {
  return [...object.globals, arenaSection(object), kconfigSection(object)]
    .filter((section) => section !== undefined)
    .filter((section) => visibleVariables(section).length > 0);
}
