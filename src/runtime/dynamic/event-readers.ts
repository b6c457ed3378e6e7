/** What the events of a map are read with: a codec, or one for each of several types. */
import type { EventAlternative, EventType, EventUnion as EventUnionModel } from "tinybpf-btf";
import { type AnyStruct, type DiscriminantValue, eventUnion } from "../codec/event-union.ts";
import type { EventUnion } from "../codec/event-union.ts";
import { SkeletonError } from "../errors.ts";
import type { BtfCodecs } from "./btf-codecs.ts";
import type { EventReader } from "./map-kinds.ts";
import type { DynamicStruct, DynamicValue } from "./values.ts";

/** The reader of the events of `map`; undefined when they are bytes. */
export function eventReader(codecs: BtfCodecs, map: string, event: EventType): EventReader | undefined {
  if (event.kind === "union") return unionReader(codecs, map, event.union);
  const codec = codecs.type(event.id);
  // What reading gives is what C has.
  return "leftOut" in codec ? undefined : (codec as unknown as EventReader);
}

function unionReader(
  codecs: BtfCodecs,
  map: string,
  { field, alternatives }: EventUnionModel,
): EventUnion<DynamicValue, DynamicStruct> {
  const types = alternatives.map((alternative) => structOf(codecs, map, alternative));
  const [first] = alternatives;
  const place = types[0]?.fields[field];
  const type = place?.type;
  if (first === undefined || place === undefined || type === undefined)
    throw new SkeletonError(`the events of map ${map} have no ${field} to tell them apart by`);
  const { bitOffset, bits } = first.discriminant;
  const zero = type.read(new DataView(new ArrayBuffer(type.size)), 0);
  return eventUnion<DynamicValue, DynamicStruct>({
    name: `the events of map ${map}`,
    field,
    end: Math.ceil((bitOffset + bits) / 8),
    discriminant: (view, at) => type.read(view, at + place.offset) as DiscriminantValue,
    alternatives: alternatives.map(({ value }, index) => [sameKind(value, zero), types[index] as AnyStruct]),
  });
}

function structOf(codecs: BtfCodecs, map: string, { type }: EventAlternative): AnyStruct {
  const codec = codecs.struct(type);
  if (codec === undefined)
    throw new SkeletonError(`an event of map ${map} is no struct with members to read`);
  return codec;
}

/** A value as the field is read: as a `number`, `bigint` or `boolean`. */
function sameKind(value: bigint, like: unknown): DiscriminantValue {
  if (typeof like === "bigint") return value;
  return typeof like === "boolean" ? value !== 0n : Number(value);
}
