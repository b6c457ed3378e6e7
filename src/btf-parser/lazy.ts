/** `read`, run once, when its result is first asked for. */
export function lazy<T extends object>(read: () => T): () => T {
  let value: T | undefined;
  return () => (value ??= read());
}
