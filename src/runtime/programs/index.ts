/** The kinds of programs: one small class each. To add one, write its file and name it here. */
export { BaseProgram, type ProgramDescriptor } from "./base.ts";
export { BtfTracepointProgram, btfTracepoint } from "./btf-tracepoint.ts";
export { cgroup, type CgroupAttachOptions, CgroupProgram } from "./cgroup.ts";
export {
  type CgroupSkbAttachOptions,
  type CgroupSkbDirection,
  CgroupSkbProgram,
  cgroupSkb,
} from "./cgroup-skb.ts";
export { extension, ExtensionProgram } from "./freplace.ts";
export type { ProgramInfo } from "./handle.ts";
export type { LoadedProgramInfo } from "./info.ts";
export { type CgroupOrder, iterator, IteratorProgram, type IteratorTarget } from "./iterator.ts";
export { kprobe, KprobeProgram, type KprobeTarget } from "./kprobe.ts";
export {
  kprobeMulti,
  type KprobeMultiFunctions,
  type KprobeMultiPattern,
  KprobeMultiProgram,
  type KprobeMultiTarget,
} from "./kprobe-multi.ts";
export { ksyscall, KsyscallProgram, type KsyscallTarget } from "./ksyscall.ts";
export { lsm, LsmProgram } from "./lsm.ts";
export { netfilter, NetfilterProgram, type NetfilterTarget } from "./netfilter.ts";
export { netkit, NetkitProgram } from "./netkit.ts";
export { flowDissector, FlowDissectorProgram, skLookup, SkLookupProgram } from "./netns.ts";
export { OpenedProgram, type OpenedProgramTarget, openPinnedProgram, openProgramById } from "./opened.ts";
export { perfEvent, PerfEventProgram, type PerfEventTarget } from "./perf-event.ts";
export type { PerfEventName, RawPerfEvent } from "./perf-events.ts";
export { otherProgram, Program } from "./program.ts";
export { RawTracepointProgram, rawTracepoint } from "./raw-tracepoint.ts";
export { SkReuseportProgram, skReuseport, SocketFilterProgram, socketFilter } from "./socket.ts";
export { SkMsgProgram, skMsg, SkSkbProgram, skSkb, type SkSkbRole, type SockmapTarget } from "./sockmap.ts";
export { enableStats, type ProgramStats } from "./stats.ts";
export { SyscallProgram, syscallProgram, type SyscallArguments, type SyscallResult } from "./syscall.ts";
export { tc, type TcAttachOptions, type TcClassicAttachOptions, type TcDirection, TcProgram } from "./tc.ts";
export type { SkbRunOptions, TestRunOptions, TestRunResult } from "./test-run.ts";
export { TracepointProgram, tracepoint, type TracepointTarget } from "./tracepoint.ts";
export { tracing, type TracingAttachOptions, TracingProgram } from "./tracing.ts";
export type { ProgramType } from "./types.ts";
export { UprobeProgram, uprobe, type UprobeTarget } from "./uprobe.ts";
export { uprobeMulti, UprobeMultiProgram, type UprobeMultiTarget } from "./uprobe-multi.ts";
export { usdt, UsdtProgram, type UsdtTarget } from "./usdt.ts";
export { XdpProgram, xdp, type XdpAttachOptions, type XdpMode } from "./xdp.ts";
