/** Bitfields: numbers, booleans and enums of some bits. */
import type { BtfType, TypeId } from "tinybpf-btf";
import type { CType } from "./c-type.ts";
import { type ModuleContext, codecs } from "./module-context.ts";
import { type Place, at } from "./place.ts";
import { isSafeInteger, labelArgument } from "./scalars.ts";

/** Bits of a byte, and how many. `first` may be past the first byte: codecs of unions start at the union. */
export interface Bits {
  readonly first: number;
  readonly width: number;
}

/**
 * A bitfield of the declared type `id`. Places are those of the byte its first bit is in. `label` is how errors call it when
 * it cannot be read.
 */
export function bitfieldType(context: ModuleContext, id: TypeId, bits: Bits, label = ""): CType {
  const type = context.btf.resolve(id);
  if (type.kind === "INT" && type.bool && bits.width === 1) return boolBit(context, bits);
  const signed = "signed" in type && type.signed;
  const named = context.types.get(type.id);
  const wide = bits.width > 32 || (named !== undefined && isWideEnum(type));
  if (wide && isSafeInteger(context, type)) return safeBits(context, bits, signed, label);
  const number = wide ? bigBits(context, bits, signed) : smallBits(context, bits, signed);
  if (named === undefined) return number;
  const { name } = named;
  return {
    ...number,
    read: name,
    input: () => name,
    codec: () =>
      // bigBits is no generic: its codec reads any bigint.
      wide
        ? `${codecs(context)}.bigBits(${bits.first}, ${bits.width}, ${signed}, ${name})`
        : `${codecs(context)}.bits<${name}>(${bits.first}, ${bits.width}, ${signed}, ${name})`,
    get: (place) => `${number.get(place)} as ${name}`,
  };
}

/** An enum of 8 bytes has `bigint` values, however few of its bits a field keeps. */
function isWideEnum(type: BtfType): boolean {
  return (type.kind === "ENUM" || type.kind === "ENUM64") && type.size === 8;
}

function set(context: ModuleContext, { first, width }: Bits, signed: boolean): CType["set"] {
  const call = context.imports;
  return (place, value, field) =>
    `${call.value("setBits")}(${place.view}, ${at(place)}, ${first}, ${width}, ${signed}, ${context.little}, ${value}, ${field});`;
}

function getter(context: ModuleContext, name: "getBits" | "getBigBits", bits: Bits, signed: boolean) {
  return (place: Place): string =>
    `${context.imports.value(name)}(${place.view}, ${at(place)}, ${bits.first}, ${bits.width}, ${signed}, ${context.little})`;
}

function bytesOf({ first, width }: Bits): number {
  return Math.ceil((first + width) / 8);
}

function smallBits(context: ModuleContext, bits: Bits, signed: boolean): CType {
  return {
    size: bytesOf(bits),
    read: "number",
    input: () => "number",
    codec: () => `${codecs(context)}.bits(${bits.first}, ${bits.width}, ${signed})`,
    get: getter(context, "getBits", bits, signed),
    set: set(context, bits, signed),
  };
}

function bigBits(context: ModuleContext, bits: Bits, signed: boolean): CType {
  return {
    size: bytesOf(bits),
    read: "bigint",
    input: () => context.imports.type("BigIntInput"),
    codec: () => `${codecs(context)}.bigBits(${bits.first}, ${bits.width}, ${signed})`,
    get: getter(context, "getBigBits", bits, signed),
    set: set(context, bits, signed),
  };
}

/** More than 32 bits as a `number`. */
function safeBits(context: ModuleContext, bits: Bits, signed: boolean, label: string): CType {
  const { first, width } = bits;
  const call = context.imports;
  return {
    size: bytesOf(bits),
    read: "number",
    input: () => "number",
    codec: () => `${codecs(context)}.safeBits(${first}, ${width}, ${signed})`,
    get: (place) =>
      `${call.value("getSafeBits")}(${place.view}, ${at(place)}, ${first}, ${width}, ${signed}, ${context.little}${labelArgument(label)})`,
    set: (place, value, field) =>
      `${call.value("setSafeBits")}(${place.view}, ${at(place)}, ${first}, ${width}, ${signed}, ${context.little}, ${value}, ${field});`,
  };
}

function boolBit(context: ModuleContext, bits: Bits): CType {
  const write = set(context, bits, false);
  return {
    size: bytesOf(bits),
    read: "boolean",
    input: () => "boolean",
    codec: () => `${codecs(context)}.boolBit(${bits.first})`,
    get: (place) => `${getter(context, "getBits", bits, false)(place)} !== 0`,
    set: (place, value, field) => write(place, `${context.imports.value("bool")}(${value}, ${field})`, field),
  };
}
