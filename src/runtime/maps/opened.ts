/** Maps that are opened or made on their own, apart from a skeleton. */
import { assertObject, assertOptions, text } from "../arguments.ts";
import { show, u32, wrong } from "../codec/check.ts";
import { EINVAL } from "../errno.ts";
import { SkeletonError, ValueError } from "../errors.ts";
import { mapNeedsNewer } from "../kernel-versions.ts";
import { byIdHint, openPinHint } from "../pin-hint.ts";
import { check } from "../log.ts";
import { libbpf, libc } from "../native.ts";
import { onlyOf } from "../own-descriptor.ts";
import { atThreadExit } from "../thread-exit.ts";
import { type KernelMapInfo, readMapInfo } from "./kernel-info.ts";
import type { InnerMap } from "./map-of-maps.ts";
import { type MapDescriptor, MapHandle } from "./map.ts";
import { descriptorPins } from "./pins.ts";
import { type MapType, mapTypeNumber } from "./types.ts";

/** A map that belongs to whoever opened it, and stays open until it is closed. */
export type Opened<M> = M & Disposable & { readonly closed: boolean; close(): void };

/**
 * Opens a pinned map, of which you say what it is. The function of this name in `tinybpf/dynamic` can find that out from the
 * kernel.
 *
 * @param path - the pin, in a BPF file system
 * @param descriptor - what the map is: a kind and its codecs, as in `hashMap(le.u32, Stats)`
 * @throws {SkeletonError} when the map is of another kind, or its keys or values have other sizes
 * @throws {BpfError} when there is no such map
 * @example
 * ```ts
 * using shared = openPinnedMap("/sys/fs/bpf/shared", hashMap(le.u32, le.u64));
 * shared.get(1);
 * ```
 */
export function openPinnedMap<M extends object>(path: string, descriptor: MapDescriptor<M>): Opened<M> {
  assertDescriptor(descriptor);
  return openMapDescriptor(pinnedMapDescriptor(path), descriptor, `map pinned at ${path}`, path);
}

/** A descriptor of a pinned map. @throws {SkeletonError} when something else is pinned there */
export function pinnedMapDescriptor(path: string): number {
  const file = text(path, "path");
  const fd = check(
    `open pinned map ${file}`,
    () => libbpf.bpf_obj_get(file),
    (errno) => openPinHint(errno, file, "map"),
  );
  return onlyOf("map", fd, () => new SkeletonError(`what is pinned at ${file} is no map`));
}

/**
 * Opens a map by its id, as `bpftool map` shows it. Needs CAP_SYS_ADMIN.
 *
 * @throws {SkeletonError} when the map is of another kind, or its keys or values have other sizes
 * @throws {BpfError} when there is no such map
 */
export function openMapById<M extends object>(id: number, descriptor: MapDescriptor<M>): Opened<M> {
  assertDescriptor(descriptor);
  return openMapDescriptor(mapDescriptorById(id), descriptor, `map ${id}`);
}

/** A descriptor of the map with an id. */
export function mapDescriptorById(id: number): number {
  const number = u32(id, "id");
  return check(`open map ${number}`, () => libbpf.bpf_map_get_fd_by_id(number), byIdHint);
}

/** @throws {ValueError} when it is none, as when the codec or the map is given in its place */
function assertDescriptor(value: unknown): void {
  assertObject(value, "descriptor");
  if (!("types" in value && "create" in value && Array.isArray(value.types)))
    throw wrong(value, "a descriptor such as hashMap(le.u32, le.u64)", "descriptor");
}

/** What a new map is. */
export interface NewMap {
  /** Of the kinds that the descriptor describes; the first of them by default. */
  readonly type?: MapType;
  /** At most 15 letters, digits, `_` and `.`. */
  readonly name?: string;
  readonly maxEntries: number;
  /** `BPF_F_*` */
  readonly flags?: number;
}

/**
 * Makes a map of its own, to be put into a map of maps, or pinned.
 *
 * @throws {BpfError} when the kernel refuses
 * @example
 * ```ts
 * using counters = createMap(arrayMap(le.u64), { maxEntries: 4 });
 * ```
 */
export function createMap<M extends object>(descriptor: MapDescriptor<M>, map: NewMap): Opened<M> {
  assertDescriptor(descriptor);
  assertOptions<NewMap>(map, "map", { type: true, name: true, maxEntries: true, flags: true });
  const [first = "unspec"] = descriptor.types;
  const type = map.type ?? first;
  if (!descriptor.types.includes(type))
    throw new ValueError(`${show(type)} is none of ${descriptor.types.join(", ")}`, "type");
  const name = nameOf(map);
  const maxEntries = u32(map.maxEntries, "maxEntries");
  const flags = u32(map.flags ?? 0, "flags");
  // The kernel takes of it what the maps inside will be like (map_in_map.c, bpf_map_meta_alloc).
  const inner = descriptor.inner && createLike(descriptor.inner);
  const create = (): number =>
    libbpf.bpf_map_create(mapTypeNumber(type), name, descriptor.keySize, descriptor.valueSize, maxEntries, {
      btf_fd: 0,
      btf_key_type_id: 0,
      btf_value_type_id: 0,
      btf_vmlinux_value_type_id: 0,
      inner_map_fd: inner?.fd ?? 0,
      map_flags: flags,
    });
  let fd: number;
  try {
    fd = check(`create a map of type ${type}`, create, (errno) => createHint(errno, name, type, maxEntries));
  } finally {
    inner?.close();
  }
  return openMapDescriptor(fd, descriptor, name === "" ? `map of type ${type}` : `map ${name}`);
}

