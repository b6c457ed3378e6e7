/** Programs by their sections: the class each one gets. */
import { type Btf, type ProgramModel, syscallContext } from "tinybpf-btf";
import type { Codec } from "../codec/codec.ts";
import {
  BtfTracepointProgram,
  btfTracepoint,
  CgroupSkbProgram,
  cgroupSkb,
  otherProgram,
  Program,
  type ProgramDescriptor,
  RawTracepointProgram,
  rawTracepoint,
  SyscallProgram,
  syscallProgram,
  TracepointProgram,
  tracepoint,
  UprobeProgram,
  uprobe,
  XdpProgram,
  xdp,
} from "../programs/index.ts";
import type { BtfCodecs } from "./btf-codecs.ts";
import type { AnyClass, DynamicInput, DynamicValue } from "./values.ts";

/** The classes of programs, by the names that they have in the reference. */
export interface DynamicPrograms {
  TracepointProgram: TracepointProgram;
  RawTracepointProgram: RawTracepointProgram;
  BtfTracepointProgram: BtfTracepointProgram;
  UprobeProgram: UprobeProgram;
  XdpProgram: XdpProgram;
  CgroupSkbProgram: CgroupSkbProgram;
  SyscallProgram: SyscallProgram<DynamicValue, DynamicInput>;
  Program: Program;
}

/** The same as values, to tell programs apart. */
export const PROGRAM_CLASSES: Readonly<Record<keyof DynamicPrograms, AnyClass>> = {
  TracepointProgram,
  RawTracepointProgram,
  BtfTracepointProgram,
  UprobeProgram,
  XdpProgram,
  CgroupSkbProgram,
  SyscallProgram,
  Program,
};

/** A program of any kind. */
export type DynamicProgram = DynamicPrograms[keyof DynamicPrograms];

/** What describes a program of each kind. The same choice as the generator's (src/codegen/programs.ts): a test compares them. */
export function programDescriptor(
  program: ProgramModel,
  codecs: BtfCodecs | undefined,
): ProgramDescriptor<DynamicProgram> {
  const { progType, attachType, definition } = program.kind;
  switch (progType) {
    case "tracepoint":
      return tracepoint;
    case "raw_tracepoint":
    case "raw_tracepoint_writable":
      return rawTracepoint;
    case "tracing":
      return attachType === "trace_raw_tp" ? btfTracepoint : otherProgram;
    case "kprobe":
      // Not the .multi kinds: they attach to many functions at once, through another call.
      return /^u(?:ret)?probe(?:\.s)?$/.test(definition) ? uprobe : otherProgram;
    case "xdp":
      // Programs of maps (xdp/devmap, xdp/cpumap) go into a map, not to an interface.
      return attachType === "xdp" ? xdp : otherProgram;
    case "cgroup_skb":
      return cgroupSkb;
    case "syscall": {
      const context = codecs === undefined ? undefined : contextCodec(codecs.btf, codecs, program);
      // Without a type its context is bytes, which are such a value.
      return context === undefined
        ? (syscallProgram() as unknown as ProgramDescriptor<DynamicProgram>)
        : syscallProgram(context);
    }
    default:
      return otherProgram;
  }
}

function contextCodec(
  btf: Btf,
  codecs: BtfCodecs,
  program: ProgramModel,
): Codec<DynamicValue, DynamicInput> | undefined {
  const id = syscallContext(btf, program);
  const type = id === undefined ? undefined : codecs.type(id);
  if (type === undefined || "leftOut" in type) return undefined;
  // What reading gives is what C has; what is written is checked then.
  return type as unknown as Codec<DynamicValue, DynamicInput>;
}
