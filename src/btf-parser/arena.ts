/** Globals in an arena map: variables of address space 1 (libbpf.c, init_arena_map_data). */
import type { Btf } from "./btf.ts";
import type { Elf } from "./elf.ts";
import { ElfParseError } from "./errors.ts";
import type { ArenaModel, BpfObject, GlobalSectionModel, MapModel } from "./model.ts";
import { lazySectionBytes } from "./section-bytes.ts";
import { findDataSec, readVariables } from "./section-variables.ts";

/** The section that variables in an arena are in. */
export const ARENA_SECTION: string = ".addr_space.1";

/** The arena's globals; undefined when the object has none. */
export function readArena(elf: Elf, btf: Btf, maps: readonly MapModel[]): ArenaModel | undefined {
  const [map, second] = maps.filter((candidate) => candidate.typeName === "arena");
  const section = elf.section(ARENA_SECTION);
  if (section === undefined) return undefined;
  if (map === undefined || second !== undefined) {
    throw new ElfParseError(
      map === undefined
        ? 'arena variables, but no arena map; define one in SEC(".maps")'
        : `more than one arena map: ${map.name} and ${second?.name}`,
      { section: ARENA_SECTION },
    );
  }
  const bytes = lazySectionBytes(section);
  return {
    map: map.name,
    section: section.name,
    size: section.size,
    get initial() {
      return bytes();
    },
    variables: readVariables(elf, btf, section),
  };
}

/** The arena's globals as a section of globals, called `arena` as in libbpf's skeletons (bpftool's gen.c, get_datasec_ident). */
export function arenaSection({ arena, btf }: BpfObject): GlobalSectionModel | undefined {
  if (arena === undefined) return undefined;
  return {
    section: arena.section,
    name: "arena",
    size: arena.size,
    readonly: false,
    get initial() {
      return arena.initial;
    },
    datasec: findDataSec(btf, arena.section)?.id,
    variables: arena.variables,
  };
}
