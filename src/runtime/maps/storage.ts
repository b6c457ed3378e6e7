/**
 * `BPF_MAP_TYPE_SK_STORAGE`, `BPF_MAP_TYPE_TASK_STORAGE`, `BPF_MAP_TYPE_INODE_STORAGE`, `BPF_MAP_TYPE_CGRP_STORAGE`:
 * values that hang on things of the kernel's, and go with them. From here such a thing is named by a descriptor.
 */
import { constants } from "node:fs";
import { show } from "../codec/check.ts";
import type { Codec } from "../codec/codec.ts";
import { le } from "../codec/kinds.ts";
import { EEXIST, ENOENT } from "../errno.ts";
import { BpfError, ValueError } from "../errors.ts";
import { errno, libc } from "../native.ts";
import { Elements } from "./elements.ts";
import {
  type Descriptor,
  descriptor,
  type SocketDescriptor,
  socketDescriptor,
  withDescriptor,
} from "./fd-argument.ts";
import { BpfMap, type MapDescriptor, type MapHandle } from "./map.ts";
import type { MapType } from "./types.ts";
import { UPDATE_MODES, updateFlags, type UpdateMode } from "./update-mode.ts";

/**
 * A map whose keys are things of the kernel's. It cannot be listed.
 *
 * @typeParam T - what names a thing
 * @typeParam V - a value when read
 * @typeParam VI - what writing a value accepts
 */
abstract class StorageMap<T, V, VI> extends BpfMap {
  readonly #handle: MapHandle;
  readonly #elements: Elements<number, V, number, VI>;

  /** @internal */
  constructor(handle: MapHandle, value: Codec<V, VI>) {
    super(handle);
    this.#handle = handle;
    this.#elements = new Elements(handle, le.i32, value);
  }

  /** Calls `action` with a descriptor of the thing. @internal */
  protected abstract with<R>(owner: T, action: (fd: number) => R): R;

  /** The value that the thing has; `undefined` when it has none. */
  get(owner: T): V | undefined {
    return this.#on(owner, (fd) => this.#elements.get(fd));
  }

  has(owner: T): boolean {
    return this.#on(owner, (fd) => this.#elements.has(fd));
  }

  /** Gives the thing a value, whether it has one or not. */
  set(owner: T, value: VI): this {
    const code = this.#on(owner, (fd) => this.#elements.update(fd, value, UPDATE_MODES.any));
    if (code !== 0) throw this.#elements.failure("set a value in", code);
    return this;
  }

  /**
   * Gives the thing a value only when it has none (`noexist`), or only when it has one (`exist`).
   *
   * @returns whether it was given
   */
  update(owner: T, value: VI, mode: UpdateMode): boolean {
    const code = this.#on(owner, (fd) => this.#elements.update(fd, value, updateFlags(mode)));
    if (code === 0) return true;
    if ((mode === "noexist" && code === EEXIST) || (mode === "exist" && code === ENOENT)) return false;
    throw this.#elements.failure("set a value in", code);
  }

  /** @returns whether the thing had a value */
  delete(owner: T): boolean {
    return this.#on(owner, (fd) => this.#elements.delete(fd));
  }

  #on<R>(owner: T, action: (fd: number) => R): R {
    this.#handle.assertOpen();
    return this.with(owner, action);
  }
}

/** Values of sockets, which are named by their descriptors. Needs Linux 5.2. */
export class SkStorage<V, VI = V> extends StorageMap<SocketDescriptor, V, VI> {
  /** @internal */
  protected override with<R>(socket: SocketDescriptor, action: (fd: number) => R): R {
    return action(socketDescriptor(socket, "socket"));
  }
}

/** Values of inodes, which are named by paths or descriptors. Needs Linux 5.10. */
export class InodeStorage<V, VI = V> extends StorageMap<string | Descriptor, V, VI> {
  /** @internal */
  protected override with<R>(file: string | Descriptor, action: (fd: number) => R): R {
    return withDescriptor(file, "file", 0, action);
  }
}

/** Values of cgroups (version 2), which are named by their folders or descriptors of those. Needs Linux 6.2. */
export class CgroupStorage<V, VI = V> extends StorageMap<string | Descriptor, V, VI> {
  /** @internal */
  protected override with<R>(cgroup: string | Descriptor, action: (fd: number) => R): R {
    return withDescriptor(cgroup, "cgroup", constants.O_DIRECTORY, action);
  }
}

// The same on all architectures (include/uapi/asm-generic/unistd.h), since Linux 5.3.
const SYS_pidfd_open = 434;

/**
 * Values of tasks, which are named by the ids of processes (of their first threads, that is), or by pidfds. Needs Linux
 * 5.11.
 */
export class TaskStorage<V, VI = V> extends StorageMap<number | { readonly fd: number }, V, VI> {
  /** @internal */
  protected override with<R>(task: number | { readonly fd: number }, action: (fd: number) => R): R {
    if (typeof task !== "number") return action(descriptor(task, "task"));
    if (!Number.isInteger(task) || task <= 0 || task > 0x7fff_ffff)
      throw new ValueError(`${show(task)} is no process id`, "task");
    const fd = libc.syscall(SYS_pidfd_open, task, 0, 0, 0, 0);
    if (fd < 0) throw new BpfError({ operation: `find process ${task}`, errno: errno() });
    try {
      return action(fd);
    } finally {
      libc.close(fd);
    }
  }
}

/** Describes a map of sockets' values. */
export function skStorage<V, VI>(value: Codec<V, VI>): MapDescriptor<SkStorage<V, VI>> {
  return { ...storageSizes(value, "sk_storage"), create: (handle) => new SkStorage(handle, value) };
}

/** Describes a map of tasks' values. */
export function taskStorage<V, VI>(value: Codec<V, VI>): MapDescriptor<TaskStorage<V, VI>> {
  return { ...storageSizes(value, "task_storage"), create: (handle) => new TaskStorage(handle, value) };
}

/** Describes a map of inodes' values. */
export function inodeStorage<V, VI>(value: Codec<V, VI>): MapDescriptor<InodeStorage<V, VI>> {
  return { ...storageSizes(value, "inode_storage"), create: (handle) => new InodeStorage(handle, value) };
}

/** Describes a map of cgroups' values. */
export function cgroupStorage<V, VI>(value: Codec<V, VI>): MapDescriptor<CgroupStorage<V, VI>> {
  return { ...storageSizes(value, "cgrp_storage"), create: (handle) => new CgroupStorage(handle, value) };
}

function storageSizes(
  value: { readonly size: number },
  type: MapType,
): Pick<MapDescriptor<unknown>, "types" | "keySize" | "valueSize"> {
  return { types: [type], keySize: 4, valueSize: value.size };
}
