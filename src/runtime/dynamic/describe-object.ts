/** From an object's model to what a generated skeleton would say of it. */
import {
  type BpfObject as ObjectModel,
  type EventType,
  TypeLookupError,
  eventTypesOf,
  visibleSections,
} from "tinybpf-btf";
import { assertObject, text } from "../arguments.ts";
import { SkeletonError } from "../errors.ts";
import type { GlobalsDescriptor } from "../globals.ts";
import { type MapDescriptor, structOps as structOpsDescriptor } from "../maps/index.ts";
import { named } from "../named.ts";
import type { Descriptor } from "../open-parts.ts";
import type { BtfCodecs } from "./btf-codecs.ts";
import { eventReader } from "./event-readers.ts";
import { globalsDescriptor } from "./globals-class.ts";
import { codecsOfMaps, mapDescriptor } from "./map-kinds.ts";
import { programDescriptor } from "./program-kinds.ts";

/** A struct_ops map has one key, 0 (libbpf.c, init_struct_ops_maps). */
const STRUCT_OPS_KEY_SIZE = 4;

/** Which types the events of maps have, by the maps' names: as `--event` of the generator takes them. */
export type EventOptions = Readonly<Record<string, string>>;

/**
 * Describes an object. `codecs` are those of its BTF, undefined when it has none.
 *
 * @throws {SkeletonError} when `events` names a map or type that is not there
 */
export function describeObject(
  source: string,
  object: ObjectModel,
  codecs: BtfCodecs | undefined,
  events: EventOptions = {},
): Descriptor {
  const { structOps, programs } = object;
  return {
    name: source,
    source,
    object: () => object.bytes,
    maps: named([
      ...describeMaps(object, codecs, events),
      ...structOps.map(({ name, size }) => [name, structOpsDescriptor(STRUCT_OPS_KEY_SIZE, size)] as const),
    ]),
    programs: named(programs.map((program) => [program.name, programDescriptor(program, codecs)])),
    globals: named(codecs === undefined ? [] : describeGlobals(object, codecs)),
  };
}

function describeMaps(
  object: ObjectModel,
  codecs: BtfCodecs | undefined,
  events: EventOptions,
): (readonly [name: string, descriptor: MapDescriptor<unknown>])[] {
  assertObject(events, "events");
  // An object with maps has BTF: the parser refuses others.
  if (codecs === undefined) return [];
  const types = eventTypes(object, codecs, events);
  return object.maps.map((map) => {
    const event = types.get(map.name);
    const reader = event === undefined ? undefined : eventReader(codecs, map.name, event);
    return [map.name, mapDescriptor(map, codecsOfMaps(codecs), reader)];
  });
}

function describeGlobals(
  object: ObjectModel,
  codecs: BtfCodecs,
): (readonly [section: string, descriptor: GlobalsDescriptor])[] {
  return visibleSections(object).map((section) => [section.section, globalsDescriptor(codecs, section)]);
}

function eventTypes(
  object: ObjectModel,
  codecs: BtfCodecs,
  events: EventOptions,
): ReadonlyMap<string, EventType> {
  const given = new Map(Object.entries(events).map(([map, type]) => [map, text(type, `events.${map}`)]));
  try {
    return eventTypesOf(object, codecs.btf, given);
  } catch (error) {
    if (error instanceof TypeLookupError) throw new SkeletonError(error.message, { cause: error });
    throw error;
  }
}
