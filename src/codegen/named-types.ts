/** Which structs, unions and enums a module declares, and what they are called there. */
import { type Btf, type BtfType, type TypeId, formatType, sizeOf, isOpaque, kernelField } from "tinybpf-btf";
import { GenerateError } from "./errors.ts";
import { type NameTable, camelCase, pascalCase } from "./names.ts";

/** Deeper nesting is no C program's; the kernel follows 32 (`MAX_RESOLVE_DEPTH`, kernel/bpf/btf.c). */
const MAX_NESTING = 64;

/** A type to declare, and what to call it if C has no name for it. */
export interface TypeRoot {
  readonly id: TypeId;
  readonly fallback: string;
}

/** The TypeScript names of one C type. */
export interface NamedType {
  readonly id: TypeId;
  readonly kind: "STRUCT" | "UNION" | "ENUM" | "ENUM64";
  /** As C spells it: `struct exec_event`, or `event_t`. */
  readonly cName: string;
  /** Whether C has a name for it, be it a typedef's. */
  readonly isNamed: boolean;
  readonly name: string;
  /** What writing accepts, where that differs. */
  readonly input: string;
  readonly view: string;
  readonly fields: string;
}

/** The declared types by id. */
export type NamedTypes = ReadonlyMap<TypeId, NamedType>;

/** What an unnamed type is called after: the type it is a member of, or else a text. */
interface Found {
  readonly id: TypeId;
  readonly kind: NamedType["kind"];
  readonly cName: string;
  readonly isNamed: boolean;
  readonly owner: TypeId | undefined;
  readonly fallback: string;
}

/**
 * Finds all types that `roots` hold by value and names them. Types with a name of their own come first, in the
 * order of their ids; then, in that order too, those called after a map or variable; then those called after the member
 * they are declared in, in the order they are met.
 */
export function nameTypes(btf: Btf, roots: readonly TypeRoot[], names: NameTable): NamedTypes {
  const found = new Search(btf).run(roots);
  const own = found
    .filter((type) => type.owner === undefined)
    .toSorted((a, b) => Number(b.isNamed) - Number(a.isNamed) || a.id - b.id);
  const derived = found.filter((type) => type.owner !== undefined);
  const primary = new Map<TypeId, string>();
  for (const type of own) primary.set(type.id, names.claim(pascalCase(type.fallback)));
  for (const type of derived) {
    const owner = type.owner === undefined ? "" : (primary.get(type.owner) ?? "");
    primary.set(type.id, names.claim(owner + pascalCase(type.fallback)));
  }
  return new Map(
    found
      .toSorted((a, b) => a.id - b.id)
      .map((type) => [type.id, withCompanions(type, primary.get(type.id) ?? "", names)]),
  );
}

function withCompanions({ id, kind, cName, isNamed }: Found, name: string, names: NameTable): NamedType {
  // An enum has no companions; what it does not use, it must not take from others.
  const claim = (wanted: string): string =>
    kind === "STRUCT" || kind === "UNION" ? names.claim(wanted) : "";
  return {
    id,
    kind,
    cName,
    isNamed,
    name,
    input: claim(`${name}Input`),
    view: claim(`${name}View`),
    fields: claim(`${camelCase(name)}Fields`),
  };
}

class Search {
  readonly #btf: Btf;
  readonly #found = new Map<TypeId, Found>();
  readonly #typedefs: ReadonlyMap<TypeId, string>;

  constructor(btf: Btf) {
    this.#btf = btf;
    this.#typedefs = typedefsOfUnnamed(btf);
  }

  run(roots: readonly TypeRoot[]): Found[] {
    for (const root of roots) this.#visit(root.id, undefined, root.fallback, []);
    return [...this.#found.values()];
  }

  #visit(id: TypeId, owner: TypeId | undefined, fallback: string, path: readonly TypeId[]): void {
    const type = this.#btf.resolve(id);
    // No member of a value: see shape.ts.
    if (owner !== undefined && kernelField(this.#btf, id) !== undefined) return;
    if (type.kind === "ARRAY") {
      // sizeOf refuses arrays that are too deep or circular.
      if (sizeOf(this.#btf, type.id) !== undefined) this.#visit(type.type, owner, fallback, path);
      return;
    }
    if (type.kind === "ENUM" || type.kind === "ENUM64") {
      if (type.values.length > 0) this.#add(type, owner, fallback);
      return;
    }
    if (type.kind !== "STRUCT" && type.kind !== "UNION") return;
    if (path.includes(type.id)) throw new GenerateError(`type ${type.id}`, "contains itself");
    // Of what is nested too deep the bytes are all there is.
    if (path.length >= MAX_NESTING || isOpaque(this.#btf, type)) return;
    if (!this.#add(type, owner, fallback)) return;
    this.#visitMembers(type.id, type.id, [...path, type.id], new Set());
  }

  /** `composite`'s members; unnamed structs and unions in it lend theirs to `owner`. */
  #visitMembers(composite: TypeId, owner: TypeId, path: readonly TypeId[], lifted: Set<TypeId>): void {
    const type = this.#btf.type(composite);
    if (type.kind !== "STRUCT" && type.kind !== "UNION") return;
    for (const member of type.members) {
      const inner = this.#btf.resolve(member.type);
      if (member.name === "" && (inner.kind === "STRUCT" || inner.kind === "UNION")) {
        this.#checkPath(inner.id, path);
        // Its members would collide with themselves; following it again could also take exponential time.
        if (lifted.has(inner.id))
          throw new GenerateError(`type ${owner}`, `holds the unnamed type ${inner.id} twice`);
        lifted.add(inner.id);
        this.#visitMembers(inner.id, owner, [...path, inner.id], lifted);
      } else {
        this.#visit(member.type, owner, member.name, path);
      }
    }
  }

  #checkPath(id: TypeId, path: readonly TypeId[]): void {
    if (path.includes(id)) throw new GenerateError(`type ${id}`, "contains itself");
    if (path.length >= MAX_NESTING)
      throw new GenerateError(`type ${path[0] ?? id}`, `nests more than ${MAX_NESTING} types in each other`);
  }

  /** False when it is known already. */
  #add(
    type: BtfType & { readonly kind: NamedType["kind"] },
    owner: TypeId | undefined,
    fallback: string,
  ): boolean {
    if (this.#found.has(type.id)) return false;
    const { id, kind } = type;
    const typedef = this.#typedefs.get(id);
    if (type.name !== "" || typedef !== undefined) {
      const cName = type.name === "" ? (typedef ?? "") : formatType(this.#btf, id);
      const own = type.name === "" ? (typedef ?? "") : type.name;
      this.#found.set(id, { id, kind, cName, isNamed: true, owner: undefined, fallback: own });
    } else {
      const keyword = kind === "STRUCT" ? "struct" : kind === "UNION" ? "union" : "enum";
      this.#found.set(id, { id, kind, cName: `${keyword} (unnamed)`, isNamed: false, owner, fallback });
    }
    return true;
  }
}

/** The first typedef of each struct, union and enum that has no tag: `typedef struct { ... } event_t`. */
function typedefsOfUnnamed(btf: Btf): ReadonlyMap<TypeId, string> {
  const names = new Map<TypeId, string>();
  for (const type of btf.types()) {
    if (type.kind !== "TYPEDEF") continue;
    const target = btf.type(type.type);
    if ("name" in target && target.name === "" && !names.has(target.id)) names.set(target.id, type.name);
  }
  return names;
}