/** Makes a map to be put into a map of maps, as `inner` and `options` say. */
export function createLike<M extends object>(
  { descriptor, ...map }: InnerMap<M>,
  options: Partial<NewMap> = {},
): Opened<M> {
  return createMap(descriptor, { ...map, ...options });
}

/** Kinds that the kernel makes only with the BTF of their values (bpf_local_storage.c, bpf_local_storage_map_alloc_check). */
const WITH_BTF: ReadonlySet<MapType> = new Set([
  "sk_storage",
  "inode_storage",
  "task_storage",
  "cgrp_storage",
]);

function createHint(errno: number, name: string, type: MapType, maxEntries: number): string | undefined {
  if (errno !== EINVAL) return undefined;
  const hint = WITH_BTF.has(type)
    ? "Such a map needs the BTF of its values: only an object can have it"
    : entriesHint(type, maxEntries);
  return mapNeedsNewer({ name, type }) ?? hint;
}

/** What the kernel wants of the number of entries (ringbuf.c, ringbuf_map_alloc; arraymap.c, array_map_alloc_check). */
function entriesHint(type: MapType, maxEntries: number): string | undefined {
  const isRing = type === "ringbuf" || type === "user_ringbuf";
  if (isRing && (maxEntries < SMALLEST_RING || (maxEntries & (maxEntries - 1)) !== 0))
    return "maxEntries are its bytes: a power of 2, and a multiple of the page size, as 4096 or 262144";
  return maxEntries === 0 ? "maxEntries must be at least 1" : undefined;
}

/** A page of x86-64; other machines may have larger ones. */
const SMALLEST_RING = 4096;

/** BPF_OBJ_NAME_LEN (include/uapi/linux/bpf.h), without the NUL. libbpf would cut a longer name. */
const LONGEST_NAME = 15;

function nameOf({ name = "" }: NewMap): string {
  // syscall.c, bpf_obj_name_cpy
  if (!/^[\w.]*$/.test(text(name, "name")))
    throw new ValueError(`${show(name)} has other characters than letters, digits, _ and .`, "name");
  if (Buffer.byteLength(name) <= LONGEST_NAME) return name;
  throw new ValueError(
    `${show(name)} is longer than the ${LONGEST_NAME} characters that the kernel keeps`,
    "name",
  );
}

/**
 * Makes the object of a descriptor that is ours from now on.
 *
 * @throws {SkeletonError} when the map is not as `descriptor` says; the descriptor is closed then
 */
export function openMapDescriptor<M extends object>(
  fd: number,
  descriptor: MapDescriptor<M>,
  title: string,
  pinned?: string,
): Opened<M> {
  try {
    const info = readMapInfo(fd);
    assertFits(info, descriptor, title);
    const handle: MapHandle = new MapHandle(
      descriptorPins(() => handle.fd, pinned),
      fd,
      info.name,
      info,
    );
    return closable(descriptor.create(handle), handle, fd);
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

/** Kinds without keys or values of ours, whatever sizes they have. */
const UNSIZED: ReadonlySet<MapType | "unknown"> = new Set(["ringbuf", "user_ringbuf", "perf_event_array"]);

function assertFits(info: KernelMapInfo, descriptor: MapDescriptor<unknown>, title: string): void {
  const misfit = (is: string, wanted: string | number): SkeletonError =>
    new SkeletonError(`${title} ${is}, and not ${wanted} as it was to be opened`);
  if (info.type !== "unknown" && !descriptor.types.includes(info.type))
    throw misfit(`is of type ${info.type}`, descriptor.types.join(" or "));
  if (UNSIZED.has(info.type)) return;
  if (info.keySize !== descriptor.keySize)
    throw misfit(`has keys of ${info.keySize} bytes`, descriptor.keySize);
  if (info.valueSize !== descriptor.valueSize)
    throw misfit(`has values of ${info.valueSize} bytes`, descriptor.valueSize);
}

function closable<M extends object>(map: M, handle: MapHandle, fd: number): Opened<M> {
  const close = (): void => {
    if (handle.closed) return;
    unwatchThread();
    handle.close();
    libc.close(fd);
  };
  const unwatchThread = atThreadExit(close);
  return Object.defineProperties(map, {
    close: { value: close },
    closed: { get: () => handle.closed },
    [Symbol.dispose]: { value: close },
  }) as Opened<M>;
}
