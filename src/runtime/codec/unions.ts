/**
 * Unions. Reading gives every member, each decoded on first use; writing takes exactly one. A value that was
 * read can be written back: the one member that was changed since is written, or else the bytes as they were.
 */
import { ValueError } from "../errors.ts";
import type { Codec } from "./codec.ts";

/** Where a value that was read keeps the bytes of its unions: a list, one for each union in the struct. */
const raw = Symbol("tinybpf.union");

/** `util.inspect.custom`: how `console.log` asks. */
const inspect = Symbol.for("nodejs.util.inspect.custom");

/** Every member with its value, without the bytes behind them. */
function plain(this: object): object {
  return Object.fromEntries(Object.keys(this).map((name) => [name, attempt(() => Reflect.get(this, name))]));
}

/** What stands for a member that cannot be read: the bytes of another one need be no safe integer (safe-integers.ts). */
class Unreadable {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

function attempt(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (error instanceof ValueError) return new Unreadable(error.reason);
    throw error;
  }
}

/** What can be in a union's place: a named member, or an anonymous struct whose members are the union's own. */
export type Alternative = { readonly name: string; readonly codec: Codec<never> } | Lifted;

interface Lifted {
  readonly lift: readonly string[];
  readonly codec: LiftedCodec<never>;
}

/** How the members of an anonymous struct are read and written, all at once. */
export interface LiftedCodec<T, I = T> {
  readonly read: (view: DataView, at: number) => T;
  readonly write: (view: DataView, at: number, value: I) => void;
}

/** Names one member of a union. */
export function member<T, I>(name: string, codec: Codec<T, I>): Alternative {
  return { name, codec: codec as unknown as Codec<never> };
}

/** An anonymous struct in a union: its members `names` stand for themselves. */
export function lifted<T, I>(names: readonly string[], codec: LiftedCodec<T, I>): Alternative {
  return { lift: names, codec: codec as unknown as LiftedCodec<never> };
}

interface RawBytes {
  readonly bytes: DataView;
  readonly alternatives: readonly Alternative[];
}

/** An object literal counts as having these, as functions, when it has none of its own. */
type OfEveryObject = keyof typeof Object.prototype;

/**
 * Adds the members of the union of `size` bytes at byte `at` to `target`, decoded when first used from a copy of
 * the union's bytes.
 *
 * @typeParam Own - those members of every object that `target` has as its own
 * @returns `target`, with the members
 */
export function withUnion<T extends object, Own = never>(
  target: Partial<Omit<T, Exclude<OfEveryObject, Own>>>,
  view: DataView,
  at: number,
  size: number,
  alternatives: readonly Alternative[],
): T {
  const copy = new Uint8Array(view.buffer, view.byteOffset + at, size).slice();
  const bytes = new DataView(copy.buffer);
  const kept: RawBytes[] = rawOf(target) ?? [];
  kept.push({ bytes, alternatives });
  Object.defineProperty(target, raw, { value: kept, enumerable: true, configurable: true });
  Object.defineProperty(target, inspect, { value: plain, configurable: true, writable: true });
  for (const alternative of alternatives) {
    const names = "name" in alternative ? [alternative.name] : alternative.lift;
    for (const name of names) defineLazy(target, name, () => readMember(alternative, bytes, name));
  }
  return target as T;
}

/** An object whose members are computed when first read; what they read from must stay as it is. */
export function lazily<T extends object>(members: { readonly [K in keyof T]: () => T[K] }): T {
  const target: object = {};
  for (const [name, compute] of Object.entries<() => unknown>(members)) defineLazy(target, name, compute);
  return target as T;
}

function rawOf(target: object): RawBytes[] | undefined {
  return (target as { readonly [raw]?: RawBytes[] })[raw];
}

function readMember(alternative: Alternative, bytes: DataView, name: string): unknown {
  if ("lift" in alternative) return (alternative.codec.read(bytes, 0) as Record<string, unknown>)[name];
  try {
    return alternative.codec.read(bytes, 0);
  } catch (error) {
    throw ValueError.unnamedWithin(error, name);
  }
}

