/** Which types the events of a map have, and what to tell about those that nobody gave a type. */
import {
  type BpfObject,
  type Btf,
  type EventType,
  TypeLookupError,
  carriesBytes,
  carriesEvents,
  eventTypesOf,
} from "tinybpf-btf";
import { GenerateError } from "./errors.ts";
import { misfit, untyped } from "./event-hints.ts";

/** The event types that were found, and what to tell about those that were not. */
export interface EventTypes {
  /** By the map's name. */
  readonly types: ReadonlyMap<string, EventType>;
  readonly warnings: readonly { readonly place: string; readonly message: string }[];
}

/**
 * Finds the event type of each ring buffer and perf event array; `given` is what `--event` says.
 *
 * @throws {@link GenerateError} when `given` or a tag names a map or type that is not there, or types that cannot be told
 *   apart
 */
export function findEventTypes(object: BpfObject, btf: Btf, given: ReadonlyMap<string, string>): EventTypes {
  const types = findTypes(object, btf, given);
  const warnings = object.maps.filter(carriesEvents).flatMap((map) => {
    if (carriesBytes(btf, map, given.get(map.name))) return [];
    const type = types.get(map.name);
    const message = type === undefined ? untyped(object, btf, map) : misfit(object, btf, map, type);
    return message === undefined ? [] : [{ place: `map ${map.name}`, message }];
  });
  return { types, warnings };
}

function findTypes(
  object: BpfObject,
  btf: Btf,
  given: ReadonlyMap<string, string>,
): ReadonlyMap<string, EventType> {
  try {
    return eventTypesOf(object, btf, given);
  } catch (error) {
    if (error instanceof TypeLookupError)
      throw new GenerateError(error.place, error.reason, { cause: error });
    throw error;
  }
}
