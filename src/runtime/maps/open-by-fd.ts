/** Maps of which somebody else has a descriptor. */
import { BpfError, ValueError } from "../errors.ts";
import { duplicate, onlyOf } from "../own-descriptor.ts";
import { type Descriptor, descriptor } from "./fd-argument.ts";
import type { MapDescriptor } from "./map.ts";
import { type Opened, openMapDescriptor } from "./opened.ts";

/**
 * Opens the map that a descriptor is of, such as one that another process has passed on. The descriptor stays its owner's.
 *
 * @throws {ValueError} when it is no descriptor of a map
 * @throws {SkeletonError} when the map is of another kind, or its keys or values have other sizes
 * @example
 * ```ts
 * using counters = openMapByFd(3, hashMap(le.u32, le.u64));
 * ```
 */
export function openMapByFd<M extends object>(fd: Descriptor, mapDescriptor: MapDescriptor<M>): Opened<M> {
  const given = descriptor(fd, "fd");
  const own = duplicate(given);
  if (own < 0) throw new BpfError({ operation: `duplicate descriptor ${given}`, errno: -own });
  onlyOf("map", own, () => new ValueError("is no descriptor of a map", "fd"));
  return openMapDescriptor(own, mapDescriptor, `map of descriptor ${given}`);
}
