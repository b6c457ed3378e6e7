/** Writes 64-bit ELF files for tests, valid or not. */
import { Buffer } from "node:buffer";

export interface SectionSpec {
  readonly name: string;
  /** `SHT_*`; by default PROGBITS. */
  readonly type?: number;
  readonly flags?: bigint;
  readonly data?: Uint8Array;
  /** If other than the data's: for NOBITS. */
  readonly size?: number;
  /** Name of the linked section. */
  readonly link?: string;
  /** Name or number. */
  readonly info?: string | number;
  readonly addralign?: number;
  readonly entsize?: number;
}

export interface SymbolSpec {
  readonly name: string;
  readonly value?: number;
  readonly size?: number;
  /** `STT_*` */
  readonly type?: number;
  /** `STB_*` */
  readonly binding?: number;
  readonly visibility?: number;
  /** A section's name or a number of `SHN_*`. */
  readonly section: string | number;
}

export interface ElfSpec {
  readonly byteOrder?: "little" | "big";
  readonly machine?: number;
  readonly sections?: readonly SectionSpec[];
  readonly symbols?: readonly SymbolSpec[];
  /** Counts in section 0 instead of the header, and symbols' sections in SHT_SYMTAB_SHNDX. */
  readonly extended?: boolean;
}

/** A table of strings and where each starts. */
class Strings {
  #text = "\0";
  offset(text: string): number {
    if (text === "") return 0;
    const known = this.#text.indexOf(`\0${text}\0`);
    if (known !== -1) return known + 1;
    const offset = this.#text.length;
    this.#text += `${text}\0`;
    return offset;
  }
  bytes(): Uint8Array {
    return Buffer.from(this.#text, "latin1");
  }
}

/** The file's bytes: header, sections' data, section table. */
export function buildElf(spec: ElfSpec): Uint8Array {
  const little = spec.byteOrder !== "big";
  const extended = spec.extended === true;
  const sections: SectionSpec[] = [{ name: "", type: 0 }, ...(spec.sections ?? [])];
  const indexOf = (name: string): number => {
    const index = sections.findIndex((section) => section.name === name);
    if (index === -1) throw new Error(`no section ${name}`);
    return index;
  };
  if (spec.symbols !== undefined) {
    const strings = new Strings();
    const data = new Uint8Array((spec.symbols.length + 1) * 24);
    const indexes = new Uint8Array((spec.symbols.length + 1) * 4);
    const view = new DataView(data.buffer);
    const indexView = new DataView(indexes.buffer);
    for (const [index, symbol] of spec.symbols.entries()) {
      const at = (index + 1) * 24;
      const section = typeof symbol.section === "number" ? symbol.section : indexOf(symbol.section);
      view.setUint32(at, strings.offset(symbol.name), little);
      view.setUint8(at + 4, ((symbol.binding ?? 1) << 4) | (symbol.type ?? 0));
      view.setUint8(at + 5, symbol.visibility ?? 0);
      view.setUint16(at + 6, extended ? 0xffff : section, little);
      view.setBigUint64(at + 8, BigInt(symbol.value ?? 0), little);
      view.setBigUint64(at + 16, BigInt(symbol.size ?? 0), little);
      indexView.setUint32((index + 1) * 4, section, little);
    }
    sections.push(
      { name: ".strtab", type: 3, data: strings.bytes() },
      { name: ".symtab", type: 2, data, link: ".strtab", entsize: 24, addralign: 8 },
    );
    if (extended)
      sections.push({ name: ".symtab_shndx", type: 18, data: indexes, link: ".symtab", entsize: 4 });
  }
  const names = new Strings();
  for (const section of sections) names.offset(section.name);
  names.offset(".shstrtab");
  sections.push({ name: ".shstrtab", type: 3, data: names.bytes() });

  let offset = 64;
  const offsets = sections.map((section) => {
    const start = offset;
    offset += section.data?.length ?? 0;
    return start;
  });
  const bytes = new Uint8Array(offset + sections.length * 64);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, little ? 1 : 2, 1]);
  view.setUint16(16, 1, little);
  view.setUint16(18, spec.machine ?? 247, little);
  view.setUint32(20, 1, little);
  view.setBigUint64(40, BigInt(offset), little);
  view.setUint16(52, 64, little);
  view.setUint16(58, 64, little);
  view.setUint16(60, extended ? 0 : sections.length, little);
  view.setUint16(62, extended ? 0xffff : sections.length - 1, little);
  for (const [index, section] of sections.entries()) {
    const at = offset + index * 64;
    const isFirst = index === 0 && extended;
    const link = section.link === undefined ? 0 : indexOf(section.link);
    const info = typeof section.info === "string" ? indexOf(section.info) : (section.info ?? 0);
    bytes.set(section.data ?? [], offsets[index]);
    view.setUint32(at, names.offset(section.name), little);
    view.setUint32(at + 4, section.type ?? 1, little);
    view.setBigUint64(at + 8, section.flags ?? 0n, little);
    view.setBigUint64(at + 24, BigInt(offsets[index] ?? 0), little);
    const size = section.size ?? section.data?.length ?? 0;
    view.setBigUint64(at + 32, BigInt(isFirst ? sections.length : size), little);
    view.setUint32(at + 40, isFirst ? sections.length - 1 : link, little);
    view.setUint32(at + 44, info, little);
    view.setBigUint64(at + 48, BigInt(section.addralign ?? 1), little);
    view.setBigUint64(at + 56, BigInt(section.entsize ?? 0), little);
  }
  return bytes;
}
