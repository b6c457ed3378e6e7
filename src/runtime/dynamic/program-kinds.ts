/** Programs by their sections: the class each one gets. */
import { type Btf, type ProgramModel, syscallContext } from "tinybpf-btf";
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

/** Kinds that a single class is for, by `BPF_PROG_TYPE_*`. */
const BY_TYPE: Readonly<Record<string, Descriptor>> = {
  tracepoint: tracepoint,
  raw_tracepoint: rawTracepoint,
  raw_tracepoint_writable: rawTracepoint,
  perf_event: perfEvent,
  ext: extension,
  cgroup_skb: cgroupSkb,
  cgroup_sock: cgroup,
  cgroup_sock_addr: cgroup,
  cgroup_device: cgroup,
  cgroup_sysctl: cgroup,
  cgroup_sockopt: cgroup,
  sock_ops: cgroup,
  sk_lookup: skLookup,
  flow_dissector: flowDissector,
  sk_skb: skSkb,
  sk_msg: skMsg,
  socket_filter: socketFilter,
  sk_reuseport: skReuseport,
  netfilter: netfilter,
};

/** Kinds of a type that are attached in different ways, by `BPF_*` of enum bpf_attach_type. */
const BY_ATTACH_TYPE: Readonly<Record<string, Descriptor>> = {
  trace_raw_tp: btfTracepoint,
  trace_fentry: tracing,
  trace_fexit: tracing,
  trace_fsession: tracing,
  modify_return: tracing,
  trace_iter: iterator,
  trace_kprobe_multi: kprobeMulti,
  trace_kprobe_session: kprobeMulti,
  trace_uprobe_multi: uprobeMulti,
  trace_uprobe_session: uprobeMulti,
  lsm_mac: lsm,
  lsm_cgroup: cgroup,
  // Programs of maps (xdp/devmap, xdp/cpumap) go into a map, not to an interface.
  xdp: xdp,
  netkit_primary: netkit,
  netkit_peer: netkit,
};

/** Kinds that the kernel takes for one: kprobes on all sorts of places. */
const BY_SECTION: Readonly<Record<string, Descriptor>> = {
  kprobe: kprobe,
  kretprobe: kprobe,
  ksyscall: ksyscall,
  kretsyscall: ksyscall,
  uprobe: uprobe,
  "uprobe.s": uprobe,
  uretprobe: uprobe,
  "uretprobe.s": uprobe,
  usdt: usdt,
  "usdt.s": usdt,
};

/** What describes a program of each kind. The same choice as the generator's (src/codegen/programs.ts): a test compares them. */
export function programDescriptor(program: ProgramModel, codecs: BtfCodecs | undefined): Descriptor {
  const { progType, attachType, definition } = program.kind;
  if (progType === "syscall") return syscall(program, codecs);
  const exact = (attachType === undefined ? undefined : BY_ATTACH_TYPE[attachType]) ?? BY_SECTION[definition];
  if (exact !== undefined) return exact;
  return progType === "sched_cls" ? tc : (BY_TYPE[progType] ?? otherProgram);
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
