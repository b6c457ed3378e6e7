/** Alignments of types in bytes, which BTF does not say: they follow from sizes and members. */
import type { Btf } from "./btf.ts";
import { BtfParseError } from "./errors.ts";
import { POINTER_SIZE } from "./size.ts";
import type { BtfType, CompositeType, TypeId } from "./types.ts";

/** Alignments of structs and unions found so far: they contain each other, and a kernel has 20,000. */
const KNOWN = new WeakMap<Btf, Map<TypeId, number>>();

const MAX_DIMENSIONS = 32;

/**
 * Bytes that addresses of this type are a multiple of, found as libbpf's `btf__align_of` does: a struct is packed
 * (alignment 1) when a member, or its end, is where no compiler would put it otherwise. A larger alignment asked
 * for in C is not recorded in BTF. Types without a size have alignment 1.
 *
 * Other than in libbpf, a bitfield that crosses a unit of its type shows that a struct is packed, and 16-byte
 * integers and floats are aligned to 16, as in clang's BPF and x86-64 targets.
 *
 * @throws {@link BtfParseError} when a struct contains itself
 */
export function alignOf(btf: Btf, id: TypeId): number {
  const known = knownAlignments(btf);
  const type = elementOf(btf, id);
  if (type.kind !== "STRUCT" && type.kind !== "UNION") return alignOfScalar(type);
  return known.get(type.id) ?? alignOfComposite(btf, type, known);
}

/** Whether `__attribute__((packed))` is needed to get this layout: a member or the end is less aligned than its type. */
export function isPacked(btf: Btf, type: CompositeType): boolean {
  return alignOf(btf, type.id) === 1 && type.members.some((member) => alignOf(btf, member.type) > 1);
}

function knownAlignments(btf: Btf): Map<TypeId, number> {
  const known = KNOWN.get(btf);
  if (known !== undefined) return known;
  const created = new Map<TypeId, number>();
  KNOWN.set(btf, created);
  return created;
}

/** What an array is an array of, in the end; typedefs, qualifiers and variables are looked through too. */
function elementOf(btf: Btf, id: TypeId): BtfType {
  let type = btf.resolve(id);
  for (let depth = 0; type.kind === "ARRAY" || type.kind === "VAR"; depth++) {
    if (depth > MAX_DIMENSIONS) {
      throw new BtfParseError(`more than ${MAX_DIMENSIONS} dimensions, or a circle of arrays`, {
        section: ".BTF",
        typeId: id,
      });
    }
    type = btf.resolve(type.type);
  }
  return type;
}

function alignOfScalar(type: BtfType): number {
  switch (type.kind) {
    case "INT":
      return type.size;
    case "ENUM":
    case "ENUM64":
      // `enum e;` without a definition has no size.
      return Math.max(1, type.size);
    case "FLOAT":
      // The 12 bytes of an x86-32 long double are three words.
      return type.size === 12 ? 4 : type.size;
    case "PTR":
      return POINTER_SIZE;
    default:
      return 1;
  }
}

/**
 * A walk in post-order with its own stack: nesting is bounded by the number of types, not by the call stack, and
 * the memory of what is known keeps it linear where many structs share many.
 */
function alignOfComposite(btf: Btf, root: CompositeType, known: Map<TypeId, number>): number {
  const stack: { readonly type: CompositeType; next: number }[] = [{ type: root, next: 0 }];
  const open = new Set<TypeId>([root.id]);
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const inner = nextUnknown(btf, top, known);
    if (inner === undefined) {
      known.set(top.type.id, alignFromMembers(btf, top.type, known));
      open.delete(top.type.id);
      stack.pop();
    } else {
      if (open.has(inner.id)) {
        throw new BtfParseError(`${describe(inner)} contains itself`, { section: ".BTF", typeId: inner.id });
      }
      open.add(inner.id);
      stack.push({ type: inner, next: 0 });
    }
  }
  return known.get(root.id) ?? 1;
}

function nextUnknown(
  btf: Btf,
  frame: { readonly type: CompositeType; next: number },
  known: ReadonlyMap<TypeId, number>,
): CompositeType | undefined {
  for (; frame.next < frame.type.members.length; frame.next++) {
    const member = frame.type.members[frame.next];
    const element = member === undefined ? undefined : elementOf(btf, member.type);
    if ((element?.kind === "STRUCT" || element?.kind === "UNION") && !known.has(element.id)) return element;
  }
  return undefined;
}

function alignFromMembers(btf: Btf, type: CompositeType, known: ReadonlyMap<TypeId, number>): number {
  let max = 1;
  for (const member of type.members) {
    const element = elementOf(btf, member.type);
    const align = known.get(element.id) ?? alignOfScalar(element);
    max = Math.max(max, align);
    const bit = member.bitOffset % (align * 8);
    if (member.bitSize === 0 ? bit !== 0 : bit + member.bitSize > align * 8) return 1;
  }
  return type.size % max === 0 ? max : 1;
}

function describe(type: CompositeType): string {
  return `${type.kind.toLowerCase()} ${type.name === "" ? "(anonymous)" : type.name}`;
}
