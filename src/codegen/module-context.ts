/** What every part of one skeleton's module shares while it is written. */
import type { Btf, TypeId } from "tinybpf-btf";
import { Constants } from "./constants.ts";
import type { NamedTypes } from "./named-types.ts";
import type { NameTable } from "./names.ts";
import type { Naming, U64Type } from "./options.ts";
import type { RuntimeImports } from "./runtime-symbols.ts";

/** The parts of a module that belong to the module as a whole. */
export interface ModuleContext {
  readonly btf: Btf;
  readonly little: boolean;
  readonly naming: Naming;
  readonly u64: U64Type;
  readonly imports: RuntimeImports;
  readonly names: NameTable;
  readonly types: NamedTypes;
  /** Whether writing a struct or union accepts more than reading gives, as far as it is known (input-types.ts). */
  readonly inputDiffers: Map<TypeId, boolean>;
  /** The constants that the code now being written needs ahead of itself. */
  readonly constants: Constants;
}

/** The same module, gathering constants for another declaration. */
export function withOwnConstants(context: ModuleContext): ModuleContext {
  return { ...context, constants: new Constants(context.names) };
}

/** The codecs of the object's byte order: `le` or `be`. */
export function codecs(context: ModuleContext): string {
  return context.imports.value(context.little ? "le" : "be");
}
