/** Opens what a slot of a map refers to, although others may replace it meanwhile. */
import { ENOENT } from "../errno.ts";
import { BpfError } from "../errors.ts";

/**
 * Opens by id what is in a slot. What is replaced between reading its id and opening it may be gone: then what is there now
 * is opened.
 *
 * @param idOf - reads the slot; undefined when it is empty
 * @returns undefined when it is empty
 */
export function openCurrent<T>(idOf: () => number | undefined, open: (id: number) => T): T | undefined {
  for (let id = idOf(); id !== undefined;) {
    try {
      return open(id);
    } catch (error) {
      const now = error instanceof BpfError && error.errno === ENOENT ? idOf() : id;
      if (now === id) throw error;
      id = now;
    }
  }
  return undefined;
}
