/** Values with a `struct bpf_spin_lock`: the kernel can hold it while it copies them. */
import type { Codec } from "../codec/codec.ts";
import { allocate, type Memory } from "../native.ts";
import { readMapInfo } from "./kernel-info.ts";
import type { MapHandle } from "./map.ts";

// include/uapi/linux/bpf.h
const BPF_F_LOCK = 4;

/** Whether the values of a codec have members that belong to the kernel: it maps no memory of such maps (bpf_map_mmap). */
export function hasKernelFields(value: Pick<Codec<unknown>, "type">): boolean {
  return kernelFieldsOf(value).length > 0;
}

/**
 * The flag with which reading and writing a map's values hold their lock, so that neither sees or leaves halves; 0 when they
 * have none, or the kernel does not know of it: a map that was made without BTF.
 */
export function lockFlag(map: MapHandle, value: Pick<Codec<unknown>, "type">): number {
  if (map.usableFd < 0 || !kernelFieldsOf(value).includes("bpf_spin_lock")) return 0;
  return readMapInfo(map.usableFd).valueTypeId === 0 ? 0 : BPF_F_LOCK;
}

function kernelFieldsOf({ type }: Pick<Codec<unknown>, "type">): string[] {
  if (type.kind !== "struct") return [];
  return Object.values(type.fields).flatMap(({ ofKernel }) => (ofKernel === undefined ? [] : [ofKernel]));
}

/** `struct bpf_map_batch_opts` (bpf.h of libbpf): its size, `elem_flags`, `flags`. */
export function batchOptions(elementFlags: number): Memory | undefined {
  if (elementFlags === 0) return undefined;
  const memory = allocate(BATCH_OPTIONS_SIZE);
  memory.view.setBigUint64(0, BigInt(BATCH_OPTIONS_SIZE), true);
  memory.view.setBigUint64(8, BigInt(elementFlags), true);
  return memory;
}

const BATCH_OPTIONS_SIZE = 24;
