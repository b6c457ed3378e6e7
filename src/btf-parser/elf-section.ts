/** ELF sections and the numbers of `sh_type` and `sh_flags` this package looks at (elf(5)). */

/** Values of `sh_type`. */
export const SectionType = {
  NULL: 0,
  PROGBITS: 1,
  SYMTAB: 2,
  STRTAB: 3,
  RELA: 4,
  NOBITS: 8,
  REL: 9,
  SYMTAB_SHNDX: 18,
} as const;

/** Bits of `sh_flags`. */
export const SectionFlag = { WRITE: 1, ALLOC: 2, EXECINSTR: 4 } as const;

/** A section, its header and its bytes. */
export interface ElfSection {
  readonly index: number;
  readonly name: string;
  /** `SHT_*` */
  readonly type: number;
  /** The low 53 bits of `SHF_*`. */
  readonly flags: number;
  readonly addr: number;
  /** Bytes from the start of the file. */
  readonly offset: number;
  /** Bytes; of a `NOBITS` section the size it takes in memory. */
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly addralign: number;
  readonly entsize: number;
  /** The section's bytes in the file, a view of the input. Empty for `NULL` and `NOBITS`. */
  readonly data: Uint8Array;
}
