/**
 * The second pass over a type section: every name, reference and number is what its kind allows. Whatever reads a
 * type later relies on it. The rules are those of the kernel's `btf_*_check_meta` (kernel/bpf/btf.c) as far as
 * libbpf's `btf_validate_type` and `btf__add_*` (btf.c) share them.
 */
import { KINDS, kindOf, type TypeTable, vlenOf } from "./btf-index.ts";
import { BtfParseError } from "./errors.ts";
import { wordAt } from "./words.ts";

/** What the references of a type section may point at. */
export interface References {
  /** All ids, those of the base included. */
  readonly typeCount: number;
  /** Bytes of strings, those of the base included. */
  readonly stringsEnd: number;
  /** Number of the kind of any type. */
  readonly kind: (id: number) => number;
}

/** @throws BtfParseError for the first type that breaks a rule */
export function checkTypes(table: TypeTable, references: References): void {
  const check = new TypeCheck(table, references);
  for (let index = 0; index < table.starts.length; index++) check.type(index);
}

const FUNC = KINDS.indexOf("FUNC");
const FUNC_PROTO = KINDS.indexOf("FUNC_PROTO");
const VAR = KINDS.indexOf("VAR");
const MAX_LINKAGE = 2;
const INT_SIZES = [1, 2, 4, 8, 16];
const ENUM_SIZES = [1, 2, 4, 8];
const FLOAT_SIZES = [2, 4, 8, 12, 16];

/** State of the pass; one instance, so that checking a type allocates nothing. */
class TypeCheck {
  readonly #words: Uint32Array;
  readonly #table: TypeTable;
  readonly #references: References;
  #index = 0;
  #start = 0;

  constructor(table: TypeTable, references: References) {
    this.#table = table;
    this.#words = table.words;
    this.#references = references;
  }

  type(index: number): void {
    const start = wordAt(this.#table.starts, index);
    this.#index = index;
    this.#start = start;
    this.#name(start);
    const info = wordAt(this.#words, start + 1);
    const vlen = vlenOf(info);
    switch (KINDS[kindOf(info)]) {
      case "INT":
        this.#int(start);
        break;
      case "ARRAY":
        this.#reference(start + 3);
        this.#reference(start + 4);
        break;
      case "STRUCT":
      case "UNION":
        for (let at = start + 3; at < start + 3 + vlen * 3; at += 3) {
          this.#name(at);
          this.#reference(at + 1);
        }
        break;
      case "ENUM":
        this.#enumSize(start, vlen);
        for (let at = start + 3; at < start + 3 + vlen * 2; at += 2) this.#name(at);
        break;
      case "ENUM64":
        this.#enumSize(start, vlen);
        for (let at = start + 3; at < start + 3 + vlen * 3; at += 3) this.#name(at);
        break;
      case "FUNC":
        this.#reference(start + 2);
        if (this.#references.kind(wordAt(this.#words, start + 2)) !== FUNC_PROTO) {
          this.#fail(start + 2, `type ${wordAt(this.#words, start + 2)} is no FUNC_PROTO`);
        }
        if (vlen > MAX_LINKAGE) this.#fail(start + 1, `linkage ${vlen} is not known`);
        break;
      case "FUNC_PROTO":
        this.#reference(start + 2);
        for (let at = start + 3; at < start + 3 + vlen * 2; at += 2) {
          this.#name(at);
          this.#reference(at + 1);
        }
        break;
      case "VAR":
        this.#reference(start + 2);
        if (wordAt(this.#words, start + 3) > MAX_LINKAGE) {
          this.#fail(start + 3, `linkage ${wordAt(this.#words, start + 3)} is not known`);
        }
        break;
      case "DATASEC":
        for (let at = start + 3; at < start + 3 + vlen * 3; at += 3) this.#section(at);
        break;
      case "FLOAT":
        this.#oneOf(start + 2, FLOAT_SIZES, "size");
        break;
      case "DECL_TAG":
        this.#reference(start + 2);
        if ((wordAt(this.#words, start + 3) | 0) < -1) {
          this.#fail(start + 3, `component index ${wordAt(this.#words, start + 3) | 0}`);
        }
        break;
      case "FWD":
        break;
      default:
        this.#reference(start + 2);
    }
  }

  #fail(word: number, message: string): never {
    const kind = kindOf(wordAt(this.#words, this.#start + 1));
    throw new BtfParseError(`${KINDS[kind]}: ${message}`, {
      section: ".BTF",
      typeId: this.#table.firstId + this.#index,
      offset: this.#table.at + word * 4,
    });
  }

  #name(word: number): void {
    const offset = wordAt(this.#words, word);
    // Offset 0 is the empty name even where there are no strings at all.
    if (offset !== 0 && offset >= this.#references.stringsEnd) {
      this.#fail(word, `name at ${offset}, beyond the ${this.#references.stringsEnd} bytes of strings`);
    }
  }

  #reference(word: number): void {
    const id = wordAt(this.#words, word);
    if (id >= this.#references.typeCount) {
      this.#fail(word, `refers to type ${id}, but ids end at ${this.#references.typeCount - 1}`);
    }
  }

  #oneOf(word: number, allowed: readonly number[], what: string): void {
    const value = wordAt(this.#words, word);
    if (!allowed.includes(value)) this.#fail(word, `${what} ${value} is none of ${allowed.join(", ")}`);
  }

  /** clang gives the `enum e` of a pointer to it, when it is not defined, as one of 0 bytes. */
  #enumSize(start: number, vlen: number): void {
    if (vlen > 0 || wordAt(this.#words, start + 2) !== 0) this.#oneOf(start + 2, ENUM_SIZES, "size");
  }

  #int(start: number): void {
    this.#oneOf(start + 2, INT_SIZES, "size");
    const size = wordAt(this.#words, start + 2);
    const encoding = wordAt(this.#words, start + 3);
    const offset = (encoding >>> 16) & 0xff;
    const bits = encoding & 0xff;
    if (offset + bits > size * 8) {
      this.#fail(start + 3, `${bits} bits at bit ${offset} do not fit in ${size} bytes`);
    }
  }

  #section(word: number): void {
    this.#reference(word);
    const id = wordAt(this.#words, word);
    const kind = this.#references.kind(id);
    // clang lists kernel functions (extern FUNC) in the DATASEC of .ksyms.
    if (kind !== VAR && kind !== FUNC) this.#fail(word, `type ${id} is neither VAR nor FUNC`);
  }
}
