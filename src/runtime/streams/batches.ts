/** Several items at a time. */
import type { Take, Taken } from "./port.ts";

/**
 * Reads what there is, up to `max` items, into one array.
 *
 * @param drain - hands items to `push`, up to `max`, and gives how many
 */
export function takeBatch<T>(
  drain: (push: (item: T) => void, max: number, wanted?: () => boolean) => number,
  max: number,
): Take<T[]> {
  let held: { readonly error: unknown } | undefined;
  return (wanted): Taken<T[]> | undefined => {
    if (held !== undefined) {
      const { error } = held;
      held = undefined;
      throw error;
    }
    const value: T[] = [];
    try {
      drain((item) => void value.push(item), max, wanted);
    } catch (error) {
      // Those before it are read, and would be lost with it.
      if (value.length === 0) throw error;
      held = { error };
    }
    return value.length === 0 ? undefined : { done: false, value };
  };
}
