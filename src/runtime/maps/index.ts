/** The kinds of maps: one small class each. To add one, write its file and name it here. */
export { ArenaMap, arenaMap, type ArenaPlace } from "./arena.ts";
export { ArrayMap, arrayMap } from "./array.ts";
export {
  AttachedCgroupStorage,
  attachedCgroupStorage,
  PerCpuAttachedCgroupStorage,
  perCpuAttachedCgroupStorage,
} from "./attached-cgroup-storage.ts";
export { BloomFilter, bloomFilter } from "./bloom-filter.ts";
export { BatchError, TakeError } from "./bulk.ts";
export { CgroupArray, cgroupArray } from "./cgroup-array.ts";
export { CpuMap, cpuMap, type CpuMapEntry } from "./cpumap.ts";
export { DevMap, devMap, type DevMapEntry } from "./devmap.ts";
export type { Descriptor, SocketDescriptor } from "./fd-argument.ts";
export { HashMap, hashMap } from "./hash.ts";
export { KernelSymbols, readKernelSymbols, type KernelSymbol } from "./kernel-symbols.ts";
export { KeyedMap } from "./keyed.ts";
export { LpmTrieMap, lpmTrieMap } from "./lpm-trie.ts";
export { ArrayOfMaps, arrayOfMaps, HashOfMaps, hashOfMaps, type InnerMap } from "./map-of-maps.ts";
export { BpfMap, type MapDescriptor, type MapInfo } from "./map.ts";
export { openMapByFd } from "./open-by-fd.ts";
export { createMap, type NewMap, type Opened, openMapById, openPinnedMap } from "./opened.ts";
export { OtherMap, otherMap } from "./other.ts";
export { PerCpuArrayMap, perCpuArrayMap } from "./percpu-array.ts";
export { PerCpuHashMap, perCpuHashMap } from "./percpu-hash.ts";
export {
  PerfEventArray,
  perfEventArray,
  type PerfBufferConfig,
  type PerfRecord,
} from "./perf-event-array.ts";
export { ProgramArray, progArray } from "./prog-array.ts";
export { QueueMap, queueMap, StackMap, stackMap, type WhenFull } from "./queue.ts";
export type { RingInfo } from "./ring-info.ts";
export { RingBuffer, ringBuffer } from "./ringbuf.ts";
export { SockHash, sockHash } from "./sockhash.ts";
export { ReuseportSockArray, reuseportSockArray, SockMap, sockMap } from "./sockmap.ts";
export { StackTraceMap, stackTraceMap, type BuildIdFrame, type KernelFrame } from "./stack-trace.ts";
export {
  CgroupStorage,
  cgroupStorage,
  InodeStorage,
  inodeStorage,
  SkStorage,
  skStorage,
  TaskStorage,
  taskStorage,
} from "./storage.ts";
export type { MapType } from "./types.ts";
export type { UpdateMode } from "./update-mode.ts";
export { UserRingBuffer, userRingBuffer } from "./user-ringbuf.ts";
export { XskMap, xskMap } from "./xskmap.ts";
export { StructOpsMap, structOps } from "./struct-ops.ts";
