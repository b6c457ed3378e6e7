/** Types as C defines them: whole structs, enums, typedefs, functions and sections. */
import { isPacked } from "./align.ts";
import type { Btf } from "./btf.ts";
import { BtfParseError } from "./errors.ts";
import { type Filler, type Fillers, structFillers, unionFillers } from "./fillers.ts";
import { abbreviate, type BaseWriter, declare, tagAttribute } from "./format.ts";
import { FormatBudget } from "./format-budget.ts";
import { type FieldLayout, layoutOf, type StructLayout } from "./layout.ts";
import { sizeOf } from "./size.ts";
import type { BtfType, CompositeType, DataSecType, Enum64Type, EnumType, Member, TypeId } from "./types.ts";

/** Options of {@link formatDefinition}. */
export interface DefinitionOptions {
  /** Adds offset and size of each member in bytes, holes and padding as comments, like pahole. */
  readonly offsets?: boolean | undefined;
}

/**
 * The C definition of a type, over several lines where C does so, without a newline at the end.
 *
 * Types that C cannot define (pointers, qualifiers, sections) come as their spelling or as a comment. Compiled for
 * BPF, a struct or union has the layout it had: unnamed bitfields fill what BTF does not record.
 *
 * @throws BtfParseError when the type is nested endlessly or too long to write out, or with `offsets` when a member is
 * outside its struct
 *
 * @example
 * ```ts
 * formatDefinition(btf, id, { offsets: true });
 * // struct point {
 * // 	int x; /* 0 4 *\/
 * // 	int y; /* 4 4 *\/
 * // }; /* size: 8 *\/
 * ```
 */
export function formatDefinition(btf: Btf, id: TypeId, options: DefinitionOptions = {}): string {
  const writer = new DefinitionWriter(btf, options.offsets === true, new FormatBudget(id));
  return writer.definition(btf.type(id));
}

class DefinitionWriter {
  readonly #btf: Btf;
  readonly #offsets: boolean;
  readonly #budget: FormatBudget;

  constructor(btf: Btf, offsets: boolean, budget: FormatBudget) {
    this.#btf = btf;
    this.#offsets = offsets;
    this.#budget = budget;
  }

  definition(type: BtfType): string {
    switch (type.kind) {
      case "STRUCT":
      case "UNION":
        return `${this.#composite(type, 0, 0)};${this.#sizeComment(type)}`;
      case "ENUM":
      case "ENUM64":
        return `${this.#enum(type, 0)};`;
      case "FWD":
        return `${abbreviate(type)};`;
      case "TYPEDEF":
        return `typedef ${this.#declare(type.type, type.name, 0, 0)};`;
      case "VAR":
      case "FUNC": {
        const storage = type.linkage === "global" ? "" : `${type.linkage} `;
        return `${storage}${this.#declare(type.type, type.name, 0, 0)};`;
      }
      case "DATASEC":
        return this.#section(type);
      case "DECL_TAG": {
        const where = type.componentIdx === -1 ? "" : `, component ${type.componentIdx}`;
        return `${tagAttribute("btf_decl_tag", type)} /* on type ${type.type}${where} */`;
      }
      default:
        return this.#declare(type.id, "", 0, 0);
    }
  }

  /** `base` of nested definitions: bits from the start of the outermost struct. */
  #declare(id: TypeId, name: string, level: number, base: number): string {
    // `[]` would be for the last member of a struct only; GCC's `[0]` may stand anywhere.
    return declare(this.#btf, id, name, this.#budget, this.#inline(level, base), "0");
  }

