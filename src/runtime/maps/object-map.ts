/** What a map of an object is for libbpf: some kinds need more of it than their descriptor. */
import type { BpfMapPointer } from "../c.ts";
import { TinyBpfError } from "../errors.ts";
import type { Owner } from "../owner.ts";
import type { MapHandle } from "./map.ts";

/** A map in libbpf's hands. */
export interface ObjectMap {
  readonly pointer: BpfMapPointer;
  readonly owner: Owner;
}

const objectMaps = new WeakMap<MapHandle, ObjectMap>();

/** Notes what libbpf has for a map. */
export function withObjectMap(handle: MapHandle, map: ObjectMap): MapHandle {
  objectMaps.set(handle, map);
  return handle;
}

/**
 * What libbpf has for an open map.
 *
 * @throws {ClosedError} once the map is closed
 * @throws {TinyBpfError} when it is no map of an object, but was opened or made on its own
 */
export function objectMap(handle: MapHandle): ObjectMap {
  handle.assertOpen();
  const map = objectMaps.get(handle);
  if (map === undefined)
    throw new TinyBpfError(`${handle.title} is no map of a loaded object, but was opened or made on its own`);
  return map;
}
