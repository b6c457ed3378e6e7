/** What the kernel knows of a map by its descriptor: `struct bpf_map_info` (include/uapi/linux/bpf.h). */
import { readFileSync } from "node:fs";
import { allocate, type Memory, recycle } from "../native.ts";
import { cString, objectInfo } from "../object-info.ts";
import type { MapInfo } from "./map.ts";
import { mapTypeName } from "./types.ts";

/** A map as the kernel describes it. */
export interface KernelMapInfo extends MapInfo {
  readonly id: number;
  /** At most 15 characters of the one in the C source. */
  readonly name: string;
  /** The BTF that its types are of, 0 when it came without. */
  readonly btfId: number;
  readonly keyTypeId: number;
  readonly valueTypeId: number;
  readonly mapExtra: bigint;
}

/** Up to `map_extra`, which Linux 5.16 added; older kernels leave what they do not know as it is: 0. */
const SIZE = 88;
const NAME = { offset: 24, size: 16 };

/** @throws {BpfError} when it is no map's descriptor */
export function readMapInfo(fd: number): KernelMapInfo {
  const memory = readInfo(fd);
  const { view, bytes } = memory;
  const info = {
    type: mapTypeName(view.getUint32(0, true)),
    id: view.getUint32(4, true),
    keySize: view.getUint32(8, true),
    valueSize: view.getUint32(12, true),
    maxEntries: view.getUint32(16, true),
    flags: view.getUint32(20, true),
    name: cString(bytes.subarray(NAME.offset, NAME.offset + NAME.size)),
    btfId: view.getUint32(64, true),
    keyTypeId: view.getUint32(68, true),
    valueTypeId: view.getUint32(72, true),
    mapExtra: view.getBigUint64(80, true),
  };
  recycle(memory);
  return info;
}

/** @throws {BpfError} when it is no map's descriptor */
export function readMapId(fd: number): number {
  const memory = readInfo(fd);
  const id = memory.view.getUint32(4, true);
  recycle(memory);
  return id;
}

/** Whether user space may no longer write a map; only /proc says so (syscall.c, bpf_map_show_fdinfo). */
export function isFrozen(fd: number): boolean {
  try {
    return /^frozen:\s*1$/m.test(readFileSync(`/proc/self/fdinfo/${fd}`, "latin1"));
  } catch {
    return false; // without /proc
  }
}

function readInfo(fd: number): Memory {
  const info = allocate(SIZE);
  objectInfo(fd, info, "a map");
  return info;
}
