/** The part of elfy 1.0.0 that elf.ts uses; the package has no types of its own. */
declare module "elfy" {
  interface Header {
    readonly class: string;
    readonly endian: "lsb" | "msb";
    readonly flags: number;
    readonly shoff: number;
    readonly shentsize: number;
    readonly shnum: number;
    readonly shstrndx: number;
  }

  interface Section {
    /** Offset in the section name table, until `resolveBody` replaces it. */
    readonly name: number;
    readonly addr: number;
    readonly off: number;
    readonly size: number;
    readonly link: number;
    readonly info: number;
  }

  class Parser {
    parseHeader(bytes: Uint8Array): Header;
    parseSections(bytes: Uint8Array, header: Header): Section[];
  }

  const elfy: { readonly Parser: typeof Parser };
  export default elfy;
}
