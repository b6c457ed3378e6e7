/** Externs of the kernel's configuration, as the section of globals that libbpf makes of them. */
import { alignOf } from "./align.ts";
import type { Btf } from "./btf.ts";
import type { BpfObject, GlobalSectionModel, GlobalVariableModel } from "./model.ts";
import { findDataSec } from "./section-variables.ts";
import { sizeOf } from "./size.ts";
import type { TypeId } from "./types.ts";

/** The section that `__kconfig` variables are in. */
export const KCONFIG_SECTION: string = ".kconfig";

/**
 * The values of `__kconfig` externs, where libbpf puts them: by alignment, the largest first, then by size, the smallest
 * first, then by name (libbpf.c, cmp_externs and bpf_object__collect_externs). Undefined when the object has none.
 */
export function kconfigSection({ btf, externs }: BpfObject): GlobalSectionModel | undefined {
  const datasec = findDataSec(btf, KCONFIG_SECTION);
  if (btf === undefined || datasec === undefined) return undefined;
  const names = new Set(externs.filter(({ section }) => section === KCONFIG_SECTION).map(({ name }) => name));
  const placed = datasec.vars
    .map(({ type }) => readValue(btf, type))
    .filter((value) => value !== undefined)
    .filter(({ name }) => names.has(name))
    .sort((a, b) => b.align - a.align || a.size - b.size || (a.name < b.name ? -1 : 1));
  let end = 0;
  const variables = placed.map(({ name, type, variable, size, align }): GlobalVariableModel => {
    const offset = Math.ceil(end / align) * align;
    end = offset + size;
    return { name, type, variable, offset, size, binding: "global", visibility: "default", tags: [] };
  });
  if (variables.length === 0) return undefined;
  return {
    section: KCONFIG_SECTION,
    name: "kconfig",
    size: end,
    readonly: true,
    get initial() {
      return new Uint8Array(end);
    },
    datasec: datasec.id,
    variables,
  };
}

/** A value before it has a place. */
interface Value extends Pick<GlobalVariableModel, "name" | "type" | "variable" | "size"> {
  readonly align: number;
}

function readValue(btf: Btf, id: TypeId): Value | undefined {
  const variable = btf.type(id);
  if (variable.kind !== "VAR") return undefined;
  const { name, type } = variable;
  const size = sizeOf(btf, type);
  return size === undefined ? undefined : { name, type, variable: id, size, align: alignOf(btf, type) };
}
