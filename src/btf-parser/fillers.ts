/**
 * Unnamed bitfields that hold the place of what BTF does not record: unnamed members, and alignment that C asked
 * for. With them a compiler gives the members of a written definition the places they had.
 *
 * The rules of placement are those of clang for BPF and x86-64 (clang/lib/AST/RecordLayoutBuilder.cpp), where unnamed
 * bitfields do not align the struct they are in.
 */
import type { FieldLayout, StructLayout } from "./layout.ts";

/** `count` times `type :bits;` */
export interface Filler {
  readonly type: string;
  readonly bits: number;
  readonly count: number;
}

/** What to write between the members of a struct or union. */
export interface Fillers {
  /** For each member as declared, what comes before it. */
  readonly before: readonly (readonly Filler[])[];
  /** What comes after the last member; in a union they are one member, a struct. */
  readonly after: readonly Filler[];
}

const UNITS: readonly (readonly [type: string, bits: number])[] = [
  ["char", 8],
  ["short", 16],
  ["int", 32],
];
const LONG = 64;

/** The fewest fillers that give `layout` again. Members that overlap or are out of order stay where C puts them. */
export function structFillers(layout: StructLayout): Fillers {
  let end = 0;
  const before = layout.fields.map((field) => {
    const fillers = placeOf(field, end, layout.packed) < field.bitOffset ? fill(end, field.bitOffset) : [];
    end = Math.max(end, field.bitOffset + (field.bitSize === 0 ? field.size * 8 : field.bitSize));
    return fillers;
  });
  return { before, after: tail(layout, end, end) };
}

/** The same for a union, in which every member starts at bit 0. */
export function unionFillers(layout: StructLayout): Fillers {
  const used = layout.size * 8 - layout.padding * 8 - layout.bitPadding;
  return { before: layout.fields.map(() => []), after: tail(layout, used, 0) };
}

/** What makes up the size if the compiler would end the struct before it. */
function tail({ size, align }: StructLayout, used: number, from: number): Filler[] {
  return roundUp(used, align * 8) < size * 8 ? fill(from, size * 8) : [];
}

/** The bit where C places a member that follows bit `end`. */
function placeOf(field: FieldLayout, end: number, packed: boolean): number {
  const align = packed ? 1 : field.align;
  if (field.bitSize === 0) return roundUp(end, align * 8);
  if (packed || (end % (align * 8)) + field.bitSize <= field.size * 8) return end;
  return roundUp(end, align * 8);
}

/** None of them crosses a unit of its type, so that each starts where the one before it ends. */
function fill(from: number, to: number): Filler[] {
  const fillers: Filler[] = [];
  let at = from;
  while (at < to) {
    const start = at;
    const bits = Math.min(to - start, LONG - (start % LONG));
    const count = bits === LONG ? Math.floor((to - start) / LONG) : 1;
    const unit = UNITS.find(([, width]) => (start % width) + bits <= width);
    fillers.push({ type: unit?.[0] ?? "long", bits, count });
    at = start + bits * count;
  }
  return fillers;
}

function roundUp(bit: number, multiple: number): number {
  return Math.ceil(bit / multiple) * multiple;
}
