/** Does the object fit the skeleton? Pairs what libbpf found in the object with what the skeleton says of it. */
import { ARENA_SECTION, ArenaSection, findArena } from "./arena-globals.ts";
import { BpfObject, type OpenOptions } from "./bpf-object.ts";
import type { BpfMapPointer, BpfProgramPointer } from "./c.ts";
import { LibraryError, SkeletonError } from "./errors.ts";
import { findGlobalsMap, type GlobalsDescriptor, GlobalsSection, type SectionMemory } from "./globals.ts";
import { showVariables } from "./inspection.ts";
import { KCONFIG_SECTION, KconfigSection } from "./kconfig.ts";
import { sectionNeedsNewer } from "./libbpf-versions.ts";
import { check } from "./log.ts";
import type { MapDescriptor } from "./maps/map.ts";
import { type MapType, mapTypeName } from "./maps/types.ts";
import { libbpf } from "./native.ts";
import type { ObjectSource } from "./object-source.ts";
import type { ProgramDescriptor } from "./programs/base.ts";
import { programTypeName } from "./programs/types.ts";
import { uncloneable } from "./uncloneable.ts";

/** A skeleton's descriptor, without its types. */
export interface Descriptor {
  readonly name: string;
  readonly source: string;
  readonly object: ObjectSource;
  readonly maps: Readonly<Record<string, MapDescriptor<unknown>>>;
  readonly programs: Readonly<Record<string, ProgramDescriptor<unknown>>>;
  readonly names?: { readonly maps?: Names; readonly programs?: Names };
  readonly globals?: Readonly<Record<string, GlobalsDescriptor>>;
}

/** Names in C by those in the skeleton, where they differ. */
type Names = Readonly<Record<string, string>>;

/** One map of the object, with what the skeleton says of it. */
export interface NamedMap {
  /** What the skeleton calls it. */
  readonly member: string;
  /** As in C. */
  readonly name: string;
  readonly pointer: BpfMapPointer;
  readonly descriptor: MapDescriptor<unknown>;
}

/** One program of the object, with what the skeleton says of it. */
export interface NamedProgram {
  /** What the skeleton calls it. */
  readonly member: string;
  /** As in C. */
  readonly name: string;
  readonly pointer: BpfProgramPointer;
  readonly descriptor: ProgramDescriptor<unknown>;
}

/** One section of global variables and its accessors. */
export interface NamedGlobals {
  readonly name: string;
  readonly section: SectionMemory;
  readonly accessors: object;
}

/** Everything that an opened object hands on when it is loaded. */
export interface OpenParts {
  readonly descriptor: Descriptor;
  readonly object: BpfObject;
  readonly maps: readonly NamedMap[];
  readonly programs: readonly NamedProgram[];
  readonly globals: readonly NamedGlobals[];
}

/**
 * Opens an object and finds everything in it that the skeleton names.
 *
 * @throws {BpfError} when libbpf cannot make sense of the object
 * @throws {SkeletonError} when the skeleton was made from another object
 */
export function openParts(descriptor: Descriptor, options: OpenOptions): OpenParts {
  const { source, names = {} } = descriptor;
  const object = new BpfObject(source, descriptor.object(), options);
  try {
    for (const map of object.maps.values()) prescribeSizes(map);
    return {
      descriptor,
      object,
      maps: Object.entries(descriptor.maps).map(([member, map]) => findMap(object, member, names.maps, map)),
      programs: Object.entries(descriptor.programs).map(([member, program]) =>
        findProgram(object, member, names.programs, program),
      ),
      globals: Object.entries(descriptor.globals ?? {}).map(([name, globals]) =>
        openGlobals(object, name, globals),
      ),
    };
  } catch (error) {
    object.close();
    throw error;
  }
}

function nameInC(names: Names = {}, member: string): string {
  return (Object.hasOwn(names, member) ? names[member] : undefined) ?? member;
}

const RUN_AGAIN = "run tinybpf-gen again";

/**
 * Kinds whose keys and values have a size that the kernel prescribes (ringbuf.c, ringbuf_map_alloc; arraymap.c,
 * fd_array_map_alloc_check), whatever the C source says: it gives them a value type for us to read.
 */
const PRESCRIBED_SIZES: ReadonlyMap<MapType | "unknown", number> = new Map([
  ["ringbuf", 0],
  ["user_ringbuf", 0],
  ["perf_event_array", 4],
]);

