/** Types as C spells them where they are used: declarations and casts. */
import type { Btf } from "./btf.ts";
import { FormatBudget } from "./format-budget.ts";
import type { BtfType, FuncProtoType, TypeId } from "./types.ts";

/** Options of {@link formatDeclaration}. */
export interface DeclarationOptions {
  /** Width of a bitfield; 0 or absent for none. */
  readonly bitSize?: number | undefined;
}

/**
 * The C spelling of a type where no name is declared, as in a cast.
 *
 * Anonymous structs, unions and enums are abbreviated: `struct {...}`.
 *
 * @throws BtfParseError when the type is nested endlessly
 *
 * @example
 * ```ts
 * formatType(btf, id); // "struct task_struct *", "const char[16]", "int (*)(void *)"
 * ```
 */
export function formatType(btf: Btf, id: TypeId): string {
  return declare(btf, id, "", new FormatBudget(id), abbreviate);
}

/**
 * The C declaration of something named `name` of this type, without the semicolon.
 *
 * @throws BtfParseError when the type is nested endlessly
 *
 * @example
 * ```ts
 * formatDeclaration(btf, id, "handler"); // "int (*handler)(void *)"
 * formatDeclaration(btf, id, "flags", { bitSize: 3 }); // "__u32 flags:3"
 * ```
 */
export function formatDeclaration(
  btf: Btf,
  id: TypeId,
  name: string,
  options: DeclarationOptions = {},
): string {
  const declaration = declare(btf, id, name, new FormatBudget(id), abbreviate);
  return options.bitSize ? `${declaration}:${options.bitSize}` : declaration;
}

/** How a type is written that stands at the left end of a declaration. */
export type BaseWriter = (type: BtfType, budget: FormatBudget) => string;

const KEYWORDS = { STRUCT: "struct", UNION: "union", ENUM: "enum", ENUM64: "enum" } as const;

/** Its name, with the keyword if it has one; a stand-in for a definition without a name. */
export function abbreviate(type: BtfType): string {
  switch (type.kind) {
    case "VOID":
      return "void";
    case "STRUCT":
    case "UNION":
    case "ENUM":
    case "ENUM64":
      return `${KEYWORDS[type.kind]} ${type.name === "" ? "{...}" : type.name}`;
    case "FWD":
      return `${type.of} ${type.name}`;
    default:
      return type.name;
  }
}

/**
 * C declarators are written from the inside out: the name first, then around it what the type is, one layer at a
 * time, down to the type at the left end. `noElements` is how the outermost array gives the number of its elements
 * when it has none; C has that choice for no other.
 */
export function declare(
  btf: Btf,
  id: TypeId,
  name: string,
  budget: FormatBudget,
  base: BaseWriter,
  noElements: "" | "0" = "",
): string {
  return budget.nest(() => {
    let inner = budget.spend(name);
    let afterPointer = false;
    let empty = noElements;
    let qualifiers: string[] = [];
    let current = id;
    for (let layers = 0; ; layers++) {
      budget.layers(layers);
      const type = btf.type(current);
      switch (type.kind) {
        case "CONST":
        case "VOLATILE":
        case "RESTRICT":
          qualifiers.push(type.kind.toLowerCase());
          break;
        case "TYPE_TAG":
          qualifiers.push(budget.spend(tagAttribute("btf_type_tag", type)));
          break;
        case "PTR": {
          const marks = ["*", ...qualifiers].join(" ");
          inner = inner === "" || qualifiers.length === 0 ? `${marks}${inner}` : `${marks} ${inner}`;
          qualifiers = [];
          afterPointer = true;
          break;
        }
        case "ARRAY":
          // Qualifiers of an array are those of its elements.
          inner = budget.spend(
            `${afterPointer ? `(${inner})` : inner}[${type.nelems === 0 ? empty : type.nelems}]`,
          );
          empty = "0";
          afterPointer = false;
          break;
        case "FUNC_PROTO":
          inner = `${afterPointer ? `(${inner})` : inner}(${parameters(btf, type, budget)})`;
          qualifiers = [];
          afterPointer = false;
          break;
        case "VAR":
        case "FUNC":
          if (inner === "") inner = budget.spend(type.name);
          break;
        default: {
          const left = [...qualifiers, base(type, budget)].join(" ");
          if (inner === "") return left;
          return inner.startsWith("[") || inner.startsWith(":") ? `${left}${inner}` : `${left} ${inner}`;
        }
      }
      current = type.type;
    }
  });
}

/** `__attribute__((btf_type_tag("text")))`, or the attribute that the text is. */
export function tagAttribute(
  kind: string,
  tag: { readonly name: string; readonly attribute: boolean },
): string {
  return `__attribute__((${tag.attribute ? tag.name : `${kind}(${JSON.stringify(tag.name)})`}))`;
}

function parameters(btf: Btf, proto: FuncProtoType, budget: FormatBudget): string {
  if (proto.params.length === 0) return "void";
  return proto.params
    .map((param, index) => {
      const last = index === proto.params.length - 1;
      if (last && param.type === 0 && param.name === "") return "...";
      return declare(btf, param.type, param.name, budget, abbreviate);
    })
    .join(", ");
}
