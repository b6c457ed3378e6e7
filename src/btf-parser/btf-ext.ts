/** `.BTF.ext`: which function, source line and CO-RE relocation belongs to which instruction. */
import type { Btf } from "./btf.ts";
import { btfByteOrder } from "./btf-header.ts";
import { BtfParseError } from "./errors.ts";
import type { TypeId } from "./types.ts";

/** `struct bpf_func_info`: a function starts here. */
export interface FuncInfo {
  /** Bytes from the start of the section. */
  readonly insnOffset: number;
  /** Its `FUNC`. */
  readonly type: TypeId;
}

/** `struct bpf_line_info`: the source of the instructions from here on. */
export interface LineInfo {
  /** Bytes from the start of the section. */
  readonly insnOffset: number;
  readonly file: string;
  /** The text of the line. */
  readonly text: string;
  /** From 1; 0 when unknown. */
  readonly line: number;
  readonly column: number;
}

/** `enum bpf_core_relo_kind` in lower case without `BPF_CORE_`, in its order. */
const CORE_KINDS = [
  "field_byte_offset",
  "field_byte_size",
  "field_exists",
  "field_signed",
  "field_lshift_u64",
  "field_rshift_u64",
  "type_id_local",
  "type_id_target",
  "type_exists",
  "type_size",
  "enumval_exists",
  "enumval_value",
  "type_matches",
] as const;

/** What a CO-RE relocation asks of the target kernel's BTF. */
export type CoreReloKind = (typeof CORE_KINDS)[number];

/** `struct bpf_core_relo`: an instruction to patch with a fact about the target's types. */
export interface CoreRelo {
  /** Bytes from the start of the section. */
  readonly insnOffset: number;
  /** The type, as the program knows it. */
  readonly type: TypeId;
  /** The way from the type to the field, or the enumerator's index: `0:1:2`. */
  readonly access: string;
  /** Undefined for kinds newer than this package. */
  readonly kind: CoreReloKind | undefined;
  /** The number of `enum bpf_core_relo_kind`. */
  readonly kindNumber: number;
}

/** The records of one ELF section, decoded as they are asked for. */
export class ExtSection<T> implements Iterable<T> {
  /** The section of the instructions, such as `tp/sched/sched_switch`. */
  readonly section: string;
  /** Number of records. */
  readonly length: number;
  readonly #at: (index: number) => T;

  /** @internal made by {@link parseBtfExt} */
  constructor(section: string, length: number, at: (index: number) => T) {
    this.section = section;
    this.length = length;
    this.#at = at;
  }

  /** The record at an index; undefined where there is none. */
  at(index: number): T | undefined {
    return Number.isInteger(index) && index >= 0 && index < this.length ? this.#at(index) : undefined;
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let index = 0; index < this.length; index++) yield this.#at(index);
  }
}

/** The contents of a `.BTF.ext` section. */
export interface BtfExt {
  readonly funcInfo: readonly ExtSection<FuncInfo>[];
  readonly lineInfo: readonly ExtSection<LineInfo>[];
  readonly coreRelos: readonly ExtSection<CoreRelo>[];
}

const SECTION = ".BTF.ext";
/** `offsetofend(struct btf_ext_header, line_info_len)`, all that the oldest format has. */
const MIN_HEADER = 24;
const HEADER_WITH_CORE = 32;

function fail(message: string, offset: number): BtfParseError {
  return new BtfParseError(message, { section: SECTION, offset });
}

/**
 * Reads the bytes of a `.BTF.ext` section.
 *
 * Records longer than known are from a newer format; the rest of each is skipped, as libbpf does.
 *
 * @param btf the object's types, which the records refer to
 * @throws {@link BtfParseError} for anything cut, or a reference to a type or string that does not exist
 */
export function parseBtfExt(bytes: Uint8Array, btf: Btf): BtfExt {
  const little = btfByteOrder(bytes, SECTION) === "little";
  if (bytes.length < MIN_HEADER) throw fail(`the header is cut at ${bytes.length} bytes`, bytes.length);
  const input = new ExtInput(bytes, little, btf);
  const headerLength = input.u32(4);
  if (bytes[2] !== 1) throw fail(`version ${bytes[2]} is not known`, 2);
  if (headerLength < MIN_HEADER || headerLength > bytes.length) {
    throw fail(`a header of ${headerLength} bytes in ${bytes.length}`, 4);
  }
  return {
    funcInfo: input.part(8, headerLength, FUNC_INFO),
    lineInfo: input.part(16, headerLength, LINE_INFO),
    coreRelos: headerLength >= HEADER_WITH_CORE ? input.part(24, headerLength, CORE_RELO) : [],
  };
}

