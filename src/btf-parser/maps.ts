/** The maps of an object: variables in `.maps` (libbpf.c, bpf_object__init_user_btf_maps). */
import type { Btf } from "./btf.ts";
import { type Elf, SectionFlag } from "./elf.ts";
import { BtfParseError, ElfParseError } from "./errors.ts";
import { type MapDefinition, readMapDefinition } from "./map-definition.ts";
import { mapTypeName } from "./map-types.ts";
import type { GlobalVariableModel, MapModel } from "./model.ts";
import { type InitialPointer, pointersBetween, readPointers } from "./pointers.ts";
import { readVariables } from "./section-variables.ts";
import { POINTER_SIZE } from "./size.ts";
import type { CompositeType, TypeId } from "./types.ts";

const MAPS_SECTION = ".maps";

/** Map definitions without BTF; libbpf 1.0 refuses them too. */
const LEGACY_SECTION = "maps";

/**
 * The object's maps by their place in `.maps`.
 *
 * @throws {@link ElfParseError} for definitions of before BTF, and for those of today without it
 * @throws {@link BtfParseError} for a definition that libbpf refuses
 */
export function readMaps(elf: Elf, btf: Btf | undefined): readonly MapModel[] {
  refuseLegacy(elf);
  const section = elf.section(MAPS_SECTION);
  if (section === undefined) return [];
  if (btf === undefined) {
    throw new ElfParseError(
      "map definitions without BTF, which say nothing to libbpf; compile with clang -g",
      { section: MAPS_SECTION },
    );
  }
  const pointers = readPointers(elf, section);
  // Maps may share a struct, which is then read once.
  const definitions = new Map<TypeId, MapDefinition>();
  return readVariables(elf, btf, section).map((variable) => {
    refuseStatic(btf, variable);
    const struct = structOf(btf, variable);
    const definition = definitions.get(struct.id) ?? readMapDefinition(btf, struct, variable.name);
    definitions.set(struct.id, definition);
    return modelOf(variable.name, definition, {
      values: readValues(variable, definition, pointers),
      tags: variable.tags,
      variable: variable.variable,
    });
  });
}

/**
 * Definitions of before BTF: in a section `maps`, or in `maps/<name>` as gobpf wanted them. libbpf ignores the latter, and
 * then cannot relocate the programs that use them.
 */
function refuseLegacy(elf: Elf): void {
  const used = new Set(
    elf.sections
      .filter(({ flags }) => Math.floor(flags / SectionFlag.EXECINSTR) % 2 === 1)
      .flatMap((section) => elf.relocations(section).map(({ symbol }) => elf.symbols[symbol]?.sectionIndex)),
  );
  const legacy = elf.sections.find(
    ({ name, index }) =>
      name === LEGACY_SECTION || (name.startsWith(`${LEGACY_SECTION}/`) && used.has(index)),
  );
  if (legacy === undefined) return;
  throw new ElfParseError(
    'legacy map definitions, which libbpf 1.0 no longer reads; define the maps in SEC(".maps")',
    { section: legacy.name },
  );
}

/** As libbpf does (bpf_object__init_user_btf_map), to which hidden variables are static as well (btf_fixup_datasec). */
function refuseStatic(btf: Btf, { name, variable, visibility }: GlobalVariableModel): void {
  const type = btf.type(variable);
  const isStatic = type.kind === "VAR" && type.linkage === "static";
  if (!isStatic && visibility !== "hidden" && visibility !== "internal") return;
  throw new BtfParseError(
    `map ${name} is ${isStatic ? "static" : "hidden, which is static to libbpf"}; libbpf takes global maps only`,
    { section: ".BTF", typeId: variable },
  );
}

function structOf(btf: Btf, variable: GlobalVariableModel): CompositeType {
  const struct = btf.resolve(variable.type);
  if (struct.kind !== "STRUCT") {
    throw new BtfParseError(`map ${variable.name}: its definition is no struct but ${struct.kind}`, {
      section: ".BTF",
      typeId: struct.id,
    });
  }
  return struct;
}

/** What only the map's variable says, and an inner map therefore has not. */
type FromVariable = Pick<MapModel, "values" | "tags" | "variable">;

const NO_VARIABLE: FromVariable = { values: [], tags: [], variable: undefined };

function modelOf(name: string, definition: MapDefinition, variable: FromVariable): MapModel {
  return {
    name,
    type: definition.type,
    typeName: mapTypeName(definition.type),
    keySize: definition.keySize,
    valueSize: definition.valueSize,
    keyType: definition.keyType,
    valueType: definition.valueType,
    maxEntries: definition.maxEntries,
    mapFlags: definition.mapFlags,
    mapExtra: definition.mapExtra,
    numaNode: definition.numaNode,
    pinning: definition.pinning,
    inner:
      definition.inner === undefined ? undefined : modelOf(`${name}.inner`, definition.inner, NO_VARIABLE),
    ...variable,
  };
}

/** The slots that C initialised (libbpf.c, bpf_object__collect_map_relos). */
function readValues(
  variable: GlobalVariableModel,
  definition: MapDefinition,
  pointers: readonly InitialPointer[],
): MapModel["values"] {
  if (definition.valuesOffset === undefined) return [];
  const start = variable.offset + definition.valuesOffset;
  const end = variable.offset + variable.size;
  return pointersBetween(pointers, start, end).map(({ offset, symbol }) => ({
    index: Math.floor((offset - start) / POINTER_SIZE),
    symbol,
  }));
}
