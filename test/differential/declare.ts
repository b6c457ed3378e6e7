/** Names a random type, writes its C declarations, and says what its values are (model.ts). */
import {
  INTEGERS,
  type IntegerName,
  type RandomComposite,
  type RandomEnum,
  type RandomMember,
  type RandomProgram,
  type RandomType,
} from "./c-types.ts";
import { integerLiteral } from "./c-literals.ts";
import { type Bits, type CType, type Composite, type Member } from "./model.ts";
import type { Source, Subject } from "./subjects.ts";

/** One source of many programs. */
export function sourceOf(programs: readonly RandomProgram[]): Source {
  const declared = programs.map((program, index) => new Declarer(`t${index}`).declare(program));
  return {
    declarations: declared.map(({ text }) => text).join("\n"),
    subjects: declared.map(({ subject }) => subject),
  };
}

/** A type as a declaration needs it: what is written before the name, and the declarator around it. */
interface Spelled {
  readonly type: CType;
  /** `unsigned int`, `struct t0`: everything before the declarator. */
  readonly specifier: string;
  /** `*D`, `(*D[3])(int)`: around the name `D`. */
  readonly declarator: string;
  /** False when attributes change its alignment. */
  readonly isNatural: boolean;
  /** A struct or union without tag, of which a typedef would be the name. */
  readonly isUnnamed?: boolean;
}

/** A member's declaration without its semicolon; padding is no member. */
interface DeclaredMember {
  readonly text: string;
  readonly member: Member | undefined;
  readonly isNatural: boolean;
}

class Declarer {
  readonly #prefix: string;
  readonly #lines: string[] = [];
  /** Complete types with a name, to be used again. */
  readonly #named: Spelled[] = [];
  readonly #taken = new Set<string>();
  #root = "";
  #count = 0;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  declare({ root, flexible, seed }: RandomProgram): { readonly text: string; readonly subject: Subject } {
    this.#root = `${root.of} ${this.#prefix}`;
    const { body, members, isNatural } = this.#body(root, flexible);
    const name = this.#root;
    const text = `${root.of} ${attributes(root)} ${this.#prefix} {\n${body}};`;
    return {
      text: [...this.#lines, text].join("\n"),
      subject: {
        type: { kind: "composite", of: root.of, name, members, salt: 0, isNatural },
        seed,
      },
    };
  }

