/** Writes `.BTF` sections for tests, valid or not: whatever it is given ends up in the bytes. */
import { Buffer } from "node:buffer";
import { type Btf, type BtfKind, parseBtf } from "tinybpf-btf";

const KIND_NUMBERS: readonly BtfKind[] = [
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

/** A record before it is written; names are texts, everything else the numbers of `struct btf_type`. */
export interface Record {
  readonly kind: BtfKind | number;
  readonly name?: string | number;
  readonly vlen?: number;
  readonly flag?: boolean;
  readonly sizeOrType?: number;
  /** What follows `struct btf_type`; texts become offsets of strings. */
  readonly body?: readonly (number | string)[];
}

export interface BuilderOptions {
  readonly byteOrder?: "little" | "big";
  /** Length of the header; what is longer than 24 bytes is filled with 0xff. */
  readonly headerLength?: number;
  readonly base?: Btf;
  /** Strings of the base come first in string offsets. */
  readonly baseStrings?: number;
}

export interface StructMember {
  readonly name: string;
  readonly type: number;
  readonly bits: number;
  readonly width?: number;
}

export class BtfBuilder {
  readonly #options: BuilderOptions;
  readonly #words: number[] = [];
  readonly #strings: Buffer[] = [];
  readonly #offsets = new Map<string, number>();
  #stringsSize = 0;
  #next: number;

  constructor(options: BuilderOptions = {}) {
    this.#options = options;
    this.#next = options.base?.typeCount ?? 1;
    if (options.base === undefined) this.string("");
  }

  /** Bytes of strings so far; the `baseStrings` of a BTF split from this one. */
  get stringsSize(): number {
    return this.#stringsSize;
  }

  /** Ids so far, `void` and those of the base included: the next type's id. */
  get typeCount(): number {
    return this.#next;
  }

  string(text: string): number {
    const known = this.#offsets.get(text);
    if (known !== undefined) return known;
    if (text === "" && this.#options.base !== undefined) return 0;
    const bytes = Buffer.from(`${text}\0`);
    const offset = (this.#options.baseStrings ?? 0) + this.#stringsSize;
    this.#strings.push(bytes);
    this.#stringsSize += bytes.length;
    this.#offsets.set(text, offset);
    return offset;
  }

  /** Appends a record; gives its id. */
  add(record: Record): number {
    const kind = typeof record.kind === "number" ? record.kind : KIND_NUMBERS.indexOf(record.kind);
    const name = typeof record.name === "number" ? record.name : this.string(record.name ?? "");
    const info = ((record.vlen ?? 0) | (kind << 24) | (record.flag === true ? 0x8000_0000 : 0)) >>> 0;
    const body = (record.body ?? []).map((word) => (typeof word === "string" ? this.string(word) : word));
    this.#words.push(name, info, record.sizeOrType ?? 0);
    for (const word of body) this.#words.push(word);
    return this.#next++;
  }

  int(name: string, size: number, encoding = 0, bits = size * 8, offset = 0): number {
    return this.add({
      kind: "INT",
      name,
      sizeOrType: size,
      body: [((encoding << 24) | (offset << 16) | bits) >>> 0],
    });
  }

  /** A kind that has only a name and a type. */
  ref(kind: BtfKind, type: number, name = "", flag = false): number {
    return this.add({ kind, name, sizeOrType: type, flag });
  }

  array(type: number, nelems: number, indexType = type): number {
    return this.add({ kind: "ARRAY", body: [type, indexType, nelems] });
  }

  composite(kind: "STRUCT" | "UNION", name: string, size: number, members: readonly StructMember[]): number {
    const flag = members.some((member) => (member.width ?? 0) > 0);
    return this.add({
      kind,
      name,
      sizeOrType: size,
      vlen: members.length,
      flag,
      body: members.flatMap(({ name: member, type, bits, width = 0 }) => [
        member,
        type,
        flag ? (width << 24) | bits : bits,
      ]),
    });
  }

  proto(returns: number, params: readonly (readonly [name: string, type: number])[]): number {
    return this.add({ kind: "FUNC_PROTO", sizeOrType: returns, vlen: params.length, body: params.flat() });
  }

  bytes(): Uint8Array {
    const { byteOrder = "little", headerLength = 24 } = this.#options;
    const strings = Buffer.concat(this.#strings);
    const bytes = new Uint8Array(headerLength + this.#words.length * 4 + strings.length).fill(0xff);
    const view = new DataView(bytes.buffer);
    const little = byteOrder === "little";
    view.setUint16(0, 0xeb9f, little);
    view.setUint8(2, 1);
    view.setUint8(3, 0);
    view.setUint32(4, headerLength, little);
    view.setUint32(8, 0, little);
    view.setUint32(12, this.#words.length * 4, little);
    view.setUint32(16, this.#words.length * 4, little);
    view.setUint32(20, strings.length, little);
    for (const [index, word] of this.#words.entries()) {
      view.setUint32(headerLength + index * 4, word, little);
    }
    bytes.set(strings, headerLength + this.#words.length * 4);
    return bytes;
  }

  parse(): Btf {
    return parseBtf(this.bytes(), this.#options.base === undefined ? {} : { base: this.#options.base });
  }
}
