/** How bitfields are written: neighbours together, as one number. Their padding becomes 0 with it. */
import { type Load, shiftIn } from "./bit-loads.ts";
import type { BitfieldType } from "./bitfields.ts";
import type { ModuleContext } from "./module-context.ts";
import type { FieldSlot, Shape } from "./shape.ts";
import { member, quote } from "./text.ts";
import type { WordSize } from "./words.ts";

/** A bitfield among the members. */
export interface BitSlot extends FieldSlot {
  readonly bits: NonNullable<FieldSlot["bits"]>;
  readonly type: BitfieldType;
}

/** Bitfields that share bytes; offsets count from the start of the outermost type. */
export type BitStore =
  /** One number holds all of them. */
  | ({ readonly kind: "number"; readonly fields: readonly BitSlot[] } & Load)
  /** No number does: each is set in bytes that are 0. */
  | {
      readonly kind: "each";
      readonly start: number;
      readonly size: number;
      readonly fields: readonly BitSlot[];
    };

/** In this order: 32 bits need no `bigint`, and the fewer numbers the better. */
const SIZES: readonly WordSize[] = [4, 2, 1, 8];

export function isBitSlot(field: FieldSlot): field is BitSlot {
  return field.bits !== undefined && "checked" in field.type;
}

/** The stores that write all bitfields of a shape, by where they start. */
export function bitStores(shape: Shape): BitStore[] {
  const stores: BitStore[] = [];
  let left = shape.fields.filter(isBitSlot).toSorted((a, b) => a.bits[0] - b.bits[0]);
  let written = shape.offset;
  for (let [next] = left; next !== undefined; [next] = left) {
    const store = numberStore(shape, left, next, written) ?? separateStore(left, next);
    stores.push(store);
    left = left.filter((field) => !store.fields.includes(field));
    written = Math.max(written, store.start + store.size);
  }
  return stores;
}

function firstByte({ bits }: BitSlot): number {
  return Math.floor(bits[0] / 8);
}

function endByte({ bits: [first, width] }: BitSlot): number {
  return Math.ceil((first + width) / 8);
}

/** A number with `next` in it that divides no bitfield and takes no byte of anything else. */
function numberStore(
  shape: Shape,
  left: readonly BitSlot[],
  next: BitSlot,
  written: number,
): BitStore | undefined {
  const byte = firstByte(next);
  const others = [...shape.fields.filter((field) => !isBitSlot(field)), ...shape.unions];
  for (const size of SIZES) {
    for (const start of [byte - (byte % size), byte]) {
      const end = start + size;
      const fields = left.filter((field) => firstByte(field) < end);
      const fits =
        start >= written &&
        end <= shape.offset + shape.size &&
        fields.every((field) => endByte(field) <= end) &&
        others.every(({ offset, size: bytes }) => bytes === 0 || offset >= end || offset + bytes <= start);
      if (fits) return { kind: "number", start, size, fields };
    }
  }
  return undefined;
}

/** `next` and what shares bytes with it, directly or not. */
function separateStore(left: readonly BitSlot[], next: BitSlot): BitStore {
  const start = firstByte(next);
  let end = endByte(next);
  const fields: BitSlot[] = [];
  for (const field of left) {
    if (firstByte(field) >= end) break;
    fields.push(field);
    end = Math.max(end, endByte(field));
  }
  return { kind: "each", start, size: end - start, fields };
}

/** A part of the number, with its place in it. */
interface Part {
  readonly text: string;
  readonly big: boolean;
  readonly shift: number;
  readonly width: number;
}

/** An expression for the number to store; `DataView` takes no more bits of it than it stores. */
export function storedNumber(context: ModuleContext, load: Load, fields: readonly BitSlot[]): string {
  const parts = fields.map((field) => part(context, load, field));
  if (load.size <= 4) return joined(parts);
  // Halves as numbers first: each bigint that is made costs more than all the rest.
  const low = parts.filter(({ big, shift, width }) => !big && shift + width <= 32);
  const high = parts.filter(({ big, shift }) => !big && shift >= 32);
  const wide = parts.filter((each) => !low.includes(each) && !high.includes(each));
  const terms = [
    ...half(low, 0),
    ...wide.map(({ text, big, shift }) => shiftedBig(big ? text : `BigInt(${text})`, shift)),
    ...half(high, 32),
  ];
  return (context.little ? terms : terms.toReversed()).join(" | ");
}

/** The numbers in the 32 bits from bit `from` as one bigint; operators make a signed one of the uppermost bit. */
function half(parts: readonly Part[], from: number): string[] {
  if (parts.length === 0) return [];
  const lower = parts.map((each) => ({ ...each, shift: each.shift - from }));
  const number = joined(lower);
  const isSigned = number !== lower[0]?.text && lower.some(({ shift, width }) => shift + width === 32);
  return [shiftedBig(`BigInt(${isSigned ? `(${number}) >>> 0` : number})`, from)];
}

function shiftedBig(text: string, shift: number): string {
  return shift === 0 ? text : `(${text} << ${shift}n)`;
}

function joined(parts: readonly Part[]): string {
  const only = parts.length === 1;
  return parts
    .map(({ text, shift }) => (shift === 0 ? text : only ? `${text} << ${shift}` : `(${text} << ${shift})`))
    .join(" | ");
}

/** One bitfield, checked, without the ones above it that a negative number has. */
function part(context: ModuleContext, load: Load, { name, offset, bits, type }: BitSlot): Part {
  const [from, width] = bits;
  const shift = shiftIn(load, { byte: offset, first: from - offset * 8, width }, context.little);
  const checked = type.checked(member("x", name), quote(name));
  const isTop = shift + width === load.size * 8;
  const asBig = type.big && load.size === 8;
  const number = type.big && !asBig ? `Number(${checked})` : checked;
  if (!type.signed || isTop) return { text: number, big: asBig, shift, width };
  const text = asBig ? `BigInt.asUintN(${width}, ${number})` : `(${number} ${unsignedBits(width)})`;
  return { text, big: asBig, shift, width };
}

function unsignedBits(width: number): string {
  return width === 32 ? ">>> 0" : `& 0x${(2 ** width - 1).toString(16)}`;
}
