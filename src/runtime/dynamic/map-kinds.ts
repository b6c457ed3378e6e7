/** Maps by what the object says of them: the class each one gets, with codecs made at run time. */
import { mapFamily, type MapModel, type TypeId } from "tinybpf-btf";
import { le } from "../codec/kinds.ts";
import type { AnyStruct, EventUnion } from "../codec/event-union.ts";
import type { Codec } from "../codec/codec.ts";
import * as maps from "../maps/index.ts";
import type { MapDescriptor } from "../maps/index.ts";
import { isMapType, type MapType } from "../maps/types.ts";
import type { BtfCodecs } from "./btf-codecs.ts";
import type { AnyClass, DynamicInput, DynamicStruct, DynamicValue } from "./values.ts";

/** The classes of maps, by the names that they have in the reference. */
export interface DynamicMaps {
  HashMap: maps.HashMap<DynamicValue, DynamicValue, DynamicInput, DynamicInput>;
  ArenaMap: maps.ArenaMap;
  ArrayMap: maps.ArrayMap<DynamicValue, DynamicInput>;
  PerCpuHashMap: maps.PerCpuHashMap<DynamicValue, DynamicValue, DynamicInput, DynamicInput>;
  PerCpuArrayMap: maps.PerCpuArrayMap<DynamicValue, DynamicInput>;
  LpmTrieMap: maps.LpmTrieMap<DynamicValue, DynamicValue, DynamicInput, DynamicInput>;
  QueueMap: maps.QueueMap<DynamicValue, DynamicInput>;
  StackMap: maps.StackMap<DynamicValue, DynamicInput>;
  AttachedCgroupStorage: maps.AttachedCgroupStorage<DynamicValue, DynamicValue, DynamicInput, DynamicInput>;
  PerCpuAttachedCgroupStorage: maps.PerCpuAttachedCgroupStorage<
    DynamicValue,
    DynamicValue,
    DynamicInput,
    DynamicInput
  >;
  BloomFilter: maps.BloomFilter<DynamicInput>;
  SkStorage: maps.SkStorage<DynamicValue, DynamicInput>;
  TaskStorage: maps.TaskStorage<DynamicValue, DynamicInput>;
  InodeStorage: maps.InodeStorage<DynamicValue, DynamicInput>;
  CgroupStorage: maps.CgroupStorage<DynamicValue, DynamicInput>;
  ProgramArray: maps.ProgramArray;
  CgroupArray: maps.CgroupArray;
  XskMap: maps.XskMap;
  DevMap: maps.DevMap;
  CpuMap: maps.CpuMap;
  SockMap: maps.SockMap;
  ReuseportSockArray: maps.ReuseportSockArray;
  StackTraceMap: maps.StackTraceMap;
  SockHash: maps.SockHash<DynamicValue, DynamicInput>;
  ArrayOfMaps: maps.ArrayOfMaps<maps.BpfMap>;
  HashOfMaps: maps.HashOfMaps<DynamicValue, maps.BpfMap, DynamicInput>;
  RingBuffer: maps.RingBuffer<DynamicValue, DynamicStruct>;
  PerfEventArray: maps.PerfEventArray<DynamicValue, DynamicStruct>;
  UserRingBuffer: maps.UserRingBuffer<DynamicInput>;
  StructOpsMap: maps.StructOpsMap;
  OtherMap: maps.OtherMap;
}

/** The same as values, to tell maps apart. */
export const MAP_CLASSES: Readonly<Record<keyof DynamicMaps, AnyClass>> = {
  HashMap: maps.HashMap,
  ArenaMap: maps.ArenaMap,
  ArrayMap: maps.ArrayMap,
  PerCpuHashMap: maps.PerCpuHashMap,
  PerCpuArrayMap: maps.PerCpuArrayMap,
  LpmTrieMap: maps.LpmTrieMap,
  QueueMap: maps.QueueMap,
  StackMap: maps.StackMap,
  AttachedCgroupStorage: maps.AttachedCgroupStorage,
  PerCpuAttachedCgroupStorage: maps.PerCpuAttachedCgroupStorage,
  BloomFilter: maps.BloomFilter,
  SkStorage: maps.SkStorage,
  TaskStorage: maps.TaskStorage,
  InodeStorage: maps.InodeStorage,
  CgroupStorage: maps.CgroupStorage,
  ProgramArray: maps.ProgramArray,
  CgroupArray: maps.CgroupArray,
  XskMap: maps.XskMap,
  DevMap: maps.DevMap,
  CpuMap: maps.CpuMap,
  SockMap: maps.SockMap,
  ReuseportSockArray: maps.ReuseportSockArray,
  StackTraceMap: maps.StackTraceMap,
  SockHash: maps.SockHash,
  ArrayOfMaps: maps.ArrayOfMaps,
  HashOfMaps: maps.HashOfMaps,
  RingBuffer: maps.RingBuffer,
  PerfEventArray: maps.PerfEventArray,
  UserRingBuffer: maps.UserRingBuffer,
  StructOpsMap: maps.StructOpsMap,
  OtherMap: maps.OtherMap,
};

/** A map of any kind. */
export type DynamicMap = DynamicMaps[keyof DynamicMaps];

