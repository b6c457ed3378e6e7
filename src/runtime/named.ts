/** Objects with members by the names of C, some of which JavaScript has plans of its own for (`__proto__`). */

/** An object with one member for each entry, and never another: to assign a misspelt name is a `TypeError`. */
export function named<T>(entries: Iterable<readonly [name: string, value: T]>): Readonly<Record<string, T>> {
  const object: Record<string, T> = {};
  for (const [name, value] of entries) define(object, name, value);
  return Object.preventExtensions(object);
}

/** Adds a member that cannot be assigned. */
export function define(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true });
}
