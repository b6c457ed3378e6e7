/** Sizes of types in bytes. */
import type { Btf } from "./btf.ts";
import { BtfParseError } from "./errors.ts";
import type { TypeId } from "./types.ts";

/** Pointers of the BPF target, and of every kernel that runs it, are this long. */
export const POINTER_SIZE: number = 8;

/** As many dimensions and typedefs as libbpf follows (`MAX_RESOLVE_DEPTH`, btf.c). */
const MAX_DIMENSIONS = 32;

/**
 * Bytes a type occupies, like libbpf's `btf__resolve_size`; undefined for what has no size: `void`, forward
 * declarations, functions and tags. A variable is as big as its type.
 *
 * @throws {@link BtfParseError} for arrays that are too deep, circular, or too big to count
 */
export function sizeOf(btf: Btf, id: TypeId): number | undefined {
  let factor = 1;
  let current = id;
  for (let depth = 0; depth <= MAX_DIMENSIONS; depth++) {
    const type = btf.resolve(current);
    switch (type.kind) {
      case "ENUM":
      case "ENUM64":
        // `enum e;` without a definition
        if (type.size === 0) return undefined;
        return bounded(factor * type.size, id);
      case "INT":
      case "FLOAT":
      case "STRUCT":
      case "UNION":
      case "DATASEC":
        return bounded(factor * type.size, id);
      case "PTR":
        return bounded(factor * POINTER_SIZE, id);
      case "ARRAY":
        factor = bounded(factor * type.nelems, id);
        current = type.type;
        break;
      case "VAR":
        current = type.type;
        break;
      default:
        return undefined;
    }
  }
  throw new BtfParseError(`more than ${MAX_DIMENSIONS} dimensions, or a circle of arrays`, {
    section: ".BTF",
    typeId: id,
  });
}

function bounded(size: number, id: TypeId): number {
  if (Number.isSafeInteger(size)) return size;
  throw new BtfParseError("the array is too big to count its bytes", { section: ".BTF", typeId: id });
}
