/** Where a program is in the C source, as far as the object's line records tell. */
import { basename, isAbsolute } from "node:path/posix";
import type { BpfObject, ElfSymbol, ExtSection, LineInfo, ProgramModel } from "tinybpf-btf";

/**
 * `exec.bpf.c:31`: the file as the compiler was given it, without folders if it was with all of them, and the line of the program's first instruction. Where a
 * program begins with a function that the compiler put into it, that is a line of this function.
 */
export function sourceOf(object: BpfObject, program: ProgramModel): string | undefined {
  const symbol = symbolOf(object, program);
  const lines = object.btfExt?.lineInfo.find(({ section }) => section === program.section);
  if (symbol === undefined || lines === undefined) return undefined;
  const start = indexFrom(lines, symbol.value);
  const end = indexFrom(lines, symbol.value + symbol.size);
  // The last one is where the program returns: in its own file, when it begins with a function from a header.
  const own = lines.at(end - 1)?.file;
  for (let index = start; index < end; index++) {
    const record = lines.at(index);
    if (record === undefined || record.file !== own || own === "") continue;
    // An absolute path is that of the machine that compiled: another one must not change what is written.
    const path = isAbsolute(own) ? basename(own) : own.replace(/^(?:\.\/)+/, "");
    return record.line === 0 ? path : `${path}:${record.line}`;
  }
  return undefined;
}

function symbolOf({ elf }: BpfObject, { name, section }: ProgramModel): ElfSymbol | undefined {
  return elf.sections
    .filter((candidate) => candidate.name === section)
    .flatMap(({ index }) => elf.symbolsIn(index))
    .find((symbol) => symbol.type === "func" && symbol.name === name);
}

/**
 * Where the records of byte `offset` and later begin. Records come in the order of their instructions (verifier.c,
 * check_btf_line).
 */
function indexFrom(lines: ExtSection<LineInfo>, offset: number): number {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((lines.at(middle)?.insnOffset ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
