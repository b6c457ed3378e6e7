/** What to tell about a map whose events have no type, or one that cannot be right. */
import {
  type BpfObject,
  type Btf,
  type CompositeType,
  type MapModel,
  type TypeId,
  formatType,
  sizeOf,
  type Discriminant,
  asDiscriminant,
  discriminantMembers,
  samePlace,
  type NamedDiscriminant,
  suggestUnion,
  type EventType,
  isOpaque,
  shellArgument,
} from "tinybpf-btf";
import { eventSizes, hasUnknownSizes } from "./event-sizes.ts";
import { visible } from "./text.ts";

/** No more candidates than a reader can choose from. */
const MAX_CANDIDATES = 5;

/**
 * Tells when programs put only shorter records into a map than a type of its events has; none could be read then. Nothing
 * where a size is not known.
 */
export function misfit(object: BpfObject, btf: Btf, map: MapModel, event: EventType): string | undefined {
  const sizes = eventSizes(object, map.name);
  const largest = sizes.at(-1);
  if (largest === undefined || hasUnknownSizes(object, map.name)) return undefined;
  const types = event.kind === "type" ? [event.id] : event.union.alternatives.map(({ type }) => type);
  const misfits = types.filter((type) => sizeBytes(btf, type) > largest);
  if (misfits.length === 0) return undefined;
  const said = misfits
    .map((type) => `${visible(formatType(btf, type))} of ${sizeBytes(btf, type)} bytes`)
    .join(", ");
  return `its events are said to be ${said}, but programs put in ${sizes.join(", ")} bytes`;
}

function sizeBytes(btf: Btf, type: TypeId): number {
  return sizeOf(btf, type) ?? 0;
}

/** Tells what an untyped map would need, with the structs that could be meant. */
export function untyped(object: BpfObject, btf: Btf, map: MapModel): string {
  const sizes = eventSizes(object, map.name);
  const candidates = structsOfSize(btf, new Set(sizes), contextTypes(object, btf));
  const shown = candidates.slice(0, MAX_CANDIDATES).map(({ name }) => visible(name));
  const example = shown[0] ?? PLACEHOLDER;
  const one = `--event ${shellArgument(`${visible(map.name)}=${example}`)}, or in the map's definition:\n    __type(value, struct ${example});`;
  const union = unionLine(btf, map, candidates);
  const say =
    union === undefined
      ? `  say it with ${one}`
      : `  say it with\n    --event ${shellArgument(visible(union))}\n  or, if all are of one type, with ${one}`;
  const bytes = `--event ${shellArgument(`${visible(map.name)}=bytes`)}, if that is what they are meant to be`;
  return `the type of its events is not known: they will be raw bytes.${whatFits(sizes, shown)}\n${say}\n  or with ${bytes}`;
}

/** Stands for a name that only the reader knows. */
const PLACEHOLDER = "YOUR_STRUCT";

function whatFits(sizes: readonly number[], names: readonly string[]): string {
  if (sizes.length === 0) return "";
  const put = `\n  programs put in ${sizes.join(", ")} bytes`;
  if (names.length > 0) return `${put}; of that size: ${names.map((name) => `struct ${name}`).join(", ")}`;
  return (
    `${put}; the object's BTF has no struct of that size. clang leaves out what only function bodies mention;\n` +
    `  anchor it in the C source:\n    struct ${PLACEHOLDER} *unused_${PLACEHOLDER} __attribute__((unused));`
  );
}

/** What programs are given is not what they send. */
function contextTypes(object: BpfObject, btf: Btf): ReadonlySet<TypeId> {
  return new Set(
    object.programs.flatMap(({ func }) => {
      const type = func === undefined ? undefined : btf.resolve(func);
      const proto = type?.kind === "FUNC" ? btf.resolve(type.type) : type;
      const [context] = proto?.kind === "FUNC_PROTO" ? proto.params : [];
      const pointer = context === undefined ? undefined : btf.resolve(context.type);
      return pointer?.kind === "PTR" ? [btf.resolve(pointer.type).id] : [];
    }),
  );
}

function structsOfSize(btf: Btf, sizes: ReadonlySet<number>, contexts: ReadonlySet<TypeId>): CompositeType[] {
  const found: CompositeType[] = [];
  for (const type of btf.types()) {
    if (type.kind === "STRUCT" && type.name !== "" && sizes.has(type.size) && !contexts.has(type.id))
      found.push(type);
  }
  return found;
}

/** What to give to `--event` if structs of different sizes begin with the same field. */
function unionLine(btf: Btf, map: MapModel, structs: readonly CompositeType[]): string | undefined {
  const groups: { field: Discriminant; members: NamedDiscriminant[]; sizes: Set<number> }[] = [];
  for (const { id, name, size } of structs) {
    const field = leadingField(btf, id);
    if (field === undefined) continue;
    const known = groups.find((group) => group.field.name === field.name && samePlace(group.field, field));
    const group = known ?? { field, members: [], sizes: new Set() };
    if (known === undefined) groups.push(group);
    group.members.push({ name, discriminant: field });
    group.sizes.add(size);
  }
  const best = groups.find(({ sizes, members }) => sizes.size > 1 && members.length <= MAX_CANDIDATES);
  return best === undefined ? undefined : `${map.name}=${suggestUnion(best.field.name, best.members)}`;
}

function leadingField(btf: Btf, id: TypeId): Discriminant | undefined {
  if (isOpaque(btf, btf.type(id))) return undefined;
  const [first] = discriminantMembers(btf, id);
  return first === undefined || first.bitOffset !== 0 ? undefined : asDiscriminant(btf, first);
}
