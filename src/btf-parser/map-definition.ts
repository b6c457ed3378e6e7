/**
 * A BTF-defined map: a struct whose members say in their types what the map is (libbpf.c, parse_btf_map_def;
 * the macros are in bpf_helpers.h).
 */
import type { Btf } from "./btf.ts";
import { BtfParseError } from "./errors.ts";
import { sizeOf } from "./size.ts";
import type { CompositeType, Member, TypeId } from "./types.ts";

/** What a definition says, as far as it says it. */
export interface MapDefinition {
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly keyType: TypeId | undefined;
  readonly valueType: TypeId | undefined;
  readonly maxEntries: number;
  readonly mapFlags: number;
  readonly mapExtra: bigint;
  readonly numaNode: number | undefined;
  readonly pinning: "none" | "by_name";
  readonly inner: MapDefinition | undefined;
  /** Where the slots initialised in C start, in bytes from the start of the struct. */
  readonly valuesOffset: number | undefined;
}

/** Map types whose slots C can initialise (`enum bpf_map_type`). */
const PROG_ARRAY = 3;
const ARRAY_OF_MAPS = 12;
const HASH_OF_MAPS = 13;

/** Slots hold a map or program, for which the kernel takes a file descriptor. */
const FD_SIZE = 4;

interface Draft {
  type: number;
  keySize: number | undefined;
  valueSize: number | undefined;
  keyType: TypeId | undefined;
  valueType: TypeId | undefined;
  maxEntries: number;
  mapFlags: number;
  mapExtra: bigint;
  numaNode: number | undefined;
  pinning: "none" | "by_name";
  inner: MapDefinition | undefined;
  valuesOffset: number | undefined;
}

/** Where the definition is: the map's name for messages, and whether it is the inner map of another. */
interface Place {
  readonly name: string;
  readonly inner: boolean;
  readonly struct: CompositeType;
}

function fail(place: Place, message: string): BtfParseError {
  return new BtfParseError(`map ${place.name}: ${message}`, { section: ".BTF", typeId: place.struct.id });
}

/** Reads a definition. @throws BtfParseError as libbpf refuses it, naming map and attribute */
export function readMapDefinition(
  btf: Btf,
  struct: CompositeType,
  name: string,
  inner = false,
): MapDefinition {
  const place: Place = { name, inner, struct };
  const draft: Draft = {
    type: 0,
    keySize: undefined,
    valueSize: undefined,
    keyType: undefined,
    valueType: undefined,
    maxEntries: 0,
    mapFlags: 0,
    mapExtra: 0n,
    numaNode: undefined,
    pinning: "none",
    inner: undefined,
    valuesOffset: undefined,
  };
  const seen = new Set<string>();
  for (const [index, member] of struct.members.entries()) {
    if (member.name === "") throw fail(place, `attribute ${index} has no name`);
    if (seen.has(member.name)) throw fail(place, `attribute ${member.name} comes twice`);
    seen.add(member.name);
    const read = ATTRIBUTES.get(member.name);
    if (read === undefined) throw fail(place, `unknown attribute ${member.name}`);
    read(draft, { btf, place, member, last: index === struct.members.length - 1 });
  }
  if (draft.type === 0) throw fail(place, "no type");
  return { ...draft, keySize: draft.keySize ?? 0, valueSize: draft.valueSize ?? 0 };
}

interface Attribute {
  readonly btf: Btf;
  readonly place: Place;
  readonly member: Member;
  readonly last: boolean;
}

const ATTRIBUTES: ReadonlyMap<string, (draft: Draft, attribute: Attribute) => void> = new Map([
  ["type", (draft: Draft, attribute: Attribute) => void (draft.type = readUint(attribute))],
  ["max_entries", (draft: Draft, attribute: Attribute) => void (draft.maxEntries = readUint(attribute))],
  ["map_flags", (draft: Draft, attribute: Attribute) => void (draft.mapFlags = readUint(attribute))],
  ["map_extra", (draft: Draft, attribute: Attribute) => void (draft.mapExtra = readUlong(attribute))],
  ["numa_node", (draft: Draft, attribute: Attribute) => void (draft.numaNode = readUint(attribute))],
  ["key_size", (draft: Draft, attribute: Attribute) => setKeySize(draft, attribute, readUint(attribute))],
  ["value_size", (draft: Draft, attribute: Attribute) => setValueSize(draft, attribute, readUint(attribute))],
  [
    "key",
    (draft: Draft, attribute: Attribute) => {
      const { type, size } = readType(attribute);
      setKeySize(draft, attribute, size);
      draft.keyType = type;
    },
  ],
  [
    "value",
    (draft: Draft, attribute: Attribute) => {
      const { type, size } = readType(attribute);
      setValueSize(draft, attribute, size);
      draft.valueType = type;
    },
  ],
  ["pinning", (draft: Draft, attribute: Attribute) => void (draft.pinning = readPinning(attribute))],
  ["values", readValues],
]);

