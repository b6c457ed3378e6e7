/** The kinds of programs: one small class each. To add one, write its file and name it here. */
export { BaseProgram, type ProgramDescriptor } from "./base.ts";
export { BtfTracepointProgram, btfTracepoint } from "./btf-tracepoint.ts";
export { CgroupSkbProgram, cgroupSkb } from "./cgroup-skb.ts";
export type { ProgramInfo } from "./handle.ts";
export { otherProgram, Program } from "./program.ts";
export { RawTracepointProgram, rawTracepoint } from "./raw-tracepoint.ts";
export { SyscallProgram, syscallProgram, type SyscallArguments, type SyscallResult } from "./syscall.ts";
export type { TestRunOptions, TestRunResult } from "./test-run.ts";
export { TracepointProgram, tracepoint, type TracepointTarget } from "./tracepoint.ts";
export type { ProgramType } from "./types.ts";
export { UprobeProgram, uprobe, type UprobeTarget } from "./uprobe.ts";
export { XdpProgram, xdp, type XdpAttachOptions, type XdpMode } from "./xdp.ts";
