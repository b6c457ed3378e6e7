/** Which types the events of a map have: BTF does not say, so somebody has to. */
import { type BpfObject, type Btf, type MapModel, type TypeId, sizeOf } from "tinybpf-btf";
import { findCType } from "./c-type-names.ts";
import { GenerateError } from "./errors.ts";
import { misfit, untyped } from "./event-hints.ts";
import { type EventUnion, resolveEventUnion } from "./event-union.ts";
import { visible } from "./text.ts";
import { parseUnionSpec } from "./union-spec.ts";

/** The prefix of the declaration tag on a map that names its events' type. */
const TAG = "tinybpf:event=";

/** What the events of a map are. */
export type EventType =
  { readonly kind: "type"; readonly id: TypeId } | { readonly kind: "union"; readonly union: EventUnion };

/** The event types that were found, and what to tell about those that were not. */
export interface EventTypes {
  /** By the map's name. */
  readonly types: ReadonlyMap<string, EventType>;
  readonly warnings: readonly { readonly place: string; readonly message: string }[];
}

/** Whether a map delivers events whose type must be told. */
export function carriesEvents(map: MapModel): boolean {
  return map.typeName === "ringbuf" || map.typeName === "perf_event_array";
}

/**
 * Finds the event type of each ring buffer and perf event array: from `given` (map to C types, `--event`), else a
 * declaration tag `tinybpf:event=exec_event` on the map, else `__type(value, struct exec_event)`. The others carry raw
 * bytes.
 *
 * @throws {@link GenerateError} when `given` or a tag names a map or type that is not there, or types that cannot be told
 *   apart
 */
export function findEventTypes(object: BpfObject, btf: Btf, given: ReadonlyMap<string, string>): EventTypes {
  const carriers = object.maps.filter(carriesEvents);
  for (const name of given.keys()) assertCarrier(object, name);
  const types = new Map<string, EventType>();
  const warnings: { place: string; message: string }[] = [];
  for (const map of carriers) {
    const type = eventType(btf, map, given.get(map.name));
    const message = type === undefined ? untyped(object, btf, map) : misfit(object, btf, map, type);
    if (message !== undefined) warnings.push({ place: `map ${map.name}`, message });
    if (type !== undefined) types.set(map.name, type);
  }
  return { types, warnings };
}

function assertCarrier(object: BpfObject, name: string): void {
  const named = object.maps.find((map) => map.name === name);
  if (named !== undefined && carriesEvents(named)) return;
  const carriers = object.maps.filter(carriesEvents).map((map) => map.name);
  const known = carriers.length === 0 ? "there is none" : `there are ${visible(carriers.join(", "))}`;
  throw new GenerateError(
    `map ${name}`,
    named === undefined
      ? `no ring buffer or perf event array of this name; ${known}`
      : `is of type ${named.typeName}, and only ring buffers and perf event arrays have events; ${known}`,
  );
}

function eventType(btf: Btf, map: MapModel, given: string | undefined): EventType | undefined {
  const tag = map.tags.find((text) => text.startsWith(TAG))?.slice(TAG.length);
  const wanted = (given ?? tag)?.trim();
  if (wanted === undefined) return valueType(btf, map);
  const union = parseUnionSpec(wanted);
  if (union !== undefined) return { kind: "union", union: resolveEventUnion(btf, map.name, union) };
  if (/[:=]/.test(wanted) && btf.findAll(wanted).length === 0)
    throw new GenerateError(
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
