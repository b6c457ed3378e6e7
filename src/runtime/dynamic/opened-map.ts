/** Maps of any kind, opened by pin or id, with values typed from the BTF that the kernel keeps for them. */
import { parseBtf } from "tinybpf-btf";
import { assertOptions, isKeyOf, text } from "../arguments.ts";
import { wrong } from "../codec/check.ts";
import type { AnyCodec } from "../codec/value-type.ts";
import { SkeletonError, TypeMismatchError } from "../errors.ts";
import { type KernelMapInfo, readMapInfo } from "../maps/kernel-info.ts";
import { readKernelBtf } from "../maps/map-btf.ts";
import type { MapDescriptor } from "../maps/map.ts";
import {
  mapDescriptorById,
  type Opened,
  openMapById as openMapByIdAs,
  openMapDescriptor,
  openPinnedMap as openPinnedMapAs,
  pinnedMapDescriptor,
} from "../maps/opened.ts";
import { libc } from "../native.ts";
import { BtfCodecs } from "./btf-codecs.ts";
import {
  codecsOfMaps,
  type DynamicMap,
  type DynamicMaps,
  type DynamicValueCodec,
  type EventReader,
  MAP_CLASSES,
  mapDescriptor,
  type MapShape,
} from "./map-kinds.ts";
import { assertCodec, codecMismatches, describeMismatch } from "./mismatches.ts";
import { typeInfo } from "./type-info.ts";
import { lookupType } from "./type-registry.ts";

/** What a map holds, in place of what the kernel's BTF says, or where it says nothing. */
export interface OpenedMapCodecs {
  readonly key?: AnyCodec;
  /** Of the values, or of the events of a ring buffer or perf event array. */
  readonly value?: AnyCodec;
}

/**
 * Opens a pinned map, whatever it is. Its class is that of its kind; keys and values are typed from the BTF that the kernel
 * keeps for the map, and bytes where it keeps none, as for queues, stacks and ring buffers. Of the maps in a map the kernel
 * says nothing: a map of maps is an `OtherMap`, unless it is opened with a descriptor. With that this does what the function
 * of this name in `tinybpf` does.
 *
 * @param path - the pin, in a BPF file system
 * @param kind - the name of the class that it must be of: `HashMap`
 * @param codecs - for what the kernel does not know, or to have other types; they must describe what it does know
 * @throws {BpfError} when nothing is pinned there, or the kernel refuses
 * @throws {SkeletonError} when it is a map of another class, or its keys or values have other sizes
 * @throws {TypeMismatchError} when a codec does not describe the type in the kernel's BTF
 *
 * @example
 * ```ts
 * using shared = openPinnedMap("/sys/fs/bpf/shared", "HashMap");
 * for (const [key, value] of shared) console.log(key, value);
 * ```
 */
export function openPinnedMap(path: string): Opened<DynamicMap>;
export function openPinnedMap<K extends keyof DynamicMaps>(
  path: string,
  kind: K,
  codecs?: OpenedMapCodecs,
): Opened<DynamicMaps[K]>;
export function openPinnedMap<M extends object>(path: string, descriptor: MapDescriptor<M>): Opened<M>;
export function openPinnedMap(
  path: string,
  kind?: keyof DynamicMaps | MapDescriptor<object>,
  codecs: OpenedMapCodecs = {},
): Opened<object> {
  if (typeof kind === "object") return openPinnedMapAs(path, kind);
  assertKind(kind);
  assertCodecs(codecs);
  const title = `map pinned at ${text(path, "path")}`;
  return openKernelMap(pinnedMapDescriptor(path), title, kind, codecs, path);
}

/**
 * Opens a map by its id, as `bpftool map` shows it, whatever it is: as {@link openPinnedMap} does. Needs CAP_SYS_ADMIN.
 *
 * @throws {BpfError} when there is no such map
 * @throws {SkeletonError} when it is a map of another class, or its keys or values have other sizes
 * @throws {TypeMismatchError} when a codec does not describe the type in the kernel's BTF
 */
