/** Random values of a type, as the encoder takes them, with the edges of each type among them. */
import type { Random } from "../btf-parser/random.ts";
import { visitChosen } from "./alternatives.ts";
import { arrayClass } from "./array-class.ts";
import type { CType, Field } from "./model.ts";

/** A value with one member of each union, the one that `turn` takes. */
export function randomValue(type: CType, random: Random, turn: number): unknown {
  switch (type.kind) {
    case "int":
    case "enum":
      return asRead(randomInteger(type.size * 8, type.signed, random), type.size > 4);
    case "bool":
      return random.oneIn(2);
    case "float":
      return randomFloat(type.size, random);
    case "pointer":
      return randomInteger(64, false, random);
    case "array":
      return randomArray(type.element, type.length, random, turn);
    default: {
      const members: [string, unknown][] = [];
      visitChosen(type, turn, (field) => members.push([field.name, randomMember(field, random, turn)]));
      return Object.fromEntries(members);
    }
  }
}

function randomMember(field: Field, random: Random, turn: number): unknown {
  const { type, bits } = field;
  if (bits === undefined || (type.kind !== "int" && type.kind !== "enum"))
    return randomValue(type, random, turn);
  const value = randomInteger(bits.width, type.signed, random);
  return asRead(value, bits.width > 32 || (type.kind === "enum" && type.size === 8));
}

function asRead(value: bigint, big: boolean): bigint | number {
  return big ? value : Number(value);
}

function randomArray(element: CType, length: number, random: Random, turn: number): unknown {
  if (element.kind === "int" && element.char) return randomText(length, random);
  const values = Array.from({ length }, (_, index) => randomValue(element, random, turn + index));
  return arrayClass(element)?.from(values) ?? values;
}

function randomInteger(width: number, signed: boolean, random: Random): bigint {
  const wrap = (value: bigint): bigint =>
    signed ? BigInt.asIntN(width, value) : BigInt.asUintN(width, value);
  const top = 1n << BigInt(width - 1);
  switch (random.below(6)) {
    case 0:
      return wrap(random.oneIn(2) ? 0n : 1n);
    case 1:
      return wrap(-1n);
    case 2:
      return wrap(top);
    case 3:
      return wrap(top - 1n);
    default:
      return wrap([0, 1, 2, 3].reduce((bits) => (bits << 32n) | BigInt(random.next()), 0n));
  }
}

const DOUBLES = [0, -0, 1.5, -2.25, Infinity, -Infinity, NaN, Number.MAX_VALUE, Number.MIN_VALUE] as const;
const FLOATS = [0, -0, 1.5, -2.25, Infinity, -Infinity, NaN, 2 ** 127 * (2 - 2 ** -23), 2 ** -149] as const;

function randomFloat(size: 4 | 8, random: Random): number {
  if (random.oneIn(2)) return random.pick(size === 4 ? FLOATS : DOUBLES);
  const value = (random.next() - 2 ** 31) * 2 ** (random.below(80) - 40);
  return size === 4 ? Math.fround(value) : value;
}

const CHARACTERS = ["a", "Z", "0", " ", '"', "\\", "\n", "\u007f", "é", "ß", "€", "\u{1f600}"] as const;

/** Text of at most `size` bytes of UTF-8, often exactly so many. */
function randomText(size: number, random: Random): string {
  const wanted = random.oneIn(2) ? size : random.below(size + 1);
  let text = "";
  for (let left = wanted; left > 0;) {
    const character = random.pick(CHARACTERS);
    const bytes = Buffer.byteLength(character);
    if (bytes > left && left < 4) return text + "x".repeat(left);
    if (bytes <= left) {
      text += character;
      left -= bytes;
    }
  }
  return text;
}
