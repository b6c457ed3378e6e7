/** Names that libbpf fills in at load: kernel config options and kernel symbols. */
import type { Btf } from "./btf.ts";
import type { Elf, ElfSymbol } from "./elf.ts";
import { ElfParseError } from "./errors.ts";
import type { ExternModel } from "./model.ts";
import { findDataSec } from "./section-variables.ts";

const SECTIONS = [".kconfig", ".ksyms"] as const;

/**
 * The externs of both sections, which exist in BTF only; weakness is the ELF symbol's.
 *
 * @throws {@link ElfParseError} when another object must define a symbol, which libbpf cannot find
 */
export function readExterns(elf: Elf, btf: Btf | undefined): readonly ExternModel[] {
  const undefinedSymbols = new Map(
    elf.symbols.flatMap((symbol) => (isExtern(symbol) ? [[symbol.name, symbol] as const] : [])),
  );
  const externs = SECTIONS.flatMap((section) =>
    (findDataSec(btf, section)?.vars ?? []).flatMap((info): ExternModel[] => {
      const type = btf?.type(info.type);
      if (type?.kind !== "VAR" && type?.kind !== "FUNC") return [];
      return [
        {
          section,
          name: type.name,
          type: type.type,
          is: type.kind === "FUNC" ? "func" : "var",
          weak: undefinedSymbols.get(type.name)?.binding === "weak",
        },
      ];
    }),
  );
  for (const { name } of externs) undefinedSymbols.delete(name);
  const [unresolved] = undefinedSymbols.keys();
  if (unresolved !== undefined) {
    throw new ElfParseError(
      `${unresolved} is defined nowhere, and neither a kernel symbol (__ksym) nor a kernel option (__kconfig); ` +
        "link the object that defines it: bpftool gen object",
      { section: ".symtab" },
    );
  }
  return externs;
}

/** libbpf.c, sym_is_extern */
function isExtern({ index, name, sectionIndex, type, binding }: ElfSymbol): boolean {
  return (
    index > 0 &&
    name !== "" &&
    sectionIndex === "undef" &&
    type === "notype" &&
    (binding === "global" || binding === "weak")
  );
}