  #next(letter: string): string {
    return `${this.#prefix}${letter}${this.#count++}`;
  }

  /** Unique in the whole program, since unnamed structs and unions lend their members to those around them. */
  #memberName(wanted?: string): string {
    if (wanted === undefined || this.#taken.has(wanted)) return `m${this.#count++}`;
    this.#taken.add(wanted);
    return wanted;
  }

  #body(
    composite: RandomComposite,
    flexible?: RandomType,
  ): { readonly body: string; readonly members: Member[]; readonly isNatural: boolean } {
    const members: Member[] = [];
    let body = "";
    let isNatural = !composite.packed && composite.aligned === undefined;
    for (const member of composite.members) {
      const declared = this.#member(member);
      body += `  ${declared.text};\n`;
      if (declared.member !== undefined) members.push(declared.member);
      isNatural &&= declared.isNatural;
    }
    // C wants a named member before a flexible array, and none in unions.
    if (
      flexible !== undefined &&
      composite.of === "struct" &&
      members.some(({ name }) => name !== undefined)
    ) {
      const name = this.#memberName();
      const element = this.#type(flexible);
      body += `  ${declaration(element, `${name}[]`)};\n`;
      const type: CType = { kind: "array", element: element.type, length: 0, flexible: true };
      members.push({ name, type, bits: undefined });
      isNatural &&= element.isNatural;
    }
    return { body, members, isNatural };
  }

  #member(member: RandomMember): DeclaredMember {
    switch (member.kind) {
      case "padding": {
        const width = member.size % (INTEGERS[member.name].size * 8 + 1);
        return { text: `${member.name} : ${width}`, member: undefined, isNatural: true };
      }
      case "anonymous": {
        const inner = this.#composite({ ...member.type, place: "inline" });
        return {
          text: inner.specifier,
          member: { name: undefined, type: inner.type, bits: undefined },
          isNatural: inner.isNatural,
        };
      }
      case "bits":
        return this.#bitfield(member);
      default:
        return this.#field(member);
    }
  }

  #bitfield(member: RandomMember & { readonly kind: "bits" }): DeclaredMember {
    // Its declared type is asked for its size, so it needs a name.
    const base = this.#type(hoisted(member.type));
    const name = this.#memberName();
    const width = (member.size % widthOf(base.type)) + 1;
    const bits: Bits = { width, declared: base.specifier };
    const extra = attributes(member);
    return {
      text: `${declaration(base, name)} : ${width}${extra === "" ? "" : ` ${extra}`}`,
      member: { name, type: base.type, bits },
      isNatural: extra === "",
    };
  }

  #field(member: RandomMember & { readonly kind: "field" }): DeclaredMember {
    let spelled = this.#type(member.type);
    if (member.typedefAligned !== undefined) {
      const attribute = `__attribute__((aligned(${member.typedefAligned})))`;
      spelled = this.#typedef(spelled, "a", attribute);
    }
    const name = this.#memberName(member.name);
    const extra = attributes(member);
    return {
      text: `${declaration(spelled, name)}${extra === "" ? "" : ` ${extra}`}`,
      member: { name, type: spelled.type, bits: undefined },
      isNatural: spelled.isNatural && extra === "",
    };
  }

  #type(type: RandomType): Spelled {
    switch (type.kind) {
      case "int":
        return plain(integerType(type.name), type.name);
      case "bool":
        return plain({ kind: "bool" }, "_Bool");
      case "float":
        return plain({ kind: "float", size: type.size }, type.size === 4 ? "float" : "double");
      case "enum":
        return this.#enum(type);
      case "pointer":
        return this.#pointer(type.form);
      case "array":
        return this.#array(type.lengths, this.#type(type.element));
      case "alias":
        return this.#alias(type.steps, this.#type(type.type));
      case "again":
        return this.#named[type.which % Math.max(1, this.#named.length)] ?? this.#type(SIMPLEST);
      default:
        return this.#composite(type);
    }
  }

  #pointer(form: string): Spelled {
    const other = `${this.#prefix}_other`;
    const text = form.replace("SELF", this.#root).replace("SELF", this.#root).replace("OTHER", other);
    const star = text.search(/\(?\*/);
    return {
      type: { kind: "pointer" },
      specifier: text.slice(0, star).trim(),
      declarator: text.slice(star),
      isNatural: true,
    };
  }

  #array(lengths: readonly number[], element: Spelled): Spelled {
    const dimensions = lengths.map((length) => `[${length}]`).join("");
    const type = lengths.reduceRight<CType>(
      (inner, length) => ({ kind: "array", element: inner, length, flexible: false }),
      element.type,
    );
    return {
      ...element,
      type,
      declarator: element.declarator.replace("D", `D${dimensions}`),
      isUnnamed: false,
    };
  }

  #alias(steps: readonly string[], start: Spelled): Spelled {
    let spelled = start;
    for (const step of steps) {
      // A qualifier before a declarator like `*D` would be another's: only a typedef can have it.
      if (step === "typedef" || spelled.declarator !== "D") spelled = this.#typedef(spelled, "d");
      if (step !== "typedef")
        spelled = { ...spelled, specifier: `${step} ${spelled.specifier}`, isUnnamed: false };
    }
    return spelled;
  }

  #typedef(spelled: Spelled, letter: string, attribute = ""): Spelled {
    const name = this.#next(letter);
    this.#lines.push(`typedef ${declaration(spelled, name)} ${attribute};`);
    const { type, isUnnamed = false } = spelled;
    const isNatural = spelled.isNatural && attribute === "";
    return {
      type: type.kind === "composite" ? { ...type, isNatural, name: isUnnamed ? name : type.name } : type,
      specifier: name,
      declarator: "D",
      isNatural,
    };
  }

  #enum({ place, packed, values }: RandomEnum): Spelled {
    const name = this.#next("e");
    const signed = values.some((value) => value < 0n);
    // No type has both negative values and those beyond 2^63 - 1.
    const kept = signed ? values.map((value) => BigInt.asIntN(64, value)) : values;
    const size = enumSize(kept, signed, packed);
    const list = kept.map((value, index) => `${name}_${index} = ${enumerator(value)}`).join(", ");
    const text = `enum ${packed ? "__attribute__((packed)) " : ""}${place === "tag" ? name : ""} { ${list} }`;
    return this.#placed(place, `enum ${name}`, name, text, {
      type: { kind: "enum", size, signed },
      isNatural: true,
    });
  }

  #composite(composite: RandomComposite): Spelled {
    const name = this.#next("n");
    const { of, place } = composite;
    const salt = this.#count;
    const { body, members, isNatural } = this.#body(composite);
    const text = `${of} ${attributes(composite)} ${place === "tag" ? name : ""} {\n${body}}`;
    const cName = place === "tag" ? `${of} ${name}` : place === "typedef" ? name : undefined;
    const type: Composite = { kind: "composite", of, name: cName, members, salt, isNatural };
    return this.#placed(place, `${of} ${name}`, name, text, { type, isNatural });
  }

  /** Defines a type where it is wanted: on its own, or in the declaration that uses it. */
  #placed(
    place: RandomComposite["place"],
    tagged: string,
    name: string,
    text: string,
    spelled: Pick<Spelled, "type" | "isNatural">,
  ): Spelled {
    if (place === "inline") return { ...spelled, specifier: text, declarator: "D", isUnnamed: true };
    this.#lines.push(place === "tag" ? `${text};` : `typedef ${text} ${name};`);
    const named: Spelled = { ...spelled, specifier: place === "tag" ? tagged : name, declarator: "D" };
    this.#named.push(named);
    return named;
  }
}

