/** Members of a skeleton are told apart by their names. */
import { type BpfObject, visibleVariables } from "tinybpf-btf";
import { GenerateError } from "./errors.ts";

/** Two maps, programs or variables of a name: no linker makes such an object, a tool that renames symbols does. */
export function refuseSameNames({ maps, structOps, programs, globals }: BpfObject): void {
  refuse("map", [...maps, ...structOps]);
  refuse("program", programs);
  for (const section of globals) refuse(`variable of ${section.section}`, visibleVariables(section));
}

function refuse(what: string, named: readonly { readonly name: string }[]): void {
  const seen = new Set<string>();
  for (const { name } of named) {
    if (seen.has(name)) throw new GenerateError(`${what} ${name}`, "there is another one of this name");
    seen.add(name);
  }
}
