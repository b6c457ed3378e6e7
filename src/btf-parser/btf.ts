/** BTF type information: `parseBtf` and the `Btf` it makes. */
import { checkTypes } from "./btf-check.ts";
import { decodeType } from "./btf-decode.ts";
import { readBtfHeader } from "./btf-header.ts";
import { indexTypes, kindAt, KINDS, type TypeTable } from "./btf-index.ts";
import { NameIndex } from "./btf-names.ts";
import { BtfParseError } from "./errors.ts";
import { StringTable } from "./strings.ts";
import type { BtfKind, BtfType, TypeId, VoidType } from "./types.ts";
import { copyWords, wordAt } from "./words.ts";

const VOID: VoidType = { kind: "VOID", id: 0, name: "" };

/** As many typedefs and qualifiers as the kernel and libbpf follow (`MAX_RESOLVE_DEPTH`). */
const MAX_RESOLVE_DEPTH = 32;

const TRANSPARENT: ReadonlySet<BtfKind> = new Set(["TYPEDEF", "CONST", "VOLATILE", "RESTRICT", "TYPE_TAG"]);
const IS_TRANSPARENT: readonly boolean[] = KINDS.map((kind) => TRANSPARENT.has(kind));
const DECL_TAG = KINDS.indexOf("DECL_TAG");

/** Options of {@link parseBtf}. */
export interface ParseBtfOptions {
  /** The BTF that this one continues: the kernel's, for a module's (split BTF). */
  readonly base?: Btf | undefined;
}

/**
 * The types of one `.BTF` section, and of its base if it is split.
 *
 * Types are read when asked for, anew each time: compare ids, not objects. Nothing is kept for a type but where its
 * record is, so that the kernel's 130,000 cost little more than the file.
 */
export class Btf {
  readonly byteOrder: "little" | "big";
  /** The BTF whose ids and strings this one continues. */
  readonly base: Btf | undefined;
  /** Ids 0 to `typeCount - 1` exist, those of the base and `void` included. */
  readonly typeCount: number;
  /** The first id of its own: 1, or the base's `typeCount`. */
  readonly firstId: number;
  readonly #table: TypeTable;
  readonly #strings: StringTable;
  /** Bytes of all bases' strings: own string offsets start here. */
  readonly #stringsStart: number;
  #names: NameIndex | undefined;
  #tags: ReadonlyMap<TypeId, readonly TypeId[]> | undefined;

