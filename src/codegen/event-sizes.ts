/** How many bytes programs put into a ring buffer or perf event array at a time: a hint at what they put there. */
import { type BpfObject, type ElfSection, SectionFlag } from "tinybpf-btf";

/** Where a helper has its map and the size: registers, as `r1` is the first argument. */
interface Arguments {
  readonly map: number;
  readonly size: number;
}

/** By the helpers' numbers (`enum bpf_func_id`); their declarations are those of `bpf_helper_defs.h`. */
const HELPERS: ReadonlyMap<number, Arguments> = new Map([
  [25, { map: 2, size: 5 }], // bpf_perf_event_output(void *ctx, void *map, u64 flags, void *data, u64 size)
  [111, { map: 2, size: 5 }], // bpf_skb_output, likewise; flags may add bytes of the packet
  [121, { map: 2, size: 5 }], // bpf_xdp_output, likewise
  [130, { map: 1, size: 3 }], // bpf_ringbuf_output(void *ringbuf, void *data, u64 size, u64 flags)
  [131, { map: 1, size: 2 }], // bpf_ringbuf_reserve(void *ringbuf, u64 size, u64 flags)
  [198, { map: 1, size: 2 }], // bpf_ringbuf_reserve_dynptr(void *ringbuf, u32 size, u64 flags, struct bpf_dynptr *ptr)
]);

const INSN_SIZE = 8;
const CALL = 0x85;
const LD_IMM64 = 0x18;
const MOV32_IMM = 0xb4;
const MOV64_IMM = 0xb7;

/** Instruction classes (`BPF_CLASS`). */
const LDX = 0x01;
const ALU = 0x04;
const JMP = 0x05;
const JMP32 = 0x06;
const ALU64 = 0x07;

/** A copy of a register, 64 or 32 bits of it. */
const MOV64_REG = 0xbf;
const MOV32_REG = 0xbc;
const JA = 0x05;
const JA32 = 0x06;
const EXIT = 0x95;

/** Instructions to look at for one argument: far more than between it and its call, unless somebody means to waste time. */
const MAX_STEPS = 500;

interface Insn {
  readonly code: number;
  readonly dst: number;
  readonly src: number;
  readonly imm: number;
  /** Of a jump: how many instructions ahead of the next one. */
  readonly jump: number;
  /** In bytes, from the start of the section. */
  readonly offset: number;
}

/**
 * The constant sizes that calls of the helpers pass for the map `name`, the smallest first. Looks back from each call
 * along every way that leads to it; a size or map that does not show there is not reported.
 */
export function eventSizes(object: BpfObject, name: string): readonly number[] {
  const sizes = new Set<number>();
  for (const call of calls(object)) if (call.maps.has(name)) for (const size of call.sizes) sizes.add(size);
  return [...sizes].sort((a, b) => a - b);
}

/** Whether there are calls that may put a record of any size into the map `name`. */
export function hasUnknownSizes(object: BpfObject, name: string): boolean {
  return calls(object).some(({ maps, sizes }) => maps.has(undefined) || (maps.has(name) && sizes.isOpen));
}

/** A call of one of the helpers: its maps, of which one that does not show is `undefined`, and its sizes. */
interface Call {
  readonly maps: ReadonlySet<string | undefined>;
  readonly sizes: Sizes;
}

/** Sizes, and whether there may be others. */
class Sizes extends Set<number> {
  isOpen = false;
}

function calls(object: BpfObject): Call[] {
  return object.elf.sections
    .filter(({ flags }) => Math.floor(flags / SectionFlag.EXECINSTR) % 2 === 1)
    .flatMap((section) => callsIn(object, section));
}

function callsIn(object: BpfObject, section: ElfSection): Call[] {
  const insns = decode(section.data, object.byteOrder === "little");
  const symbols = new Map<number, string>();
  for (const { offset, symbol } of object.elf.relocations(section)) {
    symbols.set(offset, object.elf.symbols[symbol]?.name ?? "");
  }
  const jumps = jumpsTo(insns);
  return insns.flatMap((insn, index) => {
    const registers = insn.code === CALL && insn.src === 0 ? HELPERS.get(insn.imm) : undefined;
    if (registers === undefined) return [];
    const maps = new Set<string | undefined>();
    for (const write of writesOf(insns, jumps, index, registers.map))
      maps.add(write?.code === LD_IMM64 ? symbols.get(write.offset) : undefined);
    const sizes = new Sizes();
    for (const write of writesOf(insns, jumps, index, registers.size)) {
      if (write?.code === MOV64_IMM || write?.code === MOV32_IMM) sizes.add(write.imm);
      else sizes.isOpen = true;
    }
    return { maps, sizes };
  });
}

/** Where jumps to each instruction are. */
function jumpsTo(insns: readonly Insn[]): ReadonlyMap<number, readonly number[]> {
  const found = new Map<number, number[]>();
  insns.forEach((insn, index) => {
    const kind = insn.code & 0x07;
    if ((kind !== JMP && kind !== JMP32) || insn.code === CALL || insn.code === EXIT) return;
    const target = index + 1 + (insn.code === JA32 ? insn.imm : insn.jump);
    const known = found.get(target);
    if (known === undefined) found.set(target, [index]);
    else known.push(index);
  });
  return found;
}

/**
 * The instructions that set `register` on the ways that lead to `index`; `undefined` among them when there is a way on which
 * that is not known: a call lies between, or the function begins.
 */
function writesOf(
  insns: readonly Insn[],
  jumps: ReadonlyMap<number, readonly number[]>,
  index: number,
  register: number,
): ReadonlySet<Insn | undefined> {
  const found = new Set<Insn | undefined>();
  const seen = new Set<number>();
  const pending = [{ index, register }];
  for (let way = pending.pop(); way !== undefined; way = pending.pop()) {
    const place = way.index * 16 + way.register;
    if (seen.has(place)) continue;
    seen.add(place);
    if (seen.size > MAX_STEPS) return found.add(undefined);
    const sources = jumps.get(way.index) ?? [];
    const before = insns[way.index - 1];
    const falls = before !== undefined && before.code !== JA && before.code !== JA32 && before.code !== EXIT;
    const previous = falls ? [...sources, way.index - 1] : sources;
    if (previous.length === 0) found.add(undefined);
    for (const at of previous) {
      const insn = insns[at];
      if (insn === undefined || insn.code === CALL) found.add(undefined);
      else if (!writes(insn, way.register)) pending.push({ index: at, register: way.register });
      else if (insn.code === MOV64_REG || insn.code === MOV32_REG)
        pending.push({ index: at, register: insn.src });
      else found.add(insn);
    }
  }
  return found;
}

function writes(insn: Insn, register: number): boolean {
  const kind = insn.code & 0x07;
  return (kind === ALU || kind === ALU64 || kind === LDX || insn.code === LD_IMM64) && insn.dst === register;
}

/** `struct bpf_insn`: the halves of the register byte follow the byte order. The second half of ld_imm64 has code 0. */
function decode(bytes: Uint8Array, little: boolean): Insn[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.length / INSN_SIZE) }, (_, index) => {
    const offset = index * INSN_SIZE;
    const registers = view.getUint8(offset + 1);
    const low = registers & 0xf;
    const high = registers >> 4;
    return {
      code: view.getUint8(offset),
      dst: little ? low : high,
      src: little ? high : low,
      imm: view.getInt32(offset + 4, little),
      jump: view.getInt16(offset + 2, little),
      offset,
    };
  });
}