/** A property that computes its value when first read and can be assigned at any time. */
function defineLazy(target: object, name: string, compute: () => unknown): void {
  const settle = (value: unknown): void => {
    Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  };
  Object.defineProperty(target, name, {
    enumerable: true,
    configurable: true,
    get() {
      const value = compute();
      settle(value);
      return value;
    },
    set: settle,
  });
}

/**
 * Writes the union of `size` bytes at byte `at` from the members that `value` has.
 *
 * @throws {ValueError} when it has none or several, or several were changed since it was read
 */
export function writeUnion(
  view: DataView,
  at: number,
  size: number,
  value: object,
  alternatives: readonly Alternative[],
): void {
  const source = rawOf(value)?.find((candidate) => candidate.alternatives === alternatives);
  const chosen = alternatives.filter((alternative) => isGiven(alternative, value, source));
  const [alternative] = chosen;
  const target = new Uint8Array(view.buffer, view.byteOffset + at, size);
  if (chosen.length > 1 || (alternative === undefined && source === undefined)) {
    const names = alternatives.map(nameOf).join(", ");
    const given = chosen.length === 0 ? "none" : chosen.map(nameOf).join(" and ");
    throw new ValueError(`a union takes exactly one of ${names}; given: ${given}`);
  }
  if (alternative === undefined) {
    if (source !== undefined) target.set(new Uint8Array(source.bytes.buffer));
    return;
  }
  target.fill(0);
  writeAlternative(view, at, value as Record<string, unknown>, alternative, source);
}

function writeAlternative(
  view: DataView,
  at: number,
  value: Readonly<Record<string, unknown>>,
  alternative: Alternative,
  source: RawBytes | undefined,
): void {
  if ("lift" in alternative) {
    alternative.codec.write(view, at, liftedPart(value, alternative, source) as never);
    return;
  }
  try {
    alternative.codec.write(view, at, value[alternative.name] as never);
  } catch (error) {
    throw ValueError.within(error, alternative.name);
  }
}

/**
 * The members of an anonymous struct, out of the value that they were lifted into. What was read starts as it was, so
 * that a union inside knows which of its members changed.
 */
function liftedPart(
  value: Readonly<Record<string, unknown>>,
  alternative: Lifted,
  source: RawBytes | undefined,
): object {
  const part: object = source === undefined ? {} : alternative.codec.read(source.bytes, 0);
  for (const name of alternative.lift) {
    const given =
      source === undefined ? own(value, name) : Object.getOwnPropertyDescriptor(value, name)?.value;
    // Not assigned: C may have a member called __proto__.
    if (given !== undefined)
      Object.defineProperty(part, name, {
        value: given,
        enumerable: true,
        configurable: true,
        writable: true,
      });
  }
  return part;
}

function nameOf(alternative: Alternative): string {
  return "name" in alternative ? alternative.name : `{ ${alternative.lift.join(", ")} }`;
}

/** Whether `value` says something about this alternative; one that is as it was read says nothing. */
function isGiven(alternative: Alternative, value: object, source: RawBytes | undefined): boolean {
  const names = "name" in alternative ? [alternative.name] : alternative.lift;
  return names.some((name) => {
    if (source === undefined) return own(value, name) !== undefined;
    const property = Object.getOwnPropertyDescriptor(value, name);
    return (
      property?.value !== undefined &&
      !same(
        property.value,
        attempt(() => readMember(alternative, source.bytes, name)),
      )
    );
  });
}

/** A member that `value` has of its own or through its class; not `toString` and the like, which all objects have. */
function own(value: object, name: string): unknown {
  const given: unknown = Reflect.get(value, name);
  if (name === "__proto__" && !Object.hasOwn(value, name)) return undefined;
  return given === Reflect.get(Object.prototype, name) ? undefined : given;
}

/** Structural equality of decoded values. */
function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every(
    (key) =>
      Object.hasOwn(b, key) &&
      same(
        attempt(() => Reflect.get(a, key)),
        attempt(() => Reflect.get(b, key)),
      ),
  );
}
