/** Finds the type that a person calls by its C name. */
import type { Btf } from "./btf.ts";
import { sizeOf } from "./size.ts";
import type { BtfKind, BtfType } from "./types.ts";
import { TypeLookupError } from "./errors.ts";
import { nearest } from "./nearest.ts";
import { visible } from "./text.ts";

/** The kinds of types that a keyword, or none, stands for: the first one that is there counts. */
const KINDS: Readonly<Record<string, readonly BtfKind[]>> = {
  "": ["STRUCT", "UNION", "TYPEDEF", "INT", "FLOAT", "ENUM", "ENUM64"],
  struct: ["STRUCT"],
  union: ["UNION"],
  enum: ["ENUM", "ENUM64"],
};

const KEYWORD = /^(?<keyword>struct|union|enum)\s+(?<tag>.+)$/;

/**
 * The type that C calls `wanted`; without a keyword, a struct before a union before a typedef before the rest.
 *
 * @param place - who wants it, for the message: `map events`
 * @throws {@link TypeLookupError} when there is none, with what keeps clang from leaving it out
 */
export function findCType(btf: Btf, place: string, wanted: string): BtfType {
  const groups = KEYWORD.exec(wanted)?.groups;
  const name = groups?.["tag"] ?? wanted;
  const shown = visible(name);
  const all = btf.findAll(name).filter((type) => sizeOf(btf, type.id) !== undefined);
  for (const kind of KINDS[groups?.["keyword"] ?? ""] ?? []) {
    const found = all.find((type) => type.kind === kind);
    if (found !== undefined) return found;
  }
  const keyword = groups?.["keyword"] ?? "struct";
  const near = nearest(
    name,
    [...btf.types()].filter(isNamed).map((type) => type.name),
  );
  const meant = near === undefined ? "" : `; did you mean ${visible(near)}?`;
  throw new TypeLookupError(
    place,
    `no ${groups === undefined ? "type" : keyword} ${shown} in the object's BTF${meant}\n  clang leaves out types that ` +
      `nothing refers to; anchor it in the C source:\n    ${keyword} ${shown} *unused_${shown} __attribute__((unused));`,
  );
}

/** Types that can be meant. */
function isNamed({ kind, name }: BtfType): boolean {
  return name !== "" && (kind === "STRUCT" || kind === "UNION" || kind === "TYPEDEF");
}
