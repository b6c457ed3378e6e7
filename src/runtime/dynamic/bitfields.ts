/** Bitfields: numbers, booleans and enums of some bits. */
import type { BtfType } from "tinybpf-btf";
import type { Codecs } from "../codec/kinds.ts";
import type { AnyCodec } from "../codec/value-type.ts";
import { bigEnumerators, enumerators } from "./enums.ts";

/** Where the bits are. */
export interface Bits {
  /** The first one from the start of the byte where the codec is used, which may be past it. */
  readonly first: number;
  readonly width: number;
}

/** The codec of a bitfield of the declared type `type`. */
export function bitfieldCodec(codecs: Codecs, type: BtfType, { first, width }: Bits): AnyCodec {
  if (type.kind === "INT" && type.bool && width === 1) return codecs.boolBit(first);
  const signed = "signed" in type && type.signed;
  const named = (type.kind === "ENUM" || type.kind === "ENUM64") && type.values.length > 0 ? type : undefined;
  // An enum of 8 bytes has bigint values, however few of its bits a field keeps.
  const wide = width > 32 || named?.size === 8;
  if (wide) return codecs.bigBits(first, width, signed, named && bigEnumerators(named));
  return codecs.bits(first, width, signed, named && enumerators(named));
}
