/** struct_ops maps: structs of functions that the kernel calls (libbpf.c, init_struct_ops_maps). */
import type { Btf } from "./btf.ts";
import { refuseDuplicates } from "./duplicates.ts";
import type { Elf, ElfSection } from "./elf.ts";
import { BtfParseError } from "./errors.ts";
import type { GlobalVariableModel, StructOpsModel } from "./model.ts";
import { type InitialPointer, pointersBetween, readPointers } from "./pointers.ts";
import { readVariables } from "./section-variables.ts";
import type { TypeId } from "./types.ts";

/** With `.link` attached through a link; with `?` not created unless asked for. */
const SECTION = /^\??\.struct_ops(?:\.link)?$/u;

/** All struct_ops variables, in the file's order. */
export function readStructOps(elf: Elf, btf: Btf): readonly StructOpsModel[] {
  const sections = elf.sections.filter((section) => SECTION.test(section.name));
  refuseDuplicates(sections);
  const structs = new StructOpsTypes(btf);
  return sections.flatMap((section) => {
    const pointers = readPointers(elf, section);
    return readVariables(elf, btf, section).map((variable) =>
      readStructOpsVariable(section, variable, pointers, structs.of(variable)),
    );
  });
}

function readStructOpsVariable(
  section: ElfSection,
  variable: GlobalVariableModel,
  pointers: readonly InitialPointer[],
  struct: StructOpsType,
): StructOpsModel {
  return {
    name: variable.name,
    section: section.name,
    type: struct.id,
    offset: variable.offset,
    size: variable.size,
    programs: pointersBetween(pointers, variable.offset, variable.offset + variable.size).flatMap(
      ({ offset, symbol }) => {
        const member = struct.members.get(offset - variable.offset);
        return member === undefined ? [] : [{ member, program: symbol }];
      },
    ),
    link: section.name.endsWith(".link"),
  };
}

interface StructOpsType {
  readonly id: TypeId;
  /** Names by offset in bytes. */
  readonly members: ReadonlyMap<number, string>;
}

/** Variables may share a struct, which is then read once. */
class StructOpsTypes {
  readonly #btf: Btf;
  readonly #known = new Map<TypeId, StructOpsType>();

  constructor(btf: Btf) {
    this.#btf = btf;
  }

  of(variable: GlobalVariableModel): StructOpsType {
    const struct = this.#btf.resolve(variable.type);
    const known = this.#known.get(struct.id);
    if (known !== undefined) return known;
    if (struct.kind !== "STRUCT") {
      throw new BtfParseError(`struct_ops map ${variable.name} is no struct but ${struct.kind}`, {
        section: ".BTF",
        typeId: struct.id,
      });
    }
    const members = new Map(struct.members.map((member) => [member.bitOffset / 8, member.name]));
    const type = { id: struct.id, members };
    this.#known.set(struct.id, type);
    return type;
  }
}
