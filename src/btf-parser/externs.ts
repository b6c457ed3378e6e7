/** Names that libbpf fills in at load: kernel config options and kernel symbols. */
import type { Btf } from "./btf.ts";
import type { Elf } from "./elf.ts";
import type { ExternModel } from "./model.ts";
import { findDataSec } from "./section-variables.ts";

const SECTIONS = [".kconfig", ".ksyms"] as const;

/** The externs of both sections, which exist in BTF only; weakness is the ELF symbol's. */
export function readExterns(elf: Elf, btf: Btf): readonly ExternModel[] {
  const weak = new Set(
    elf.symbols.flatMap((symbol) =>
      symbol.sectionIndex === "undef" && symbol.binding === "weak" ? [symbol.name] : [],
    ),
  );
  return SECTIONS.flatMap((section) =>
    (findDataSec(btf, section)?.vars ?? []).flatMap((info): ExternModel[] => {
      const type = btf.type(info.type);
      if (type.kind !== "VAR" && type.kind !== "FUNC") return [];
      return [
        {
          section,
          name: type.name,
          type: type.type,
          is: type.kind === "FUNC" ? "func" : "var",
          weak: weak.has(type.name),
        },
      ];
    }),
  );
}
