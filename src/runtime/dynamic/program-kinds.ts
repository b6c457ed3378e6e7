/** Programs by their sections: the class each one gets. */
import { type Btf, type ProgramFamily, programFamily, type ProgramModel, syscallContext } from "tinybpf-btf";
import type { Codec } from "../codec/codec.ts";
import {
  btfTracepoint,
  BtfTracepointProgram,
  cgroup,
  CgroupProgram,
  cgroupSkb,
  CgroupSkbProgram,
  extension,
  ExtensionProgram,
  flowDissector,
  FlowDissectorProgram,
  iterator,
  IteratorProgram,
  kprobe,
  kprobeMulti,
  KprobeMultiProgram,
  KprobeProgram,
  ksyscall,
  KsyscallProgram,
  lsm,
  LsmProgram,
  netfilter,
  NetfilterProgram,
  netkit,
  NetkitProgram,
  otherProgram,
  perfEvent,
  PerfEventProgram,
  Program,
  rawTracepoint,
  RawTracepointProgram,
  skLookup,
  SkLookupProgram,
  skMsg,
  SkMsgProgram,
  skReuseport,
  SkReuseportProgram,
  skSkb,
  SkSkbProgram,
  socketFilter,
  SocketFilterProgram,
  SyscallProgram,
  syscallProgram,
  tc,
  TcProgram,
  tracepoint,
  TracepointProgram,
  tracing,
  TracingProgram,
  uprobe,
  uprobeMulti,
  UprobeMultiProgram,
  UprobeProgram,
  usdt,
  UsdtProgram,
  xdp,
  XdpProgram,
  type ProgramDescriptor,
} from "../programs/index.ts";
import type { BtfCodecs } from "./btf-codecs.ts";
import type { AnyClass, DynamicInput, DynamicValue } from "./values.ts";

/** The classes of programs, by the names that they have in the reference. */
export interface DynamicPrograms {
  BtfTracepointProgram: BtfTracepointProgram;
  CgroupProgram: CgroupProgram;
  CgroupSkbProgram: CgroupSkbProgram;
  ExtensionProgram: ExtensionProgram;
  FlowDissectorProgram: FlowDissectorProgram;
  IteratorProgram: IteratorProgram;
  KprobeMultiProgram: KprobeMultiProgram;
  KprobeProgram: KprobeProgram;
  KsyscallProgram: KsyscallProgram;
  LsmProgram: LsmProgram;
  NetfilterProgram: NetfilterProgram;
  NetkitProgram: NetkitProgram;
  PerfEventProgram: PerfEventProgram;
  Program: Program;
  RawTracepointProgram: RawTracepointProgram;
  SkLookupProgram: SkLookupProgram;
  SkMsgProgram: SkMsgProgram;
  SkReuseportProgram: SkReuseportProgram;
  SkSkbProgram: SkSkbProgram;
  SocketFilterProgram: SocketFilterProgram;
  SyscallProgram: SyscallProgram<DynamicValue, DynamicInput>;
  TcProgram: TcProgram;
  TracepointProgram: TracepointProgram;
  TracingProgram: TracingProgram;
  UprobeMultiProgram: UprobeMultiProgram;
  UprobeProgram: UprobeProgram;
  UsdtProgram: UsdtProgram;
  XdpProgram: XdpProgram;
}

/** The same as values, to tell programs apart. */
export const PROGRAM_CLASSES: Readonly<Record<keyof DynamicPrograms, AnyClass>> = {
  BtfTracepointProgram,
  CgroupProgram,
  CgroupSkbProgram,
  ExtensionProgram,
  FlowDissectorProgram,
  IteratorProgram,
  KprobeMultiProgram,
  KprobeProgram,
  KsyscallProgram,
  LsmProgram,
  NetfilterProgram,
  NetkitProgram,
  PerfEventProgram,
  Program,
  RawTracepointProgram,
  SkLookupProgram,
  SkMsgProgram,
  SkReuseportProgram,
  SkSkbProgram,
  SocketFilterProgram,
  SyscallProgram,
  TcProgram,
  TracepointProgram,
  TracingProgram,
  UprobeMultiProgram,
  UprobeProgram,
  UsdtProgram,
  XdpProgram,
};

/** A program of any kind. */
export type DynamicProgram = DynamicPrograms[keyof DynamicPrograms];

type Descriptor = ProgramDescriptor<DynamicProgram>;

/** What describes the programs of each family but one, whose context has a type. */
const DESCRIPTORS: Readonly<Record<Exclude<ProgramFamily, "syscall">, Descriptor>> = {
  btf_tracepoint: btfTracepoint,
  cgroup: cgroup,
  cgroup_skb: cgroupSkb,
  extension: extension,
  flow_dissector: flowDissector,
  iterator: iterator,
  kprobe: kprobe,
  kprobe_multi: kprobeMulti,
  ksyscall: ksyscall,
  lsm: lsm,
  netfilter: netfilter,
  netkit: netkit,
  other: otherProgram,
  perf_event: perfEvent,
  raw_tracepoint: rawTracepoint,
  sk_lookup: skLookup,
  sk_msg: skMsg,
  sk_reuseport: skReuseport,
  sk_skb: skSkb,
  socket_filter: socketFilter,
  tc: tc,
  tracepoint: tracepoint,
  tracing: tracing,
  uprobe: uprobe,
  uprobe_multi: uprobeMulti,
  usdt: usdt,
  xdp: xdp,
};

/** What describes a program. */
export function programDescriptor(program: ProgramModel, codecs: BtfCodecs | undefined): Descriptor {
  const family = programFamily(program);
  return family === "syscall" ? syscall(program, codecs) : DESCRIPTORS[family];
}

function syscall(program: ProgramModel, codecs: BtfCodecs | undefined): Descriptor {
  const context = codecs === undefined ? undefined : contextCodec(codecs.btf, codecs, program);
  // Without a type its context is bytes, which are such a value.
  return context === undefined ? (syscallProgram() as unknown as Descriptor) : syscallProgram(context);
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
