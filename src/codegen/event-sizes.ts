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

interface Insn {
  readonly code: number;
  readonly dst: number;
  readonly src: number;
  readonly imm: number;
  readonly offset: number;
}

/**
 * The constant sizes that calls of the helpers pass for the map `name`, the smallest first. Looks back from each call
 * over straight-line code only; a size or map that does not show there is not reported.
 */
export function eventSizes(object: BpfObject, name: string): readonly number[] {
  const sizes = new Set<number>();
  for (const { map, size } of calls(object)) if (map === name && size !== undefined) sizes.add(size);
  return [...sizes].sort((a, b) => a - b);
}

/** Whether there are calls that may put a record of any size into the map `name`. */
export function hasUnknownSizes(object: BpfObject, name: string): boolean {
  return calls(object).some(({ map, size }) => map === undefined || (map === name && size === undefined));
}

/** A call of one of the helpers: its map and its size, where they show. */
interface Call {
  readonly map: string | undefined;
  readonly size: number | undefined;
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
  return insns.flatMap((insn, index) => {
    const registers = insn.code === CALL && insn.src === 0 ? HELPERS.get(insn.imm) : undefined;
    if (registers === undefined) return [];
    const map = lastWrite(insns, index, registers.map);
    const size = lastWrite(insns, index, registers.size);
    return {
      map: map?.code === LD_IMM64 ? symbols.get(map.offset) : undefined,
      size: size?.code === MOV64_IMM || size?.code === MOV32_IMM ? size.imm : undefined,
    };
  });
}

/** The instruction before `index` that set `register`, unless a jump or call lies between. */
function lastWrite(insns: readonly Insn[], index: number, register: number): Insn | undefined {
  for (let i = index - 1; i >= 0; i--) {
    const insn = insns[i];
    if (insn === undefined) return undefined;
    const kind = insn.code & 0x07;
    if (kind === JMP || kind === JMP32) return undefined;
    const writes = kind === ALU || kind === ALU64 || kind === LDX || insn.code === LD_IMM64;
    if (writes && insn.dst === register) return insn;
  }
  return undefined;
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
      offset,
    };
  });
}
