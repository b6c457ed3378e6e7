/** Which type the events of a ring buffer have: BTF does not say, so somebody has to. */
import type { BpfObject, Btf, BtfKind, BtfType, MapModel, TypeId } from "tinybpf-btf";
import { formatType, sizeOf } from "tinybpf-btf";
import { GenerateError } from "./errors.ts";
import { nearest } from "./nearest.ts";
import { reservedSizes } from "./ring-sizes.ts";

/** The prefix of the declaration tag on a map that names its events' type. */
const TAG = "tinybpf:event=";

/** No more candidates than a reader can choose from. */
const MAX_CANDIDATES = 5;

/** The event types that were found, and what to tell about those that were not. */
export interface EventTypes {
  /** Type ids by the map's name. */
  readonly types: ReadonlyMap<string, TypeId>;
  readonly warnings: readonly { readonly place: string; readonly message: string }[];
}

/** Whether a map delivers events whose type must be told. */
export function carriesEvents(map: MapModel): boolean {
  return map.typeName === "ringbuf";
}

/**
 * Finds the event type of each ring buffer: from `given` (map to C type, `--event`), else a declaration tag
 * `tinybpf:event=exec_event` on the map, else `__type(value, struct exec_event)`. The others carry raw bytes.
 *
 * @throws {@link GenerateError} when `given` or a tag names a map or type that is not there
 */
export function findEventTypes(object: BpfObject, btf: Btf, given: ReadonlyMap<string, string>): EventTypes {
  const rings = object.maps.filter(carriesEvents);
  for (const name of given.keys()) {
    if (rings.some((map) => map.name === name)) continue;
    const known =
      rings.length === 0 ? "there is none" : `there are ${rings.map((map) => map.name).join(", ")}`;
    throw new GenerateError(`map ${name}`, `no ring buffer of this name; ${known}`);
  }
  const types = new Map<string, TypeId>();
  const warnings: { place: string; message: string }[] = [];
  for (const map of rings) {
    const type = eventType(btf, map, given.get(map.name));
    const message = type === undefined ? untyped(object, btf, map) : misfit(object, btf, map, type);
    if (message !== undefined) warnings.push({ place: `map ${map.name}`, message });
    if (type !== undefined) types.set(map.name, type);
  }
  return { types, warnings };
}

function eventType(btf: Btf, map: MapModel, given: string | undefined): TypeId | undefined {
  const tag = map.tags.find((text) => text.startsWith(TAG))?.slice(TAG.length);
  const wanted = given ?? tag;
  if (wanted !== undefined) return findCType(btf, map, wanted.trim()).id;
  if (map.valueType === undefined || sizeOf(btf, map.valueType) === undefined) return undefined;
  return map.valueType;
}

/** The kinds of type that a keyword, or none, stands for: the first one that is there counts. */
const KINDS: Readonly<Record<string, readonly BtfKind[]>> = {
  "": ["STRUCT", "UNION", "TYPEDEF", "INT", "FLOAT", "ENUM", "ENUM64"],
  struct: ["STRUCT"],
  union: ["UNION"],
  enum: ["ENUM", "ENUM64"],
};

const KEYWORD = /^(?<keyword>struct|union|enum)\s+(?<tag>.+)$/;

/** The type that C calls `wanted`; without a keyword, a struct before a union before a typedef before the rest. */
function findCType(btf: Btf, map: MapModel, wanted: string): BtfType {
  const groups = KEYWORD.exec(wanted)?.groups;
  const name = groups?.["tag"] ?? wanted;
  const all = btf.findAll(name).filter((type) => sizeOf(btf, type.id) !== undefined);
  for (const kind of KINDS[groups?.["keyword"] ?? ""] ?? []) {
    const found = all.find((type) => type.kind === kind);
    if (found !== undefined) return found;
  }
  const keyword = groups?.["keyword"] ?? "struct";
  const near = nearest(
    name,
    [...btf.types()].filter(isNamed).map((type) => type.name),
  );
  const meant = near === undefined ? "" : `; did you mean ${near}?`;
  throw new GenerateError(
    `map ${map.name}`,
    `no ${groups === undefined ? "type" : keyword} ${name} in the object's BTF${meant}\n  clang leaves out types that ` +
      `nothing refers to; anchor it in the C source:\n    ${keyword} ${name} *unused_${name} __attribute__((unused));`,
  );
}

/** Types that `--event` may name. */
function isNamed({ kind, name }: BtfType): boolean {
  return name !== "" && (kind === "STRUCT" || kind === "UNION" || kind === "TYPEDEF");
}

/** Tells when programs put only shorter records into a buffer than its events' type has; no event could be read then. */
function misfit(object: BpfObject, btf: Btf, map: MapModel, type: TypeId): string | undefined {
  const size = sizeOf(btf, type) ?? 0;
  const sizes = sortedSizes(object, map);
  if (sizes.length === 0 || sizes.some((each) => each >= size)) return undefined;
  return `its events are said to be ${formatType(btf, type)} of ${size} bytes, but programs put in ${sizes.join(", ")} bytes`;
}

function sortedSizes(object: BpfObject, map: MapModel): number[] {
  return [...reservedSizes(object, map.name)].sort((a, b) => a - b);
}

/** Tells what an untyped buffer would need, with the structs that could be meant. */
function untyped(object: BpfObject, btf: Btf, map: MapModel): string {
  const sizes = sortedSizes(object, map);
  const candidates = structsOfSize(btf, new Set(sizes));
  const example = candidates[0] ?? "event";
  const what =
    candidates.length === 0
      ? ""
      : `\n  programs put in ${sizes.join(", ")} bytes; of that size: ${candidates.map((name) => `struct ${name}`).join(", ")}`;
  return (
    `the type of its events is not known: they will be raw bytes.${what}\n` +
    `  say it with --event ${map.name}=${example}, or in the map's definition:\n    __type(value, struct ${example});`
  );
}

function structsOfSize(btf: Btf, sizes: ReadonlySet<number>): string[] {
  const names: string[] = [];
  for (const type of btf.types()) {
    if (names.length === MAX_CANDIDATES) break;
    if (type.kind === "STRUCT" && type.name !== "" && sizes.has(type.size)) names.push(type.name);
  }
  return names;
}
