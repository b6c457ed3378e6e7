/**
 * The variables of an ELF section: types from its DATASEC, places from its symbols.
 *
 * clang leaves the size of a DATASEC and the offsets in it at 0; libbpf fills them in from ELF
 * (btf_fixup_datasec, btf.c). Objects out of libbpf's linker have them, and static variables of the same name.
 */
import type { Btf } from "./btf.ts";
import type { Elf, ElfSection, ElfSymbol } from "./elf.ts";
import { BtfParseError } from "./errors.ts";
import type { GlobalVariableModel } from "./model.ts";
import { sizeOf } from "./size.ts";
import type { DataSecType, SecInfo, VarType } from "./types.ts";

/** The DATASEC of a section, if there is one. */
export function findDataSec(btf: Btf | undefined, section: string): DataSecType | undefined {
  const type = btf?.find(section, "DATASEC");
  return type?.kind === "DATASEC" ? type : undefined;
}

/** The section's variables by their place. */
export function readVariables(elf: Elf, btf: Btf, section: ElfSection): readonly GlobalVariableModel[] {
  const datasec = findDataSec(btf, section.name);
  if (datasec === undefined) return [];
  const symbols = symbolsByName(elf, section);
  const variables = datasec.vars
    .flatMap((info) => {
      const variable = btf.type(info.type);
      if (variable.kind !== "VAR" || variable.linkage === "extern") return [];
      return [readVariable(btf, section, info, { variable, symbols, datasec })];
    })
    .sort((a, b) => a.offset - b.offset);
  checkOverlaps(variables, datasec);
  return variables;
}

/** The symbols of a name: the first one, and any of them by its place. */
interface SameName {
  readonly first: ElfSymbol;
  readonly byOffset: Map<number, ElfSymbol>;
}

function symbolsByName(elf: Elf, section: ElfSection): ReadonlyMap<string, SameName> {
  const byName = new Map<string, SameName>();
  for (const symbol of elf.symbolsIn(section.index)) {
    if (symbol.type !== "object" && symbol.type !== "notype") continue;
    const same = byName.get(symbol.name) ?? { first: symbol, byOffset: new Map<number, ElfSymbol>() };
    same.byOffset.set(symbol.value, symbol);
    byName.set(symbol.name, same);
  }
  return byName;
}

/** The kernel refuses it too (kernel/bpf/btf.c, btf_datasec_check_meta). */
function checkOverlaps(variables: readonly GlobalVariableModel[], datasec: DataSecType): void {
  let end = 0;
  let before = "";
  for (const { name, offset, size } of variables) {
    if (offset < end) {
      throw new BtfParseError(`${datasec.name}: variables ${before} and ${name} overlap`, {
        section: ".BTF",
        typeId: datasec.id,
      });
    }
    end = offset + size;
    before = name;
  }
}

function readVariable(
  btf: Btf,
  section: ElfSection,
  info: SecInfo,
  known: {
    readonly variable: VarType;
    readonly symbols: ReadonlyMap<string, SameName>;
    readonly datasec: DataSecType;
  },
): GlobalVariableModel {
  const { variable, symbols, datasec } = known;
  const candidates = symbols.get(variable.name);
  const symbol = candidates?.byOffset.get(info.offset) ?? candidates?.first;
  if (symbol === undefined && variable.linkage === "global") {
    throw new BtfParseError(`no symbol in ${section.name} for the global variable ${variable.name}`, {
      section: ".BTF",
      typeId: datasec.id,
    });
  }
  const offset = symbol?.value ?? info.offset;
  const size = info.size || symbol?.size || (sizeOf(btf, variable.type) ?? 0);
  if (offset + size > section.size) {
    throw new BtfParseError(
      `variable ${variable.name} (${size} bytes at ${offset}) reaches beyond the ${section.size} of ${section.name}`,
      { section: ".BTF", typeId: datasec.id },
    );
  }
  return {
    name: variable.name,
    type: variable.type,
    variable: variable.id,
    offset,
    size,
    binding: symbol?.binding ?? "local",
    visibility: symbol?.visibility ?? "default",
    tags: btf.tags(variable.id),
  };
}
