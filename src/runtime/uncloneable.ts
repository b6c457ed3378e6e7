/** Objects that are of use in one thread only. */
import * as workers from "node:worker_threads";

/** Node has it from 22.10 on. */
const mark: unknown = Reflect.get(workers, "markAsUncloneable");

/**
 * Makes `structuredClone` and `postMessage` refuse an object, which would arrive without its insides: as `{}`. (Before Node
 * 22.10 it still does.)
 */
export function uncloneable(object: object): void {
  if (typeof mark === "function") Reflect.apply(mark, undefined, [object]);
}
