/** Kinds of maps that have no class of their own yet. */
import { BpfMap, type MapDescriptor } from "./map.ts";
import type { MapType } from "./types.ts";

/** A map that can be pinned and passed on by its descriptor. */
export class OtherMap extends BpfMap {}

/** Describes a map without a class of its own. Sizes as in the C source: 0 for what a kind does not have. */
export function otherMap(type: MapType, keySize: number, valueSize: number): MapDescriptor<OtherMap> {
  return { types: [type], keySize, valueSize, create: (handle) => new OtherMap(handle) };
}
