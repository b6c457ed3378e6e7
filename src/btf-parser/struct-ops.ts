/** struct_ops maps: structs of functions that the kernel calls (libbpf.c, init_struct_ops_maps). */
import type { Btf } from "./btf.ts";
import type { Elf, ElfSection } from "./elf.ts";
import { BtfParseError } from "./errors.ts";
import type { GlobalVariableModel, StructOpsModel } from "./model.ts";
import { type InitialPointer, readPointers } from "./pointers.ts";
import { readVariables } from "./section-variables.ts";

/** With `.link` attached through a link; with `?` not created unless asked for. */
const SECTION = /^\??\.struct_ops(?:\.link)?$/u;

/** All struct_ops variables, in the file's order. */
export function readStructOps(elf: Elf, btf: Btf): readonly StructOpsModel[] {
  return elf.sections.flatMap((section) => {
    if (!SECTION.test(section.name)) return [];
    const pointers = readPointers(elf, section);
    return readVariables(elf, btf, section).map((variable) => readVariable(btf, section, variable, pointers));
  });
}

function readVariable(
  btf: Btf,
  section: ElfSection,
  variable: GlobalVariableModel,
  pointers: readonly InitialPointer[],
): StructOpsModel {
  const struct = btf.resolve(variable.type);
  if (struct.kind !== "STRUCT") {
    throw new BtfParseError(`struct_ops map ${variable.name} is no struct but ${struct.kind}`, {
      section: ".BTF",
      typeId: struct.id,
    });
  }
  const byOffset = new Map(pointers.map((pointer) => [pointer.offset, pointer.symbol]));
  return {
    name: variable.name,
    section: section.name,
    type: struct.id,
    offset: variable.offset,
    size: variable.size,
    programs: struct.members.flatMap((member) => {
      const program = byOffset.get(variable.offset + member.bitOffset / 8);
      return program === undefined ? [] : [{ member: member.name, program }];
    }),
    link: section.name.endsWith(".link"),
  };
}
