/** Where each type's record is, found in one pass: the only thing kept for the 130,000 types of a kernel. */
import { BtfParseError } from "./errors.ts";
import type { BtfKind } from "./types.ts";
import { wordAt } from "./words.ts";

/** Kinds by their number in `info`. */
export const KINDS: readonly BtfKind[] = [
  "VOID",
  "INT",
  "PTR",
  "ARRAY",
  "STRUCT",
  "UNION",
  "ENUM",
  "FWD",
  "TYPEDEF",
  "VOLATILE",
  "CONST",
  "RESTRICT",
  "FUNC",
  "FUNC_PROTO",
  "VAR",
  "DATASEC",
  "FLOAT",
  "DECL_TAG",
  "TYPE_TAG",
  "ENUM64",
];

/** Words after the three of `struct btf_type`, by kind. */
const EXTRA_WORDS = [0, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0];

/** Words for each of the `vlen` entries, by kind. */
const ENTRY_WORDS = [0, 0, 0, 0, 3, 3, 2, 0, 0, 0, 0, 0, 0, 2, 0, 3, 0, 0, 0, 3];

const TYPE_WORDS = 3;

/** The records of one `.BTF` section. */
export interface TypeTable {
  /** The section's types as words. */
  readonly words: Uint32Array;
  /** By type, counted from `firstId`: the word its record starts at. */
  readonly starts: Uint32Array;
  readonly firstId: number;
  /** Bytes from the start of the section to the first record, for error messages. */
  readonly at: number;
}

/** `BTF_INFO_KIND` */
export function kindOf(info: number): number {
  return (info >>> 24) & 0x1f;
}

/** `BTF_INFO_VLEN` */
export function vlenOf(info: number): number {
  return info & 0xffff;
}

/** `BTF_INFO_KFLAG` */
export function kindFlagOf(info: number): boolean {
  return info >>> 31 === 1;
}

/** Number of the kind of a type of this table. */
export function kindAt(table: TypeTable, id: number): number {
  return kindOf(wordAt(table.words, wordAt(table.starts, id - table.firstId) + 1));
}

/** Finds where every record starts, and that all of them are complete and of a known kind. */
export function indexTypes(words: Uint32Array, firstId: number, at: number): TypeTable {
  // A record has at least three words, so this is the most there can be: a third of the input's size.
  const starts = new Uint32Array(Math.floor(words.length / TYPE_WORDS));
  let count = 0;
  for (let start = 0; start < words.length; count++) {
    const place = { section: ".BTF", typeId: firstId + count, offset: at + start * 4 };
    if (words.length - start < TYPE_WORDS) throw new BtfParseError("the record is cut", place);
    const info = wordAt(words, start + 1);
    const kind = kindOf(info);
    const extra = EXTRA_WORDS[kind];
    const entry = ENTRY_WORDS[kind];
    if (kind === 0 || extra === undefined || entry === undefined) {
      throw new BtfParseError(`kind ${kind} is not known`, place);
    }
    const end = start + TYPE_WORDS + extra + vlenOf(info) * entry;
    if (end > words.length) {
      throw new BtfParseError(
        `${KINDS[kind]} with vlen ${vlenOf(info)} reaches beyond the type section`,
        place,
      );
    }
    starts[count] = start;
    start = end;
  }
  return { words, starts: starts.slice(0, count), firstId, at };
}
