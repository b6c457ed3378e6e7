/** Formatted definitions in the order in which a C compiler takes them. */
import { type Btf, formatDefinition, type TypeId } from "tinybpf-btf";

/** Every struct, union, enum and typedef with a name, what they hold before them. */
export function sourceOf(btf: Btf): string {
  const writer = new SourceWriter(btf);
  for (const type of btf.types()) {
    if (type.kind === "STRUCT" || type.kind === "UNION")
      writer.forward(`${type.kind.toLowerCase()} ${type.name}`);
  }
  for (const { id, kind } of btf.types()) {
    if (["STRUCT", "UNION", "ENUM", "ENUM64", "TYPEDEF"].includes(kind)) writer.need(id, true);
  }
  return writer.lines.join("\n");
}

class SourceWriter {
  readonly lines: string[] = [];
  readonly #btf: Btf;
  readonly #seen = new Set<string>();

  constructor(btf: Btf) {
    this.#btf = btf;
  }

  /** Also for the parameters of functions, where a first mention would declare another type. */
  forward(name: string): void {
    if (!name.endsWith(" ")) this.lines.push(`${name};`);
  }

  /** Behind a pointer (`whole` false) a struct with a name need not be defined yet. */
  need(id: TypeId, whole: boolean): void {
    const type = this.#btf.type(id);
    if ((type.kind === "STRUCT" || type.kind === "UNION") && type.name !== "" && !whole) return;
    if (!this.#first(`${id} ${whole}`)) return;
    switch (type.kind) {
      case "STRUCT":
      case "UNION":
        for (const member of type.members) this.need(member.type, true);
        if (type.name !== "") this.#define(id);
        break;
      case "ENUM":
      case "ENUM64":
        if (type.name !== "") this.#define(id);
        break;
      case "TYPEDEF":
        this.need(type.type, whole);
        this.#define(id);
        break;
      case "PTR":
        this.need(type.type, false);
        break;
      case "ARRAY":
        this.need(type.type, true);
        break;
      case "FUNC_PROTO":
        for (const used of [type.type, ...type.params.map((param) => param.type)]) this.need(used, false);
        break;
      case "CONST":
      case "VOLATILE":
      case "RESTRICT":
      case "TYPE_TAG":
        this.need(type.type, whole);
        break;
      default:
    }
  }

  #define(id: TypeId): void {
    if (this.#first(`definition of ${id}`)) this.lines.push(formatDefinition(this.#btf, id));
  }

  #first(key: string): boolean {
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }
}