  /** Definitions without a name stand where they are used. */
  #inline(level: number, base: number): BaseWriter {
    return (type) => {
      if (type.name !== "") return this.#budget.spend(abbreviate(type));
      if (type.kind === "STRUCT" || type.kind === "UNION") return this.#composite(type, level, base);
      if (type.kind === "ENUM" || type.kind === "ENUM64") return this.#enum(type, level);
      return abbreviate(type);
    };
  }

  #composite(type: CompositeType, level: number, base: number): string {
    return this.#budget.nest(() => {
      const layout = this.#layout(type);
      const holes = layout === undefined || !this.#offsets ? new Map<number, string>() : holeNotes(layout);
      const fillersOf = type.kind === "STRUCT" ? structFillers : unionFillers;
      const { before, after } = layout === undefined ? NO_FILLERS : fillersOf(layout);
      const lines = type.members.flatMap((member, index) => {
        const field = layout?.fields[index];
        const line = this.#member(member, field, level + 1, base);
        const filling = this.#fill(before[index] ?? [], level + 1);
        const hole = field === undefined ? undefined : holes.get(field.bitOffset);
        if (field === undefined || hole === undefined) return [...filling, line];
        // Members without bits may follow at the same place.
        holes.delete(field.bitOffset);
        return [`${"\t".repeat(level + 1)}/* ${hole} hole */`, ...filling, line];
      });
      const end = this.#end(type, after, level + 1);
      const name = type.name === "" ? "" : ` ${type.name}`;
      const keyword = type.kind === "STRUCT" ? "struct" : "union";
      const packed = isPacked(this.#btf, type) ? " __attribute__((packed))" : "";
      const all = [...lines, ...end];
      const body = all.length === 0 ? "{}" : `{\n${all.join("\n")}\n${"\t".repeat(level)}}`;
      return `${keyword}${name} ${body}${packed}`;
    });
  }

  /** Undefined when the members contradict their struct, which is an error only with offsets. */
  #layout(type: CompositeType): StructLayout | undefined {
    try {
      return layoutOf(this.#btf, type.id);
    } catch (error) {
      if (this.#offsets || !(error instanceof BtfParseError)) throw error;
      return undefined;
    }
  }

  #fill(fillers: readonly Filler[], level: number): string[] {
    return fillers.flatMap(({ type, bits, count }) =>
      this.#budget.repeat(`${"\t".repeat(level)}${type} :${bits};`, count),
    );
  }

  /** In a union, fillers one after the other make a struct. */
  #end(type: CompositeType, fillers: readonly Filler[], level: number): string[] {
    if (type.kind === "STRUCT" || fillers.length === 0) return this.#fill(fillers, level);
    const indent = "\t".repeat(level);
    return [`${indent}struct {`, ...this.#fill(fillers, level + 1), `${indent}};`];
  }

  #member(member: Member, field: FieldLayout | undefined, level: number, base: number): string {
    const at = base + (field?.bitOffset ?? member.bitOffset);
    const declaration = this.#declare(member.type, member.name, level, at);
    const width = field?.bitSize ?? member.bitSize;
    const bits = width === 0 ? "" : `${member.name === "" ? " " : ""}:${width}`;
    const place = field === undefined || !this.#offsets ? "" : ` /* ${placeOf(field, at)} */`;
    return this.#budget.spend(`${"\t".repeat(level)}${declaration}${bits};${place}`);
  }

  #sizeComment(type: CompositeType): string {
    if (!this.#offsets) return "";
    const { size, padding, bitPadding } = layoutOf(this.#btf, type.id);
    const unused = padding * 8 + bitPadding;
    return ` /* size: ${size}${unused === 0 ? "" : `, padding: ${bitsAndBytes(unused)}`} */`;
  }

  #enum(type: EnumType | Enum64Type, level: number): string {
    // C has no enum without enumerators; this one is only declared.
    if (type.values.length === 0 && type.name !== "") return abbreviate(type);
    const indent = "\t".repeat(level + 1);
    const lines = type.values.map((entry) =>
      this.#budget.spend(`${indent}${entry.name} = ${entry.value}${suffixOf(type, entry.value)},\n`),
    );
    const name = type.name === "" ? "" : ` ${type.name}`;
    const mode = MODES.get(type.size);
    return `enum${name} {\n${lines.join("")}${"\t".repeat(level)}}${mode === undefined ? "" : ` ${mode}`}`;
  }

  #section(type: DataSecType): string {
    const lines = type.vars.map((info) => {
      const variable = this.#btf.type(info.type);
      const text = this.definition(variable);
      const place = this.#offsets
        ? ` /* ${info.offset} ${info.size || (sizeOf(this.#btf, info.type) ?? 0)} */`
        : "";
      return this.#budget.spend(`\n${text}${place}`);
    });
    return `/* section ${type.name.replaceAll("*/", "* /")} */${lines.join("")}`;
  }
}

const NO_FILLERS: Fillers = { before: [], after: [] };

/** What GCC and clang need to give an enum another size than `int`'s. */
const MODES: ReadonlyMap<number, string> = new Map([
  [1, "__attribute__((mode(byte)))"],
  [2, "__attribute__((mode(HI)))"],
  [8, "__attribute__((mode(word)))"],
]);

function suffixOf(type: EnumType | Enum64Type, value: number | bigint): string {
  if (type.kind === "ENUM64") return type.signed ? "LL" : "ULL";
  return value > 0x7fff_ffff ? "U" : "";
}

/** Byte and size, and the bit in the byte for bitfields: `8:3 1`. */
function placeOf(field: FieldLayout, at: number): string {
  const byte = Math.floor(at / 8);
  return field.bitSize === 0 ? `${byte} ${field.size}` : `${byte}:${at % 8} ${field.size}`;
}

/** Holes by the bit of the member that follows. */
function holeNotes(layout: StructLayout): Map<number, string> {
  return new Map(layout.holes.map((hole) => [hole.bitOffset + hole.bits, bitsAndBytes(hole.bits)]));
}

function bitsAndBytes(bits: number): string {
  const bytes = Math.floor(bits / 8);
  const parts = [bytes === 0 ? "" : `${bytes} bytes`, bits % 8 === 0 ? "" : `${bits % 8} bits`];
  return parts.filter((part) => part !== "").join(" ");
}