export function openMapById(id: number): Opened<DynamicMap>;
export function openMapById<K extends keyof DynamicMaps>(
  id: number,
  kind: K,
  codecs?: OpenedMapCodecs,
): Opened<DynamicMaps[K]>;
export function openMapById<M extends object>(id: number, descriptor: MapDescriptor<M>): Opened<M>;
export function openMapById(
  id: number,
  kind?: keyof DynamicMaps | MapDescriptor<object>,
  codecs: OpenedMapCodecs = {},
): Opened<object> {
  if (typeof kind === "object") return openMapByIdAs(id, kind);
  assertKind(kind);
  assertCodecs(codecs);
  return openKernelMap(mapDescriptorById(id), `map ${id}`, kind, codecs);
}

function assertKind(kind: unknown): void {
  if (kind !== undefined && !isKeyOf(MAP_CLASSES, kind))
    throw wrong(kind, `one of ${Object.keys(MAP_CLASSES).join(", ")}`, "kind");
}

function assertCodecs(codecs: OpenedMapCodecs): void {
  assertOptions<OpenedMapCodecs>(codecs, "codecs", { key: true, value: true });
  if (codecs.key !== undefined) assertCodec(codecs.key, "codecs.key");
}

/** Makes the object of a map's descriptor, which is ours from now on. */
function openKernelMap(
  fd: number,
  title: string,
  kind: keyof DynamicMaps | undefined,
  codecs: OpenedMapCodecs,
  pinned?: string,
): Opened<DynamicMap> {
  const descriptor = closingOnError(fd, () => {
    const shape = shapeOf(readMapInfo(fd));
    const event = codecs.value as EventReader | undefined;
    return mapDescriptor(shape.map, { key: keyOf(shape, codecs), value: valueOf(shape, codecs) }, event);
  });
  const opened = openMapDescriptor(fd, descriptor, title, pinned);
  const found = Object.entries(MAP_CLASSES).find(([, Class]) => opened.constructor === Class)?.[0];
  if (kind === undefined || found === kind) return opened;
  opened.close();
  throw new SkeletonError(`the ${title} is a ${String(found)}, and no ${kind}`);
}

function closingOnError<T>(fd: number, make: () => T): T {
  try {
    return make();
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

/** A map as the kernel knows it. */
interface Shape {
  readonly map: MapShape;
  readonly types: BtfCodecs | undefined;
}

function shapeOf(info: KernelMapInfo): Shape {
  return {
    map: {
      typeName: info.type,
      keySize: info.keySize,
      valueSize: info.valueSize,
      maxEntries: info.maxEntries,
      mapFlags: info.flags,
      // 0, `void`, stands for none.
      keyType: info.keyTypeId === 0 ? undefined : info.keyTypeId,
      valueType: info.valueTypeId === 0 ? undefined : info.valueTypeId,
      inner: undefined,
    },
    types: info.btfId === 0 ? undefined : new BtfCodecs(parseBtf(readKernelBtf(info.btfId)), lookupType),
  };
}

function keyOf({ map, types }: Shape, { key }: OpenedMapCodecs): () => DynamicValueCodec {
  return () => (key === undefined ? codecsOfMaps(types).key(map) : checked("key", key, types, map.keyType));
}

function valueOf({ map, types }: Shape, { value }: OpenedMapCodecs): () => DynamicValueCodec {
  return () =>
    value === undefined ? codecsOfMaps(types).value(map) : checked("value", value, types, map.valueType);
}

/** A codec that describes what the kernel knows of the type. */
function checked(
  what: string,
  codec: AnyCodec,
  types: BtfCodecs | undefined,
  id: number | undefined,
): DynamicValueCodec {
  if (types !== undefined && id !== undefined) {
    const type = typeInfo(types.btf, id);
    const found = codecMismatches(type, codec);
    if (found.length > 0)
      throw new TypeMismatchError(
        `the ${what}, ${type.name} for the kernel,`,
        found,
        found.map(describeMismatch),
      );
  }
  // What reading gives is what it is said to be; what is written is checked then.
  return codec as unknown as DynamicValueCodec;
}
