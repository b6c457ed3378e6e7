/** The errors this package throws, and how to recognise those on bad input. */

import { types } from "node:util";

/** Where in the input an error is. */
export interface ErrorPlace {
  /** The ELF section, such as `.BTF` or `.symtab`. */
  readonly section?: string | undefined;
  /** The BTF type at fault. */
  readonly typeId?: number | undefined;
  /** Bytes from the start of `section`, or of the input when there is no section. */
  readonly offset?: number | undefined;
  readonly cause?: unknown;
}

function describe(message: string, place: ErrorPlace): string {
  const parts: string[] = [];
  if (place.section !== undefined) parts.push(place.section);
  if (place.typeId !== undefined) parts.push(`type ${place.typeId}`);
  if (place.offset !== undefined) parts.push(`byte ${place.offset}`);
  return parts.length === 0 ? message : `${parts.join(": ")}: ${message}`;
}

/**
 * Type information, or something described by it (a map definition, a global), is not what it must be.
 *
 * @example
 * ```ts
 * import { BtfParseError, parseBtf } from "tinybpf-btf";
 *
 * try {
 *   parseBtf(new Uint8Array(3));
 * } catch (error) {
 *   if (error instanceof BtfParseError) console.log(error.section, error.offset);
 * }
 * ```
 */
export class BtfParseError extends Error {
  override readonly name = "BtfParseError";
  readonly section: string | undefined;
  readonly typeId: number | undefined;
  readonly offset: number | undefined;

  constructor(message: string, place: ErrorPlace = {}) {
    super(describe(message, place), place.cause === undefined ? undefined : { cause: place.cause });
    this.section = place.section;
    this.typeId = place.typeId;
    this.offset = place.offset;
  }
}

/** The file is not a 64-bit ELF file, or its headers, symbols or relocations are not what they must be. */
export class ElfParseError extends Error {
  override readonly name = "ElfParseError";
  readonly section: string | undefined;
  readonly offset: number | undefined;

  constructor(message: string, place: ErrorPlace = {}) {
    super(describe(message, place), place.cause === undefined ? undefined : { cause: place.cause });
    this.section = place.section;
    this.offset = place.offset;
  }
}

/** A type, map or value that somebody asked for by name is not in the object, or cannot be what it is asked for. */
export class TypeLookupError extends Error {
  override readonly name = "TypeLookupError";
  /** Who asked: `map events`. */
  readonly place: string;
  /** What is wrong, without the place. */
  readonly reason: string;

  constructor(place: string, reason: string) {
    super(place === "" ? reason : `${place}: ${reason}`);
    this.place = place;
    this.reason = reason;
  }
}

/** Whether `error` is one of this package's errors, also when another copy or realm of it threw. */
export function isParseError(error: unknown): error is BtfParseError | ElfParseError {
  // instanceof would ask for an Error of this realm.
  return types.isNativeError(error) && (error.name === "BtfParseError" || error.name === "ElfParseError");
}
