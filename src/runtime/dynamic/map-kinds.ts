/** Maps by what the object says of them: the class each one gets, with codecs made at run time. */
import { type MapModel, type TypeId, carriesEvents } from "tinybpf-btf";
import type { AnyStruct, EventUnion } from "../codec/event-union.ts";
import type { Codec } from "../codec/codec.ts";
import {
  ArrayMap,
  arrayMap,
  HashMap,
  hashMap,
  type MapDescriptor,
  OtherMap,
  otherMap,
  PerCpuArrayMap,
  perCpuArrayMap,
  PerCpuHashMap,
  perCpuHashMap,
  PerfEventArray,
  perfEventArray,
  RingBuffer,
  ringBuffer,
} from "../maps/index.ts";
import { type MapType, mapTypeName } from "../maps/types.ts";
import type { BtfCodecs } from "./btf-codecs.ts";
import type { AnyClass, DynamicInput, DynamicStruct, DynamicValue } from "./values.ts";

/** The classes of maps, by the names that they have in the reference. */
export interface DynamicMaps {
  HashMap: HashMap<DynamicValue, DynamicValue, DynamicInput, DynamicInput>;
  ArrayMap: ArrayMap<DynamicValue, DynamicInput>;
  PerCpuHashMap: PerCpuHashMap<DynamicValue, DynamicValue, DynamicInput, DynamicInput>;
  PerCpuArrayMap: PerCpuArrayMap<DynamicValue, DynamicInput>;
  RingBuffer: RingBuffer<DynamicValue, DynamicStruct>;
  PerfEventArray: PerfEventArray<DynamicValue, DynamicStruct>;
  OtherMap: OtherMap;
}

/** The same as values, to tell maps apart. */
export const MAP_CLASSES: Readonly<Record<keyof DynamicMaps, AnyClass>> = {
  HashMap,
  ArrayMap,
  PerCpuHashMap,
  PerCpuArrayMap,
  RingBuffer,
  PerfEventArray,
  OtherMap,
};

/** A map of any kind. */
export type DynamicMap = DynamicMaps[keyof DynamicMaps];

/** What the events of a map are read with. */
export type EventReader = AnyStruct | DynamicValueCodec | EventUnion<DynamicValue, DynamicStruct>;

type DynamicValueCodec = Codec<DynamicValue, DynamicInput>;

/** What describes a map of each kind. The same choice as the generator's (src/codegen/maps.ts): a test compares them. */
export function mapDescriptor(
  map: MapModel,
  codecs: BtfCodecs,
  event: EventReader | undefined,
): MapDescriptor<DynamicMap> {
  const key = (): DynamicValueCodec => valueCodec(codecs, map.keyType, map.keySize);
  const value = (): DynamicValueCodec => valueCodec(codecs, map.valueType, map.valueSize);
  switch (map.typeName) {
    case "hash":
    case "lru_hash":
      return hashMap(key(), value());
    case "percpu_hash":
    case "lru_percpu_hash":
      return perCpuHashMap(key(), value());
    case "array":
      return arrayMap(value());
    case "percpu_array":
      return perCpuArrayMap(value());
    default:
  }
  if (carriesEvents(map)) return eventMapDescriptor(map, event);
  return otherMap(knownType(map.type), map.keySize, map.valueSize);
}

function eventMapDescriptor(map: MapModel, event: EventReader | undefined): MapDescriptor<DynamicMap> {
  const isRing = map.typeName === "ringbuf";
  // Whatever kind of reader it is, events are what it reads, and views what it views.
  const reader = event as EventUnion<DynamicValue, DynamicStruct> | undefined;
  if (reader === undefined) return isRing ? ringBuffer() : perfEventArray();
  return isRing ? ringBuffer(reader) : perfEventArray(reader);
}

/** A map of a type that is newer than this package goes by `unspec`, which the check of its type lets through. */
function knownType(type: number): MapType {
  const name = mapTypeName(type);
  return name === "unknown" ? "unspec" : name;
}

/** The codec of a key or value; of bytes, where the object does not say or says something of another size. */
export function valueCodec(codecs: BtfCodecs, id: TypeId | undefined, size: number): DynamicValueCodec {
  const type = id === undefined ? undefined : codecs.type(id);
  const codec = type === undefined || "leftOut" in type || type.size !== size ? codecs.bytes(size) : type;
  // What reading gives is what C has; what is written is checked then.
  return codec as unknown as DynamicValueCodec;
}
