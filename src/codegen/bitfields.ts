/** Bitfields: numbers, booleans and enums of some bits. */
import type { BtfType, TypeId } from "tinybpf-btf";
import { type Load, type Room, coveringLoad, shiftIn } from "./bit-loads.ts";
import type { CType } from "./c-type.ts";
import { type ModuleContext, codecs } from "./module-context.ts";
import { type Place, at, further } from "./place.ts";
import { isSafeInteger, labelArgument } from "./scalars.ts";
import { WORDS, getWord, wordOf } from "./words.ts";

/** Where the bits are. */
export interface Bits {
  /** The byte from which they are counted, and where places are. */
  readonly byte: number;
  /** The first bit, which may be past the first byte: codecs of unions start at the union. */
  readonly first: number;
  readonly width: number;
  /** The bytes around it that may be read along. */
  readonly room: Room;
}

/** A bitfield, which is written together with the bitfields beside it. */
export interface BitfieldType extends CType {
  /** Whether it is checked as a `bigint`. */
  readonly big: boolean;
  /** Whether what `checked` gives can be negative. */
  readonly signed: boolean;
  /** Where the bytes end that reading it touches, which may be behind its bits; from the start of the outermost type. */
  readonly end: number;
  /** An expression for the integer to store: `value`, known to fit. */
  checked(value: string, field: string): string;
}

/** A bitfield of the declared type `id`. `label` is how errors call it when it cannot be read. */
export function bitfieldType(context: ModuleContext, id: TypeId, bits: Bits, label = ""): BitfieldType {
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
    get: (place) => `(${number.get(place)}) as ${name}`,
  };
}

/** An enum of 8 bytes has `bigint` values, however few of its bits a field keeps. */
function isWideEnum(type: BtfType): boolean {
  return (type.kind === "ENUM" || type.kind === "ENUM64") && type.size === 8;
}

/** Writes without touching the bits beside it. */
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

function endOf(bits: Bits, load: Load | undefined): number {
  return load === undefined ? bits.byte + bytesOf(bits) : load.start + load.size;
}

/** An expression for the whole integer that holds the bits. */
function loaded(context: ModuleContext, load: Load, signed: boolean, bits: Bits, place: Place): string {
  return getWord(context, WORDS[wordOf(load.size, signed)], further(place, load.start - bits.byte));
}

function smallBits(context: ModuleContext, bits: Bits, signed: boolean): BitfieldType {
  const { first, width } = bits;
  const load = coveringLoad(bits, [1, 2, 4]);
  return {
    size: bytesOf(bits),
    read: "number",
    input: () => "number",
    codec: () => `${codecs(context)}.bits(${first}, ${width}, ${signed})`,
    get:
      load === undefined
        ? getter(context, "getBits", bits, signed)
        : (place) => smallValue(context, load, bits, signed, place),
    set: set(context, bits, signed),
    big: false,
    signed,
    end: endOf(bits, load),
    checked: (value, field) =>
      `${context.imports.value(signed ? "signed" : "unsigned")}(${value}, ${width}, ${field})`,
  };
}

/** Shifted and masked as 32 bits, of which the load fills the lower ones. */
function smallValue(context: ModuleContext, load: Load, bits: Bits, signed: boolean, place: Place): string {
  const { width } = bits;
  const shift = shiftIn(load, bits, context.little);
  const isTop = shift + width === load.size * 8;
  const number = loaded(context, load, signed && isTop, bits, place);
  if (isTop) return shift === 0 ? number : `${number} ${signed ? ">>" : ">>>"} ${shift}`;
  if (signed) return `(${number} << ${32 - shift - width}) >> ${32 - width}`;
  return `${shift === 0 ? number : `(${number} >>> ${shift})`} & ${mask(width)}`;
}

/** `width` ones, at most 31. */
function mask(width: number): string {
  return `0x${(2 ** width - 1).toString(16)}`;
}

function bigBits(context: ModuleContext, bits: Bits, signed: boolean): BitfieldType {
  const { first, width } = bits;
  const load = coveringLoad(bits, [8]);
  return {
    size: bytesOf(bits),
    read: "bigint",
    input: () => context.imports.type("BigIntInput"),
    codec: () => `${codecs(context)}.bigBits(${first}, ${width}, ${signed})`,
    get:
      load === undefined
        ? getter(context, "getBigBits", bits, signed)
        : (place) => bigValue(context, load, bits, signed, place),
    set: set(context, bits, signed),
    big: true,
    signed,
    end: endOf(bits, load),
    checked: (value, field) =>
      `${context.imports.value(signed ? "bigSigned" : "bigUnsigned")}(${value}, ${width}, ${field})`,
  };
}

/** More than 32 bits as a `number`. */
function safeBits(context: ModuleContext, bits: Bits, signed: boolean, label: string): BitfieldType {
  const { first, width } = bits;
  const call = context.imports;
  const big = bigBits(context, bits, signed);
  return {
    ...big,
    read: "number",
    input: () => "number",
    codec: () => `${codecs(context)}.safeBits(${first}, ${width}, ${signed})`,
    get: (place) =>
      `${call.value("getSafeBits")}(${place.view}, ${at(place)}, ${first}, ${width}, ${signed}, ${context.little}${labelArgument(label)})`,
    set: (place, value, field) =>
      `${call.value("setSafeBits")}(${place.view}, ${at(place)}, ${first}, ${width}, ${signed}, ${context.little}, ${value}, ${field});`,
    checked: (value, field) => big.checked(`${call.value("safeBits")}(${value}, ${width}, ${field})`, field),
  };
}

function bigValue(context: ModuleContext, load: Load, bits: Bits, signed: boolean, place: Place): string {
  const { width } = bits;
  const shift = shiftIn(load, bits, context.little);
  const isTop = shift + width === 64;
  const number = loaded(context, load, signed && isTop, bits, place);
  const shifted = shift === 0 ? number : `${number} >> ${shift}n`;
  return isTop ? shifted : `BigInt.${signed ? "asIntN" : "asUintN"}(${width}, ${shifted})`;
}

function boolBit(context: ModuleContext, bits: Bits): BitfieldType {
  const write = set(context, bits, false);
  const load = coveringLoad(bits, [1]);
  return {
    size: bytesOf(bits),
    read: "boolean",
    input: () => "boolean",
    codec: () => `${codecs(context)}.boolBit(${bits.first})`,
    get: (place) => {
      if (load === undefined) return `${getter(context, "getBits", bits, false)(place)} !== 0`;
      const byte = loaded(context, load, false, bits, place);
      return `(${byte} & 0x${(1 << shiftIn(load, bits, context.little)).toString(16)}) !== 0`;
    },
    set: (place, value, field) => write(place, `${context.imports.value("bool")}(${value}, ${field})`, field),
    big: false,
    signed: false,
    end: endOf(bits, load),
    checked: (value, field) => `${context.imports.value("bool")}(${value}, ${field})`,
  };
}