const SIMPLEST: RandomType = { kind: "int", name: "unsigned char" };

function plain(type: CType, specifier: string): Spelled {
  return { type, specifier, declarator: "D", isNatural: true };
}

function declaration({ specifier, declarator }: Spelled, name: string): string {
  // Only the first D is the name's place; parameter lists hold no other.
  return `${specifier} ${declarator.replace("D", name)}`;
}

function integerType(name: IntegerName): CType {
  return { kind: "int", ...INTEGERS[name], char: name === "char" };
}

function attributes({ packed, aligned }: { packed: boolean; aligned: number | undefined }): string {
  const list = [...(packed ? ["packed"] : []), ...(aligned === undefined ? [] : [`aligned(${aligned})`])];
  return list.length === 0 ? "" : `__attribute__((${list.join(", ")}))`;
}

function hoisted(type: RandomType): RandomType {
  return type.kind === "enum" && type.place === "inline" ? { ...type, place: "typedef" } : type;
}

/** How many bits a bitfield of a type can have. */
function widthOf(type: CType): number {
  return type.kind === "int" || type.kind === "enum" ? type.size * 8 : 1;
}

/** clang takes int or unsigned int if the values fit, else 8 bytes; packed, the smallest. */
function enumSize(values: readonly bigint[], signed: boolean, packed: boolean): 1 | 2 | 4 | 8 {
  const fits = (size: number): boolean =>
    values.every(
      (value) => value === (signed ? BigInt.asIntN(size * 8, value) : BigInt.asUintN(size * 8, value)),
    );
  const sizes = packed ? ([1, 2, 4] as const) : ([4] as const);
  return sizes.find(fits) ?? 8;
}

function enumerator(value: bigint): string {
  return value >= -(2n ** 31n) && value < 2n ** 31n ? String(value) : integerLiteral(value);
}