/** How one kind of record is checked and read. */
interface RecordFormat<T> {
  readonly what: string;
  /** Bytes of a record as known here. */
  readonly size: number;
  readonly check: (input: ExtInput, at: number) => void;
  readonly read: (input: ExtInput, at: number) => T;
}

const FUNC_INFO: RecordFormat<FuncInfo> = {
  what: "func_info",
  size: 8,
  check: (input, at) => input.checkType(at + 4),
  read: (input, at) => ({ insnOffset: input.u32(at), type: input.u32(at + 4) }),
};

const LINE_INFO: RecordFormat<LineInfo> = {
  what: "line_info",
  size: 16,
  check: (input, at) => {
    input.checkString(at + 4);
    input.checkString(at + 8);
  },
  read: (input, at) => {
    // BPF_LINE_INFO_LINE_NUM and BPF_LINE_INFO_LINE_COL: 22 bits of line over 10 of column.
    const place = input.u32(at + 12);
    return {
      insnOffset: input.u32(at),
      file: input.string(at + 4),
      text: input.string(at + 8),
      line: place >>> 10,
      column: place & 0x3ff,
    };
  },
};

const CORE_RELO: RecordFormat<CoreRelo> = {
  what: "core_relo",
  size: 16,
  check: (input, at) => {
    input.checkType(at + 4);
    input.checkString(at + 8);
  },
  read: (input, at) => {
    const kindNumber = input.u32(at + 12);
    return {
      insnOffset: input.u32(at),
      type: input.u32(at + 4),
      access: input.string(at + 8),
      kind: CORE_KINDS[kindNumber],
      kindNumber,
    };
  },
};

class ExtInput {
  readonly #view: DataView;
  readonly #little: boolean;
  readonly #btf: Btf;

  constructor(bytes: Uint8Array, little: boolean, btf: Btf) {
    // A copy: what is checked here is read later.
    this.#view = new DataView(Uint8Array.from(bytes).buffer);
    this.#little = little;
    this.#btf = btf;
  }

  u32(at: number): number {
    return this.#view.getUint32(at, this.#little);
  }

  /** The string whose offset is at `at`. */
  string(at: number): string {
    return this.#btf.string(this.u32(at));
  }

  checkString(at: number): void {
    if (!this.#btf.hasString(this.u32(at))) throw fail(`string ${this.u32(at)} does not exist`, at);
  }

  checkType(at: number): void {
    const id = this.u32(at);
    if (id >= this.#btf.typeCount) {
      throw fail(`refers to type ${id}, but ids end at ${this.#btf.typeCount - 1}`, at);
    }
  }

  /** The part whose offset and length are at `at` of the header (libbpf: btf_ext_parse_info). */
  part<T>(at: number, headerLength: number, format: RecordFormat<T>): ExtSection<T>[] {
    const start = headerLength + this.u32(at);
    const length = this.u32(at + 4);
    if (length === 0) return [];
    const end = start + length;
    if (end > this.#view.byteLength) {
      throw fail(`${format.what} (${length} bytes at ${start}) reaches beyond the section`, at);
    }
    if (length < 4) throw fail(`${format.what} of ${length} bytes has no record size`, start);
    const recordSize = this.u32(start);
    if (recordSize < format.size || recordSize % 4 !== 0) {
      throw fail(`${format.what} records of ${recordSize} bytes`, start);
    }
    const sections: ExtSection<T>[] = [];
    for (let next = start + 4; next < end;) {
      if (end - next < 8) throw fail(`${format.what} ends in the header of a section`, next);
      const first = next + 8;
      const count = this.u32(next + 4);
      if (count * recordSize > end - first) {
        throw fail(`${format.what} has ${count} records where ${end - first} bytes are left`, next + 4);
      }
      this.checkString(next);
      const name = this.string(next);
      for (let index = 0; index < count; index++) format.check(this, first + index * recordSize);
      sections.push(new ExtSection(name, count, (index) => format.read(this, first + index * recordSize)));
      next = first + count * recordSize;
    }
    return sections;
  }
}
