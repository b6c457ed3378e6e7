/** The kinds of maps: one small class each. To add one, write its file and name it here. */
export { ArrayMap, arrayMap } from "./array.ts";
export { HashMap, hashMap } from "./hash.ts";
export { BpfMap, type MapDescriptor, type MapInfo } from "./map.ts";
export { OtherMap, otherMap } from "./other.ts";
export { PerCpuArrayMap, perCpuArrayMap } from "./percpu-array.ts";
export { PerCpuHashMap, perCpuHashMap } from "./percpu-hash.ts";
export { PerfEventArray, perfEventArray, type PerfBufferConfig } from "./perf-event-array.ts";
export { RingBuffer, ringBuffer } from "./ringbuf.ts";
export type { MapType } from "./types.ts";
export type { UpdateMode } from "./update-mode.ts";
export { StructOpsMap, structOps } from "./struct-ops.ts";