function prescribeSizes(map: BpfMapPointer): void {
  const size = PRESCRIBED_SIZES.get(mapTypeName(libbpf.bpf_map__type(map)));
  if (size === undefined) return;
  const operation = `set the sizes of map ${libbpf.bpf_map__name(map)}`;
  check(operation, () => libbpf.bpf_map__set_key_size(map, size));
  check(operation, () => libbpf.bpf_map__set_value_size(map, size));
}

function findMap(
  object: BpfObject,
  member: string,
  names: Names | undefined,
  descriptor: MapDescriptor<unknown>,
): NamedMap {
  const name = nameInC(names, member);
  const title = `map ${name}`;
  const pointer = object.maps.get(name);
  if (pointer === undefined) throw missingMap(object, title, descriptor);
  // Changing its size would leave the globals, which lie in its memory, with less of it.
  if (libbpf.bpf_map__is_internal(pointer))
    throw new SkeletonError(
      `${title} of ${object.source} is a section of globals, and no map of the C source`,
    );
  const type = mapTypeName(libbpf.bpf_map__type(pointer));
  if (type !== "unknown" && !descriptor.types.includes(type))
    throw mismatch(object, title, `is of type ${type}`, `${descriptor.types[0]}`);
  if (PRESCRIBED_SIZES.has(type)) return { member, name, pointer, descriptor };
  const keySize = libbpf.bpf_map__key_size(pointer);
  if (keySize !== descriptor.keySize)
    throw mismatch(object, title, `has keys of ${keySize} bytes`, `${descriptor.keySize}`);
  const valueSize = libbpf.bpf_map__value_size(pointer);
  if (valueSize !== descriptor.valueSize)
    throw mismatch(object, title, `has values of ${valueSize} bytes`, `${descriptor.valueSize}`);
  return { member, name, pointer, descriptor };
}

/** Only maps of struct_ops are in sections that libbpf may not know. */
function missingMap({ source, leftOut }: BpfObject, title: string, { types }: MapDescriptor<unknown>): Error {
  const what = `${source} has no ${title}`;
  return leftOut === undefined || !types.includes("struct_ops")
    ? new SkeletonError(`${what}: ${RUN_AGAIN}`)
    : new LibraryError(`${what}, as libbpf reads it. ${leftOut}`);
}

function findProgram(
  object: BpfObject,
  member: string,
  names: Names | undefined,
  descriptor: ProgramDescriptor<unknown>,
): NamedProgram {
  const name = nameInC(names, member);
  const title = `program ${name}`;
  const pointer = object.programs.get(name);
  if (pointer === undefined) throw new SkeletonError(`${object.source} has no ${title}: ${RUN_AGAIN}`);
  const type = programTypeName(libbpf.bpf_program__type(pointer));
  // `unspec`: this libbpf does not know the section's name. It says so itself when the program is to be loaded.
  if (
    type !== "unknown" &&
    type !== "unspec" &&
    descriptor.types.length > 0 &&
    !descriptor.types.includes(type)
  )
    throw mismatch(object, title, `is of type ${type}`, `${descriptor.types[0]}`);
  return { member, name, pointer, descriptor };
}

function mismatch(object: BpfObject, what: string, is: string, expected: string): SkeletonError {
  return new SkeletonError(
    `${what} of ${object.source} ${is}, but the skeleton was made for ${expected}: ${RUN_AGAIN}`,
  );
}

function openGlobals(object: BpfObject, name: string, descriptor: GlobalsDescriptor): NamedGlobals {
  const [Section, map] = sectionOf(object, descriptor.section);
  if (map === undefined) {
    const missing = sectionNeedsNewer(descriptor.section);
    if (missing !== undefined) throw new LibraryError(`${object.source}: ${missing}`);
    throw new SkeletonError(`${object.source} has no ${descriptor.section}: ${RUN_AGAIN}`);
  }
  const section = new Section(object.source, descriptor, map);
  const accessors = new descriptor.Class(section.memory);
  showVariables(accessors, descriptor.Class.name);
  uncloneable(accessors);
  Object.preventExtensions(accessors);
  return { name, section, accessors };
}

type SectionClass = new (source: string, descriptor: GlobalsDescriptor, map: BpfMapPointer) => SectionMemory;

/** What becomes of a section, and the map that it is in. */
function sectionOf({ maps }: BpfObject, section: string): readonly [SectionClass, BpfMapPointer | undefined] {
  if (section === ARENA_SECTION) return [ArenaSection, findArena(maps.values())];
  return [section === KCONFIG_SECTION ? KconfigSection : GlobalsSection, findGlobalsMap(maps, section)];
}
