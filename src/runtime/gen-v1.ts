/// <reference lib="esnext.disposable" preserve="true" />
/**
 * What generated skeletons import: version 1 of the contract between tinybpf-gen and the runtime. Names may be added
 * here; none changes its meaning or goes, so that skeletons work with every later runtime of this major version.
 */
export * from "./codec/chars.ts";
export {
  bigSigned,
  bigUnsigned,
  bool,
  float,
  float32,
  i16,
  i32,
  i64,
  i8,
  members,
  signed,
  u16,
  u32,
  u64,
  u8,
  unsigned,
  type BigIntInput,
} from "./codec/check.ts";
export type { ArrayView } from "./codec/array-view.ts";
export { struct, writeField, type Codec, type StructCodec } from "./codec/codec.ts";
export { Cursor } from "./codec/cursor.ts";
export { eventUnion, type EventUnion } from "./codec/event-union.ts";
export { be, le } from "./codec/kinds.ts";
export {
  getF32s,
  getF64s,
  getI16s,
  getI32s,
  getI64s,
  getI8s,
  getU16s,
  getU32s,
  getU64s,
  getU8s,
  setF32s,
  setF64s,
  setI16s,
  setI32s,
  setI64s,
  setI8s,
  setU16s,
  setU32s,
  setU64s,
  setU8s,
} from "./codec/number-arrays.ts";
export {
  getBigBits,
  getBits,
  getBytes,
  getI128,
  getU128,
  setBits,
  setBytes,
  setI128,
  setU128,
  zero,
} from "./codec/numbers.ts";
export {
  getSafeBits,
  getSafeI64,
  getSafeU64,
  safeBits,
  setSafeBits,
  setSafeI64,
  setSafeU64,
} from "./codec/safe-integers.ts";
export { lazily, lifted, member, withUnion, writeUnion } from "./codec/unions.ts";
export type { GlobalsMemory } from "./globals-memory.ts";
export type { Snapshot } from "./snapshot.ts";
export {
  arrayMap,
  hashMap,
  otherMap,
  perCpuArrayMap,
  perCpuHashMap,
  perfEventArray,
  ringBuffer,
  type ArrayMap,
  type HashMap,
  type OtherMap,
  type PerCpuArrayMap,
  type PerCpuHashMap,
  type PerfEventArray,
  type RingBuffer,
} from "./maps/index.ts";
export { embedded, objectFile } from "./object-source.ts";
export {
  btfTracepoint,
  cgroupSkb,
  otherProgram,
  rawTracepoint,
  syscallProgram,
  tracepoint,
  uprobe,
  xdp,
  type BtfTracepointProgram,
  type CgroupSkbProgram,
  type Program,
  type RawTracepointProgram,
  type SyscallProgram,
  type TracepointProgram,
  type UprobeProgram,
  type XdpProgram,
} from "./programs/index.ts";
export { skeleton } from "./skeleton.ts";
export type { OpenSkeleton, Skeleton, SkeletonClass, SkeletonConfig } from "./skeleton-types.ts";
