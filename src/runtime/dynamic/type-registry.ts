/** Codecs that stand for C types, in place of those made from BTF. */
import { text } from "../arguments.ts";
import { SkeletonError } from "../errors.ts";
import type { AnyCodec } from "../codec/value-type.ts";
import { assertCodec } from "./mismatches.ts";

const registered = new Map<string, AnyCodec>();

/**
 * Makes `codec` read and write all values of the C type `name` in objects that are opened from now on by name, and in maps
 * that `openPinnedMap` opens. Whoever opens one checks it against the BTF there, before anything is read: a codec that does
 * not describe that type is a `TypeMismatchError`.
 *
 * @param name - of a struct, union, enum or typedef, without a keyword
 * @returns what takes it back
 * @throws {SkeletonError} when there is another codec for this name
 *
 * @example
 * ```ts
 * registerType("exec_stats", ExecStats); // a generated codec
 * lookupType("exec_stats") === ExecStats; // true
 * ```
 */
export function registerType(name: string, codec: AnyCodec): Disposable {
  const key = keyOf(name);
  assertCodec(codec, "codec");
  const known = registered.get(key);
  if (known !== undefined && known !== codec)
    throw new SkeletonError(
      `there is another codec for the C type ${key}: take it back first, by disposing of what its registerType returned`,
    );
  registered.set(key, codec);
  return {
    [Symbol.dispose]() {
      if (registered.get(key) === codec) registered.delete(key);
    },
  };
}

/** The codec that was registered for the C type `name`; undefined when there is none. */
export function lookupType(name: string): AnyCodec | undefined {
  return registered.get(keyOf(name));
}

function keyOf(name: string): string {
  return text(name, "name").replace(/^(?:struct|union|enum)\s+/, "");
}
