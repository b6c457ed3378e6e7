/**
 * What a callback may return: anything but a promise. An `async` callback would go on after its event's view is gone, and
 * its errors would reach nobody.
 */
export type Synchronous =
  | void
  | null
  | undefined
  | boolean
  | number
  | bigint
  | string
  | symbol
  | (object & { readonly then?: never });
