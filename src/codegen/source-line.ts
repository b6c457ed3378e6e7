/** Where a program is in the C source, as far as the object's line records tell. */
import type { BpfObject, ElfSymbol, ExtSection, LineInfo, ProgramModel } from "tinybpf-btf";

/** `exec.bpf.c:31`: the file as the compiler was given it, and the line of the program's first instruction. */
export function sourceOf(object: BpfObject, program: ProgramModel): string | undefined {
  const symbol = symbolOf(object, program);
  const lines = object.btfExt?.lineInfo.find(({ section }) => section === program.section);
  if (symbol === undefined || lines === undefined) return undefined;
  const first = firstFrom(lines, symbol.value);
  if (first === undefined || first.insnOffset >= symbol.value + symbol.size || first.file === "")
    return undefined;
  const path = first.file.replace(/^(?:\.\/)+/, "");
  return first.line === 0 ? path : `${path}:${first.line}`;
}

function symbolOf({ elf }: BpfObject, { name, section }: ProgramModel): ElfSymbol | undefined {
  return elf.sections
    .filter((candidate) => candidate.name === section)
    .flatMap(({ index }) => elf.symbolsIn(index))
    .find((symbol) => symbol.type === "func" && symbol.name === name);
}

/** The first record at byte `start` or later. Records come in the order of their instructions (verifier.c, check_btf_line). */
function firstFrom(lines: ExtSection<LineInfo>, start: number): LineInfo | undefined {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((lines.at(middle)?.insnOffset ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  return lines.at(low);
}