/** What the events of a map are read with. */
export type EventReader = AnyStruct | DynamicValueCodec | EventUnion<DynamicValue, DynamicStruct>;

/** The codec of a value of any type. */
export type DynamicValueCodec = Codec<DynamicValue, DynamicInput>;

/** What decides about the class of a map: of one in an object, or of one that the kernel has. */
export type MapShape = Pick<
  MapModel,
  "typeName" | "keySize" | "valueSize" | "keyType" | "valueType" | "maxEntries" | "mapFlags" | "inner"
>;

/**
 * What describes a map of each family.
 *
 * @param codecs - of the types that the map's key and value are of; undefined when these are bytes
 */
export function mapDescriptor(
  map: MapShape,
  codecs: MapCodecs,
  event: EventReader | undefined,
): MapDescriptor<DynamicMap> {
  const key = (): DynamicValueCodec => codecs.key(map);
  const value = (): DynamicValueCodec => codecs.value(map);
  const { valueSize } = map;
  switch (mapFamily(map)) {
    case "hash":
      return maps.hashMap(key(), value());
    case "percpu_hash":
      return maps.perCpuHashMap(key(), value());
    case "lpm_trie":
      return maps.lpmTrieMap(key(), value());
    case "array":
      return maps.arrayMap(value());
    case "percpu_array":
      return maps.perCpuArrayMap(value());
    case "queue":
      return maps.queueMap(value());
    case "stack":
      return maps.stackMap(value());
    case "bloom_filter":
      return maps.bloomFilter(value());
    case "sk_storage":
      return maps.skStorage(value());
    case "task_storage":
      return maps.taskStorage(value());
    case "inode_storage":
      return maps.inodeStorage(value());
    case "cgrp_storage":
      return maps.cgroupStorage(value());
    case "cgroup_storage":
      return maps.attachedCgroupStorage(key(), value());
    case "percpu_cgroup_storage":
      return maps.perCpuAttachedCgroupStorage(key(), value());
    case "arena":
      return maps.arenaMap;
    case "prog_array":
      return maps.progArray;
    case "cgroup_array":
      return maps.cgroupArray;
    case "xskmap":
      return maps.xskMap;
    case "devmap":
      return maps.devMap(valueSize);
    case "cpumap":
      return maps.cpuMap(valueSize);
    case "sockmap":
      return maps.sockMap(valueSize);
    case "reuseport_sockarray":
      return maps.reuseportSockArray(valueSize);
    case "stack_trace":
      return maps.stackTraceMap(valueSize);
    case "sockhash":
      return maps.sockHash(key(), valueSize);
    case "array_of_maps":
    case "hash_of_maps":
      if (map.inner !== undefined) return mapOfMaps(map, map.inner, codecs);
      break;
    case "ringbuf":
    case "user_ringbuf":
    case "perf_event_array":
      return eventMapDescriptor(map, event);
    default:
  }
  return maps.otherMap(knownType(map.typeName), map.keySize, valueSize);
}

function mapOfMaps(map: MapShape, inner: MapModel, codecs: MapCodecs): MapDescriptor<DynamicMap> {
  const template = {
    descriptor: mapDescriptor(inner, codecs, undefined),
    type: knownType(inner.typeName),
    maxEntries: inner.maxEntries,
    flags: inner.mapFlags,
  };
  return map.typeName === "array_of_maps"
    ? maps.arrayOfMaps(template)
    : maps.hashOfMaps(codecs.key(map), template);
}

function eventMapDescriptor(map: MapShape, event: EventReader | undefined): MapDescriptor<DynamicMap> {
  const isRing = map.typeName === "ringbuf";
  const isWritten = map.typeName === "user_ringbuf";
  // Whatever kind of reader it is, events are what it reads, and views what it views.
  const reader = event as EventUnion<DynamicValue, DynamicStruct> | undefined;
  if (isWritten) return reader === undefined ? maps.userRingBuffer() : maps.userRingBuffer(reader);
  if (reader === undefined) return isRing ? maps.ringBuffer() : maps.perfEventArray();
  return isRing ? maps.ringBuffer(reader) : maps.perfEventArray(reader);
}

/** A map of a type that is newer than this package goes by `unspec`, which the check of its type lets through. */
function knownType(typeName: string): MapType {
  return isMapType(typeName) ? typeName : "unspec";
}

/** Where the codecs of keys and values come from. */
export interface MapCodecs {
  key(map: MapShape): DynamicValueCodec;
  value(map: MapShape): DynamicValueCodec;
}

/** Codecs of the types that the maps' definitions name; of bytes, where there are none. */
export function codecsOfMaps(codecs: BtfCodecs | undefined): MapCodecs {
  return {
    key: ({ keyType, keySize }) => valueCodec(codecs, keyType, keySize),
    value: ({ valueType, valueSize }) => valueCodec(codecs, valueType, valueSize),
  };
}

/** The codec of a key or value; of bytes, where the object does not say or says something of another size. */
function valueCodec(codecs: BtfCodecs | undefined, id: TypeId | undefined, size: number): DynamicValueCodec {
  const type = id === undefined ? undefined : codecs?.type(id);
  const codec = type === undefined || "leftOut" in type || type.size !== size ? le.bytes(size) : type;
  // What reading gives is what C has; what is written is checked then.
  return codec as unknown as DynamicValueCodec;
}
