/** Breaks a valid object in ways that matter: at its tables and references as well as anywhere. */
import { parseBtf, parseElf } from "../../src/btf-parser/index.ts";
import { Random } from "./random.ts";

/** A valid object and its parts. */
export interface Subject {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly little: boolean;
  /** Where its types are, if it has any, and how many. */
  readonly btfAt: number | undefined;
  readonly typeCount: number;
  /** Their records. */
  readonly types: Part | undefined;
  /** The parts worth breaking, the important ones more than once. */
  readonly parts: readonly [Part, ...Part[]];
}

/** A range of bytes. */
interface Part {
  readonly start: number;
  readonly end: number;
}

/** How much a section counts when a place is chosen; others count 1. */
const WEIGHTS: ReadonlyMap<string, number> = new Map([
  [".BTF", 12],
  [".BTF.ext", 4],
  [".symtab", 5],
  [".strtab", 2],
  [".maps", 2],
  [".rel.maps", 3],
  [".rel.struct_ops", 3],
]);

const HEADER = 64;
const SECTION_HEADER = 64;

export function toSubject(name: string, bytes: Uint8Array): Subject {
  const elf = parseElf(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = elf.byteOrder === "little";
  const tableStart = Number(view.getBigUint64(40, little));
  const whole = { start: 0, end: bytes.length };
  const header = { start: 0, end: HEADER };
  const table = { start: tableStart, end: tableStart + elf.sections.length * SECTION_HEADER };
  const btf = elf.section(".BTF");
  const sections = elf.sections.flatMap((section) => {
    const part = { start: section.offset, end: section.offset + section.data.length };
    if (section.name === ".BTF") return btfParts(view, part, little);
    return repeat(part, section.data.length === 0 ? 0 : (WEIGHTS.get(section.name) ?? 1));
  });
  return {
    name,
    bytes,
    little,
    btfAt: btf?.offset,
    typeCount: btf === undefined ? 0 : parseBtf(btf.data).typeCount,
    types: btf === undefined ? undefined : typesIn(view, btf.offset, little),
    parts: [whole, ...repeat(whole, 7), ...repeat(header, 3), ...repeat(table, 8), ...sections],
  };
}

function repeat<T>(value: T, times: number): T[] {
  return Array.from({ length: times }, () => value);
}

/** The header, the types and the strings of the `.BTF` section. */
function btfParts(view: DataView, part: Part, little: boolean): Part[] {
  const header = { start: part.start, end: part.start + view.getUint32(part.start + 4, little) };
  const types = typesIn(view, part.start, little);
  return [...repeat(header, 2), ...repeat(types, 9), { start: types.end, end: part.end }];
}

function typesIn(view: DataView, btfAt: number, little: boolean): Part {
  const start = btfAt + view.getUint32(btfAt + 4, little) + view.getUint32(btfAt + 8, little);
  return { start, end: start + view.getUint32(btfAt + 12, little) };
}

/** The mutation with this seed and index: always the same bytes for the same subjects. */
export function mutate(
  subjects: readonly [Subject, ...Subject[]],
  seed: number,
  index: number,
): { readonly subject: Subject; readonly bytes: Uint8Array } {
  const random = new Random(seed, index);
  const chosen = random.pick(subjects);
  let bytes = Uint8Array.from(chosen.bytes);
  const changes = 1 + random.below(random.pick([1, 1, 2, 4, 16]));
  for (let change = 0; change < changes && bytes.length > 0; change++) {
    bytes = random.pick(CHANGES)({ bytes, subject: chosen, subjects, random });
  }
  return { subject: chosen, bytes };
}

interface Input {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly subject: Subject;
  readonly subjects: readonly [Subject, ...Subject[]];
  readonly random: Random;
}

type Change = (input: Input) => Uint8Array<ArrayBuffer>;

function placeIn({ bytes, subject, random }: Input, align: number): number {
  const part = random.pick(subject.parts);
  const at = part.start + random.below(part.end - part.start);
  return Math.min(at - (at % align), Math.max(0, bytes.length - align));
}

const flipBit: Change = (input) => {
  const at = placeIn(input, 1);
  input.bytes[at] = (input.bytes[at] ?? 0) ^ (1 << input.random.below(8));
  return input.bytes;
};

const setByte: Change = (input) => {
  input.bytes[placeIn(input, 1)] = input.random.next();
  return input.bytes;
};

/** Numbers at which counts, offsets and ids change their meaning. */
function interesting({ bytes, random }: Input, old: number): number {
  return random.pick([
    0,
    1,
    2,
    old + 1,
    old - 1,
    old * 2,
    old + 0x100_0000,
    0x7f,
    0xff,
    0xffff,
    0xff00,
    0x10000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_fff0,
    0xffff_ffff,
    bytes.length,
    bytes.length - 1,
    random.below(64),
    random.below(bytes.length),
    random.next(),
    // A record's `info` of a random kind.
    (random.below(32) << 24) | random.below(8) | (random.below(2) << 31),
  ]);
}

const setWord: Change = (input) => {
  const { bytes, subject, random } = input;
  if (bytes.length < 8) return bytes;
  const view = new DataView(bytes.buffer);
  const size = random.pick([2, 4, 4, 4, 4, 8]);
  const at = placeIn(input, size);
  const { little } = subject;
  if (size === 2) view.setUint16(at, interesting(input, view.getUint16(at, little)), little);
  else if (size === 4) view.setUint32(at, interesting(input, view.getUint32(at, little)), little);
  else {
    const old = Number(view.getBigUint64(at, little) & 0xffff_ffffn);
    const high = BigInt(random.pick([0, 0, 1, 0x7fff_ffff, 0xffff_ffff]));
    view.setBigUint64(at, (high << 32n) | BigInt(interesting(input, old) >>> 0), little);
  }
  return bytes;
};

/** One word over another: valid ids, offsets and counts in the wrong place. */
const copyWord: Change = (input) => {
  const from = placeIn(input, 4);
  input.bytes.copyWithin(placeIn(input, 4), from, from + 4);
  return input.bytes;
};

const copyRange: Change = (input) => {
  const from = placeIn(input, 4);
  input.bytes.copyWithin(placeIn(input, 4), from, from + 4 * (1 + input.random.below(32)));
  return input.bytes;
};

/** A range of another object. */
const splice: Change = (input) => {
  const { bytes, subjects, random } = input;
  const other = random.pick(subjects);
  const part = random.pick(other.parts);
  const start = part.start + random.below(part.end - part.start);
  const range = other.bytes.subarray(start, Math.min(part.end, start + 1 + random.below(256)));
  const at = placeIn(input, 4);
  bytes.set(range.subarray(0, bytes.length - at), at);
  return bytes;
};

/** Valid ids all over the types: circles, and types where other kinds are expected. */
const refer: Change = ({ bytes, subject, random }) => {
  const { types, typeCount, little } = subject;
  if (types === undefined || types.end > bytes.length) return bytes;
  const view = new DataView(bytes.buffer);
  for (let words = random.pick([1, 1, 2, 4, 32]); words > 0; words--) {
    const at = types.start + 4 * random.below((types.end - types.start) / 4);
    // Numbers in the range of ids are ids or small sizes: most others are names and would only be broken.
    if (view.getUint32(at, little) < typeCount) view.setUint32(at, random.below(typeCount), little);
  }
  return bytes;
};

const fill: Change = (input) => {
  const at = placeIn(input, 4);
  return input.bytes.fill(input.random.pick([0, 0xff, 0x41]), at, at + 1 + input.random.below(128));
};

const truncate: Change = (input) => {
  const { bytes, random } = input;
  if (!random.oneIn(4)) return bytes;
  return bytes.slice(0, random.oneIn(2) ? placeIn(input, 1) : random.below(bytes.length));
};

const insert: Change = (input) => {
  const { bytes, random } = input;
  if (!random.oneIn(4)) return bytes;
  const at = placeIn(input, 1);
  const length = random.pick([1, 4, 8, 12, 64]);
  const longer = new Uint8Array(bytes.length + length);
  longer.set(bytes.subarray(0, at));
  longer.set(bytes.subarray(at), at + length);
  return longer;
};

const remove: Change = (input) => {
  const { bytes, random } = input;
  if (!random.oneIn(4)) return bytes;
  const at = placeIn(input, 1);
  const length = Math.min(random.pick([1, 4, 8, 12, 64]), bytes.length - at);
  const shorter = new Uint8Array(bytes.length - length);
  shorter.set(bytes.subarray(0, at));
  shorter.set(bytes.subarray(at + length), at);
  return shorter;
};

const CHANGES: readonly [Change, ...Change[]] = [
  flipBit,
  flipBit,
  setByte,
  setWord,
  setWord,
  setWord,
  setWord,
  copyWord,
  copyWord,
  copyRange,
  splice,
  refer,
  refer,
  fill,
  truncate,
  insert,
  remove,
];
