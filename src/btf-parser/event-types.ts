/** Which types the events of a map have: BTF does not say, so somebody has to. */
import type { Btf } from "./btf.ts";
import type { BpfObject, MapModel } from "./model.ts";
import { sizeOf } from "./size.ts";
import type { TypeId } from "./types.ts";
import { findCType } from "./c-type-names.ts";
import { TypeLookupError } from "./errors.ts";
import { visible } from "./text.ts";
import { type EventUnion, resolveEventUnion } from "./event-union.ts";
import { parseUnionSpec } from "./union-spec.ts";

/** The prefix of the declaration tag on a map that names its events' type. */
const TAG = "tinybpf:event=";

/** What the events of a map are. */
export type EventType =
  { readonly kind: "type"; readonly id: TypeId } | { readonly kind: "union"; readonly union: EventUnion };

const CARRIERS: ReadonlySet<string> = new Set(["ringbuf", "perf_event_array", "user_ringbuf"]);

/** Whether a map delivers events, or takes them, whose type must be told. */
export function carriesEvents(map: MapModel): boolean {
  return CARRIERS.has(map.typeName);
}

/**
 * The event type of each ring buffer, user ring buffer and perf event array, by the map's name: from `given` (map to C types, `--event`), else a
 * declaration tag `tinybpf:event=exec_event` on the map, else `__type(value, struct exec_event)`. The others carry raw
 * bytes and are not in the result, nor are those that are said to carry `bytes`.
 *
 * @throws {@link TypeLookupError} when `given` or a tag names a map or type that is not there, or types that cannot be told
 *   apart
 */
export function eventTypesOf(
  object: BpfObject,
  btf: Btf,
  given: ReadonlyMap<string, string>,
): ReadonlyMap<string, EventType> {
  for (const name of given.keys()) assertCarrier(object, name);
  return new Map(
    object.maps.filter(carriesEvents).flatMap((map): [string, EventType][] => {
      const type = eventType(btf, map, given.get(map.name));
      return type === undefined ? [] : [[map.name, type]];
    }),
  );
}

/** What `given` or a tag says when events are bytes on purpose. */
const BYTES = "bytes";

/** Whether somebody said that the events of a map are raw bytes: `--event map=bytes`, or the same in a declaration tag. */
export function carriesBytes(btf: Btf, map: MapModel, given: string | undefined): boolean {
  return wantedType(map, given) === BYTES && btf.findAll(BYTES).length === 0;
}

/** What was said of a map's events. */
function wantedType(map: MapModel, given: string | undefined): string | undefined {
  const tag = map.tags.find((text) => text.startsWith(TAG))?.slice(TAG.length);
  return (given ?? tag)?.trim();
}

function assertCarrier(object: BpfObject, name: string): void {
  const named = object.maps.find((map) => map.name === name);
  if (named !== undefined && carriesEvents(named)) return;
  const carriers = object.maps.filter(carriesEvents).map((map) => map.name);
  const known = carriers.length === 0 ? "there is none" : `there are ${visible(carriers.join(", "))}`;
  throw new TypeLookupError(
    `map ${name}`,
    named === undefined
      ? `no ring buffer or perf event array of this name; ${known}`
      : `is of type ${named.typeName}, and only ring buffers and perf event arrays have events; ${known}`,
  );
}

function eventType(btf: Btf, map: MapModel, given: string | undefined): EventType | undefined {
  const wanted = wantedType(map, given);
  if (wanted === undefined) return valueType(btf, map);
  if (carriesBytes(btf, map, given)) return undefined;
  const union = parseUnionSpec(wanted);
  if (union !== undefined) return { kind: "union", union: resolveEventUnion(btf, map.name, union) };
  if (/[:=]/.test(wanted) && btf.findAll(wanted).length === 0)
    throw new TypeLookupError(
      `map ${map.name}`,
      `${visible(wanted)} is no type; a field and its values are for several types, as in start_event|stop_event:kind`,
    );
  return { kind: "type", id: findCType(btf, `map ${map.name}`, wanted).id };
}

/**
 * `__type(value, struct exec_event)`. The value of a perf event array is by rights a descriptor, which many sources
 * declare as `__type(value, int)`: only a struct or union says more than that.
 */
function valueType(btf: Btf, map: MapModel): EventType | undefined {
  if (map.valueType === undefined || sizeOf(btf, map.valueType) === undefined) return undefined;
  const { kind } = btf.resolve(map.valueType);
  if (map.typeName === "perf_event_array" && kind !== "STRUCT" && kind !== "UNION") return undefined;
  return { kind: "type", id: map.valueType };
}
