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
  TypeMismatchError,
  ValueError,
  VerifierError,
} from "./errors.ts";
export type { Link } from "./links/link.ts";
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
  UpdateMode,
} from "./maps/index.ts";
export { possibleCpus } from "./maps/per-cpu.ts";
export { init, type LibbpfInfo } from "./native.ts";
export type { MapConfig, OpenMap } from "./open-map.ts";
export type { OpenProgram, ProgramConfig } from "./open-program.ts";
export type {
  BaseProgram,
  BtfTracepointProgram,
  CgroupSkbProgram,
  Program,
  ProgramInfo,
  ProgramType,
  RawTracepointProgram,
  SyscallProgram,
  SyscallResult,
  TestRunOptions,
  TestRunResult,
  TracepointProgram,
  TracepointTarget,
  UprobeProgram,
  UprobeTarget,
  XdpAttachOptions,
  XdpMode,
  XdpProgram,
} from "./programs/index.ts";
export type { Snapshot } from "./snapshot.ts";
export type { OpenSkeleton, Skeleton, SkeletonClass, SkeletonConfig } from "./skeleton-types.ts";
