/** A compiled BPF object: everything a skeleton is made from. */
import { readArena } from "./arena.ts";
import { type Btf, parseBtf } from "./btf.ts";
import { type BtfExt, parseBtfExt } from "./btf-ext.ts";
import { type Elf, EM_BPF, parseElf } from "./elf.ts";
import { ElfParseError } from "./errors.ts";
import { readExterns } from "./externs.ts";
import { readGlobals } from "./globals.ts";
import { readMaps } from "./maps.ts";
import type { BpfObject } from "./model.ts";
import { readPrograms } from "./programs.ts";
import { readStructOps } from "./struct-ops.ts";

/** `e_type` of a file that is still to be linked or loaded. */
const ET_REL = 1;

/**
 * Reads a `.bpf.o`, as clang or libbpf's linker writes it.
 *
 * Of an object without BTF (compiled without `-g`) only programs, sections of globals and the license are known.
 *
 * @throws {@link ElfParseError} when the file is no BPF object, or not what ELF says it must be, or one that libbpf
 *   would refuse: with maps but no BTF, with legacy maps, with static programs, with symbols that nothing defines
 * @throws {@link BtfParseError} when its types are not, or define something that libbpf would refuse
 *
 * @example
 * ```ts
 * import { readFileSync } from "node:fs";
 * import { parseObject } from "tinybpf-btf";
 *
 * const object = parseObject(readFileSync("trace.bpf.o"));
 * for (const program of object.programs) console.log(program.name, program.kind.progType);
 * for (const map of object.maps) console.log(map.name, map.typeName, map.keySize, map.valueSize);
 * ```
 */
export function parseObject(bytes: Uint8Array): BpfObject {
  const elf = parseElf(bytes);
  checkFile(elf);
  const btf = readBtf(elf);
  const maps = readMaps(elf, btf);
  return {
    bytes,
    byteOrder: elf.byteOrder,
    elf,
    btf,
    btfExt: readBtfExt(elf, btf),
    license: readLicense(elf),
    kernelVersion: readVersion(elf),
    programs: readPrograms(elf, btf),
    maps,
    globals: readGlobals(elf, btf),
    externs: readExterns(elf, btf),
    structOps: btf === undefined ? [] : readStructOps(elf, btf),
    arena: btf === undefined ? undefined : readArena(elf, btf, maps),
  };
}

/** As libbpf does (bpf_object__elf_init); early compilers left the machine at 0. */
function checkFile({ type, machine }: Elf): void {
  if (type !== ET_REL || (machine !== EM_BPF && machine !== 0)) {
    throw new ElfParseError(`not a compiled BPF object: its ELF type is ${type}, its machine ${machine}`, {
      offset: 16,
    });
  }
}

function readBtf(elf: Elf): Btf | undefined {
  const section = elf.section(".BTF");
  return section === undefined ? undefined : parseBtf(section.data);
}

function readBtfExt(elf: Elf, btf: Btf | undefined): BtfExt | undefined {
  const section = elf.section(".BTF.ext");
  return section === undefined || btf === undefined ? undefined : parseBtfExt(section.data, btf);
}

function readLicense(elf: Elf): string | undefined {
  const section = elf.section("license");
  if (section === undefined) return undefined;
  const end = section.data.indexOf(0);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(
    end === -1 ? section.data : section.data.subarray(0, end),
  );
}

/** One `__u32` (libbpf.c, bpf_object__init_kversion). */
function readVersion(elf: Elf): number | undefined {
  const section = elf.section("version");
  if (section === undefined) return undefined;
  if (section.data.length !== 4) {
    throw new ElfParseError(`${section.data.length} bytes are no kernel version`, { section: "version" });
  }
  const view = new DataView(section.data.buffer, section.data.byteOffset, section.data.byteLength);
  return view.getUint32(0, elf.byteOrder === "little");
}
