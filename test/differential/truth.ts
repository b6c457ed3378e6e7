/** Reads the compiler's answers: what the native program printed, and the variables in a section of an object. */
import { parseElf } from "../../src/btf-parser/elf.ts";
import { TRUTH_SECTION, bitsSymbol, layoutSymbol } from "./c-constants.ts";
import { type LayoutTruth, readLayout } from "./c-layout.ts";
import type { Measured } from "./subjects.ts";

/** One filling of a type. */
export interface Filling {
  readonly subject: number;
  readonly round: number;
  /** Its bytes. */
  readonly bytes: Uint8Array;
  /** Its leaves, in the order of declaration. */
  readonly leaves: readonly string[];
  /** Its members copied into zeroed memory, of each union the one whose turn it is. */
  readonly copy: Uint8Array;
}

/** What the native program said. */
export interface NativeTruth {
  readonly fillings: readonly Filling[];
  /** For each measured type what `layoutExpressions` asked. */
  readonly numbers: readonly (readonly number[])[];
}

/** Reads the output of the program that c-native.ts prints. */
export function readNative(output: string): NativeTruth {
  const numbers: number[][] = [];
  const fillings: Filling[] = [];
  let subject = 0;
  let round = 0;
  let bytes: Uint8Array = new Uint8Array();
  let leaves: string[] = [];
  for (const line of output.split("\n")) {
    const rest = line.slice(1);
    switch (line[0]) {
      case "!":
        numbers.push(rest.split(" ").slice(1).map(Number));
        break;
      case "@":
        [subject = NaN, round = NaN] = rest.split(" ").map(Number);
        leaves = [];
        break;
      case "<":
        bytes = fromHex(rest);
        break;
      case ">":
        fillings.push({ subject, round, bytes, leaves, copy: fromHex(rest) });
        break;
      case ".":
        leaves.push(line);
        break;
      default:
        if (line !== "") throw new Error(`the native program printed ${JSON.stringify(line)}`);
    }
  }
  return { fillings, numbers };
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "hex"));
}

/** The variables of an object that have the answers. */
export class Constants {
  readonly #symbols: ReadonlyMap<string, Uint8Array>;
  readonly #little: boolean;

  constructor(object: Uint8Array) {
    const elf = parseElf(object);
    this.#little = elf.byteOrder === "little";
    const section = elf.section(TRUTH_SECTION);
    if (section === undefined) throw new Error(`the object has no section ${TRUTH_SECTION}`);
    this.#symbols = new Map(
      elf
        .symbolsIn(section.index)
        .map(({ name, value, size }) => [name, section.data.subarray(value, value + size)]),
    );
  }

  /** The bytes of a variable. */
  bytes(symbol: string): Uint8Array {
    const bytes = this.#symbols.get(symbol);
    if (bytes === undefined) throw new Error(`the object has no variable ${symbol}`);
    return bytes;
  }

  /** What the compiler says about the measured type with this number. */
  layout(measured: Measured, index: number): LayoutTruth {
    return readLayout(measured, this.numbers(index), (field) =>
      setBits(this.bytes(bitsSymbol(index, field)), this.#little),
    );
  }

  /** What `layoutExpressions` asked. */
  numbers(index: number): number[] {
    const bytes = this.bytes(layoutSymbol(index));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Array.from({ length: bytes.length / 8 }, (_, i) => Number(view.getBigUint64(i * 8, this.#little)));
  }
}

/**
 * The bits that are set: the first one and how many. Bits count from the least significant of each byte where the
 * machine is little-endian, from the most significant where it is big-endian, as BTF does.
 */
function setBits(bytes: Uint8Array, little: boolean): [first: number, width: number] {
  const set: number[] = [];
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const shift = little ? bit & 7 : 7 - (bit & 7);
    if ((((bytes[bit >>> 3] ?? 0) >>> shift) & 1) === 1) set.push(bit);
  }
  const [first = NaN] = set;
  if (set.at(-1) !== first + set.length - 1)
    throw new Error(`bits ${set.join(", ")} of a bitfield do not adjoin`);
  return [first, set.length];
}
