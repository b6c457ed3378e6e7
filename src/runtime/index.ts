/// <reference lib="esnext.disposable" preserve="true" />
/** The runtime of tinybpf: loads BPF objects into the Linux kernel and runs the skeletons that tinybpf-gen writes. */
export type { OpenOptions } from "./bpf-object.ts";
export { be, Cursor, formatValue, le } from "./codec/index.ts";
export type {
  ArrayCodec,
  ArrayView,
  BigIntInput,
  Codec,
  Codecs,
  Field,
  FormatOptions,
  Json,
  StructCodec,
  ValueType,
} from "./codec/index.ts";
export type { EventUnion } from "./codec/event-union.ts";
export {
  BpfError,
  ClosedError,
  IndexError,
  LibraryError,
  ReadOnlyError,
  SkeletonError,
  TinyBpfError,
  ValueError,
  VerifierError,
} from "./errors.ts";
export type { AnchorTarget, Position } from "./links/anchor.ts";
export type { LinkInfo, PerfEventKind } from "./links/info.ts";
export type { IteratorLink } from "./links/iterator.ts";
export type { Link } from "./links/link.ts";
export { openPinnedLink } from "./links/pinned.ts";
export type {
  ArrayMap,
  BpfMap,
  HashMap,
  MapInfo,
  MapType,
  OtherMap,
  PerCpuArrayMap,
  PerCpuHashMap,
  PerfBufferConfig,
  PerfEventArray,
  RingBuffer,
  StructOpsMap,
  UpdateMode,
} from "./maps/index.ts";
export { possibleCpus } from "./maps/per-cpu.ts";
export { init, type LibbpfInfo } from "./native.ts";
export type { MapConfig, OpenMap } from "./open-map.ts";
export type { AttachTarget, OpenProgram, ProgramConfig } from "./open-program.ts";
export { enableStats } from "./programs/index.ts";
export type {
  BaseProgram,
  BtfTracepointProgram,
  CgroupAttachOptions,
  CgroupOrder,
  CgroupProgram,
  CgroupSkbAttachOptions,
  CgroupSkbDirection,
  CgroupSkbProgram,
  ExtensionProgram,
  FlowDissectorProgram,
  IteratorProgram,
  IteratorTarget,
  KprobeMultiFunctions,
  KprobeMultiPattern,
  KprobeMultiProgram,
  KprobeMultiTarget,
  KprobeProgram,
  KprobeTarget,
  KsyscallProgram,
  KsyscallTarget,
  LoadedProgramInfo,
  LsmProgram,
  NetfilterProgram,
  NetfilterTarget,
  NetkitProgram,
  PerfEventName,
  PerfEventProgram,
  PerfEventTarget,
  Program,
  ProgramInfo,
  ProgramStats,
  ProgramType,
  RawPerfEvent,
  RawTracepointProgram,
  SkLookupProgram,
  SkMsgProgram,
  SkReuseportProgram,
  SkSkbProgram,
  SkSkbRole,
  SocketFilterProgram,
  SockmapTarget,
  SyscallProgram,
  SyscallResult,
  TcAttachOptions,
  TcClassicAttachOptions,
  TcDirection,
  TcProgram,
  TestRunOptions,
  TestRunResult,
  TracepointProgram,
  TracepointTarget,
  TracingAttachOptions,
  TracingProgram,
  UprobeMultiProgram,
  UprobeMultiTarget,
  UprobeProgram,
  UprobeTarget,
  UsdtProgram,
  UsdtTarget,
  XdpAttachOptions,
  XdpMode,
  XdpProgram,
} from "./programs/index.ts";
export type { Snapshot } from "./snapshot.ts";
export type { OpenSkeleton, Skeleton, SkeletonClass, SkeletonConfig } from "./skeleton-types.ts";