  /** @internal made by {@link parseBtf} */
  constructor(bytes: Uint8Array, base: Btf | undefined) {
    const header = readBtfHeader(bytes);
    this.byteOrder = header.byteOrder;
    this.base = base;
    this.firstId = base === undefined ? 1 : base.typeCount;
    this.#stringsStart = base === undefined ? 0 : base.#stringsStart + base.#strings.size;
    this.#strings = new StringTable(
      header.strings,
      (message, offset) => new BtfParseError(message, { section: ".BTF", offset: header.stringsAt + offset }),
    );
    if (base === undefined && this.#strings.latin1.charCodeAt(0) !== 0) {
      throw new BtfParseError("the strings do not start with an empty one", {
        section: ".BTF",
        offset: header.stringsAt,
      });
    }
    this.#table = indexTypes(copyWords(header.types, header.byteOrder), this.firstId, header.typesAt);
    this.typeCount = this.firstId + this.#table.starts.length;
    checkTypes(this.#table, {
      typeCount: this.typeCount,
      stringsEnd: this.#stringsStart + this.#strings.size,
      kind: (id) => this.#kindNumber(id),
    });
  }

  /** The type with this id. @throws {@link BtfParseError} when there is none */
  type(id: TypeId): BtfType {
    if (id === 0) return VOID;
    this.#checkId(id);
    if (this.base !== undefined && id < this.firstId) return this.base.type(id);
    return decodeType(this.#table, id, (offset) => this.string(offset));
  }

  /**
   * The type of this name with the lowest id, the base's before its own, as libbpf's `btf__find_by_name_kind`.
   *
   * The first call builds the index of names; after it a call takes about a microsecond.
   */
  find(name: string, kind?: BtfKind): BtfType | undefined {
    if (name === "void" && (kind === undefined || kind === "VOID")) return VOID;
    for (const id of this.#ids(name, kind)) return this.type(id);
    return undefined;
  }

  /** All types of this name, the base's included, in the order of their ids. */
  findAll(name: string, kind?: BtfKind): readonly BtfType[] {
    return Array.from(this.#ids(name, kind), (id) => this.type(id));
  }

  /** Its own types in the order of their ids; those of the base and `void` are not among them. */
  *types(): IterableIterator<BtfType> {
    for (let id = this.firstId; id < this.typeCount; id++) yield this.type(id);
  }

  /**
   * The type behind typedefs, qualifiers and type tags.
   *
   * @throws {@link BtfParseError} after 32 of them, where libbpf gives up too: they may form a circle
   */
  resolve(id: TypeId): BtfType {
    this.#checkId(id);
    let current = id;
    for (let depth = 0; depth <= MAX_RESOLVE_DEPTH; depth++) {
      if (IS_TRANSPARENT[this.#kindNumber(current)] !== true) return this.type(current);
      current = this.#referenceOf(current);
    }
    throw new BtfParseError(`more than ${MAX_RESOLVE_DEPTH} typedefs and qualifiers, or a circle of them`, {
      section: ".BTF",
      typeId: id,
    });
  }

  /**
   * Texts of the declaration tags on a type, or with `componentIdx` on one of its members or parameters,
   * in the order of the tags' ids.
   */
  tags(id: TypeId, componentIdx = -1): readonly string[] {
    const own = this.#tagIds().get(id) ?? [];
    const texts = own.flatMap((tag) => {
      const type = this.type(tag);
      return type.kind === "DECL_TAG" && type.componentIdx === componentIdx ? [type.name] : [];
    });
    return this.base === undefined || id >= this.firstId
      ? texts
      : [...this.base.tags(id, componentIdx), ...texts];
  }

  /** The string at an offset of the string section, the base's first. @throws {@link BtfParseError} */
  string(offset: number): string {
    if (offset === 0) return "";
    if (this.base !== undefined && offset < this.#stringsStart) return this.base.string(offset);
    return this.#strings.get(offset - this.#stringsStart);
  }

  /** Whether {@link Btf.string} has a string at this offset. */
  hasString(offset: number): boolean {
    return offset >= 0 && offset < this.#stringsStart + this.#strings.size;
  }

  #checkId(id: TypeId): void {
    if (!Number.isInteger(id) || id < 0 || id >= this.typeCount) {
      throw new BtfParseError(`there is no such type; ids end at ${this.typeCount - 1}`, {
        section: ".BTF",
        typeId: id,
      });
    }
  }

  #owner(id: TypeId): TypeTable {
    if (this.base !== undefined && id < this.firstId) return this.base.#owner(id);
    return this.#table;
  }

  #kindNumber(id: TypeId): number {
    return id === 0 ? 0 : kindAt(this.#owner(id), id);
  }

  /** The third word of a record, for kinds where it is a type id. */
  #referenceOf(id: TypeId): TypeId {
    const table = this.#owner(id);
    return wordAt(table.words, wordAt(table.starts, id - table.firstId) + 2);
  }

  *#ids(name: string, kind: BtfKind | undefined): IterableIterator<TypeId> {
    if (this.base !== undefined) yield* this.base.#ids(name, kind);
    this.#names ??= new NameIndex(this.#table, this.#allStrings());
    yield* this.#names.ids(name, kind);
  }

  #allStrings(): { readonly table: StringTable; readonly start: number }[] {
    const before = this.base === undefined ? [] : this.base.#allStrings();
    return [...before, { table: this.#strings, start: this.#stringsStart }];
  }

  #tagIds(): ReadonlyMap<TypeId, readonly TypeId[]> {
    if (this.#tags !== undefined) return this.#tags;
    const tags = new Map<TypeId, TypeId[]>();
    for (let id = this.firstId; id < this.typeCount; id++) {
      if (kindAt(this.#table, id) !== DECL_TAG) continue;
      const target = this.#referenceOf(id);
      const known = tags.get(target);
      if (known === undefined) tags.set(target, [id]);
      else known.push(id);
    }
    this.#tags = tags;
    return tags;
  }
}

/**
 * Reads the bytes of a `.BTF` section, or of a file in `/sys/kernel/btf`. The bytes are copied.
 *
 * @throws {@link BtfParseError} naming the type and the byte offset
 *
 * @example
 * ```ts
 * const btf = parseBtf(bytes);
 * for (const type of btf.types()) console.log(type.id, type.kind, type.name);
 * ```
 */
export function parseBtf(bytes: Uint8Array, options: ParseBtfOptions = {}): Btf {
  return new Btf(bytes, options.base);
}