function attributeError({ place, member }: Attribute, message: string): BtfParseError {
  return fail(place, `attribute ${member.name} ${message}`);
}

/** `__uint(name, value)` is `int (*name)[value]`. */
function readUint(attribute: Attribute): number {
  const { btf, member } = attribute;
  const pointer = btf.resolve(member.type);
  const array = pointer.kind === "PTR" ? btf.resolve(pointer.type) : undefined;
  if (array?.kind !== "ARRAY") throw attributeError(attribute, "is no number; write it with __uint()");
  return array.nelems;
}

/** `__ulong(name, value)` is an enum of one enumerator, for what does not fit in an array's size. */
function readUlong(attribute: Attribute): bigint {
  const { btf, member } = attribute;
  const type = btf.resolve(member.type);
  if (type.kind !== "ENUM" && type.kind !== "ENUM64") return BigInt(readUint(attribute));
  const [only, second] = type.values;
  if (only === undefined || second !== undefined) {
    throw attributeError(attribute, "is an enum of other than one value; write it with __ulong()");
  }
  return BigInt.asUintN(64, BigInt(only.value));
}

/** `__type(name, T)` is `T *name`. */
function readType(attribute: Attribute): { readonly type: TypeId; readonly size: number } {
  const { btf, member } = attribute;
  const pointer = btf.resolve(member.type);
  if (pointer.kind !== "PTR") throw attributeError(attribute, "is no type; write it with __type()");
  const size = sizeOf(btf, pointer.type);
  if (size === undefined) throw attributeError(attribute, "is a type without a size");
  return { type: pointer.type, size };
}

function setKeySize(draft: Draft, attribute: Attribute, size: number): void {
  if (draft.keySize !== undefined && draft.keySize !== size) {
    throw attributeError(attribute, `says that keys have ${size} bytes, another one ${draft.keySize}`);
  }
  draft.keySize = size;
}

function setValueSize(draft: Draft, attribute: Attribute, size: number): void {
  if (draft.valueSize !== undefined && draft.valueSize !== size) {
    throw attributeError(attribute, `says that values have ${size} bytes, another one ${draft.valueSize}`);
  }
  draft.valueSize = size;
}

/** `enum libbpf_pin_type` */
function readPinning(attribute: Attribute): "none" | "by_name" {
  if (attribute.place.inner) throw attributeError(attribute, "is not possible for an inner map");
  const value = readUint(attribute);
  if (value > 1) throw attributeError(attribute, `has the unknown value ${value}`);
  return value === 1 ? "by_name" : "none";
}

/** `__array(values, T)` is `T *values[]`: the inner map, or the type of a program array's functions. */
function readValues(draft: Draft, attribute: Attribute): void {
  const { btf, place, member } = attribute;
  const ofMaps = draft.type === ARRAY_OF_MAPS || draft.type === HASH_OF_MAPS;
  if (place.inner) throw attributeError(attribute, "makes a map of maps of maps, which the kernel has not");
  if (!attribute.last) throw attributeError(attribute, "must be the last one");
  if (!ofMaps && draft.type !== PROG_ARRAY) {
    throw attributeError(attribute, "is for maps of maps and program arrays, and must follow type");
  }
  setValueSize(draft, attribute, FD_SIZE);
  const array = btf.resolve(member.type);
  const pointer = array.kind === "ARRAY" && array.nelems === 0 ? btf.resolve(array.type) : undefined;
  if (pointer?.kind !== "PTR") throw attributeError(attribute, "is no array; write it with __array()");
  draft.valuesOffset = Math.floor(member.bitOffset / 8);
  const target = btf.resolve(pointer.type);
  if (!ofMaps) {
    if (target.kind !== "FUNC_PROTO") throw attributeError(attribute, "must be of functions");
    return;
  }
  if (target.kind !== "STRUCT") throw attributeError(attribute, "must be of map definitions");
  draft.inner = readMapDefinition(btf, target, `${place.name}.inner`, true);
}
