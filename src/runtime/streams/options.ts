/** What calls that wait for events can be told. */
import { assertOptions } from "../arguments.ts";
import { wrong } from "../codec/check.ts";

/** How to stop waiting. */
export interface StreamOptions {
  /** Once it is aborted, what waits is rejected with its reason. No event is lost by that. */
  readonly signal?: AbortSignal | undefined;
}

/** How much a batch may hold. */
export interface BatchOptions extends StreamOptions {
  /** Most events in one array; 1024 by default. */
  readonly max?: number | undefined;
}

/** A thousand small objects are made in well below a millisecond. */
const DEFAULT_BATCH = 1024;

/** Timers take no more milliseconds than this (timers/promises: longer ones fire at once). */
const MAX_TIMEOUT = 2 ** 31 - 1;

/** @throws {ValueError} when it is neither a signal nor left out */
export function signalOf(options: StreamOptions): AbortSignal | undefined {
  assertOptions<StreamOptions>(options, "options", { signal: true });
  return checkedSignal(options);
}

/** @throws {ValueError} when an option of a batch is not what it should be */
export function batchOptions(options: BatchOptions): { signal: AbortSignal | undefined; max: number } {
  assertOptions<BatchOptions>(options, "options", { signal: true, max: true });
  return { signal: checkedSignal(options), max: maxOf(options) };
}

function checkedSignal(options: StreamOptions): AbortSignal | undefined {
  const { signal } = options;
  if (signal !== undefined && !isSignal(signal)) throw wrong(signal, "an AbortSignal", "signal");
  return signal;
}

/** What only inherits from one throws when it is asked. */
function isSignal(value: unknown): boolean {
  try {
    return value instanceof AbortSignal && typeof value.aborted === "boolean";
  } catch {
    return false;
  }
}

function maxOf({ max = DEFAULT_BATCH }: BatchOptions): number {
  if (typeof max !== "number" || !(max === Number.POSITIVE_INFINITY || (Number.isInteger(max) && max > 0)))
    throw wrong(max, "a number of events", "max");
  return max;
}

/**
 * Milliseconds to wait at most; undefined for no end.
 *
 * @throws {ValueError} when it is no such number
 */
export function timeoutOf(timeout: unknown): number | undefined {
  if (timeout === Number.POSITIVE_INFINITY) return undefined;
  if (typeof timeout !== "number" || !(timeout >= 0 && timeout <= MAX_TIMEOUT))
    throw wrong(timeout, `a number of milliseconds up to ${MAX_TIMEOUT}, or Infinity`, "timeout");
  return timeout;
}
