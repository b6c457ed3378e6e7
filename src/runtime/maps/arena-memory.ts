/** The memory of an arena, which libbpf maps when it loads the object (libbpf.c, bpf_object__create_maps). */
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import type { BpfMapPointer } from "../c.ts";
import { EFAULT } from "../errno.ts";
import { BpfError, SkeletonError, TinyBpfError } from "../errors.ts";
import { addressOf, allocate, copyTo, libbpf, setPointer } from "../native.ts";
import type { MapHandle } from "./map.ts";
import { objectMap } from "./object-map.ts";
import { mapTypeName } from "./types.ts";

/**
 * An arena's bytes. A page that nobody allocated yet is allocated by the fault of its first access, or, as the arena's
 * flags and the memory that is left may have it, kills the process (kernel/bpf/arena.c, arena_vm_fault). So everything is
 * read through /proc/self/mem, where the same fault is an error; and before a page is written, it is read.
 */
export class ArenaMemory {
  /** Where it is in this process: what pointers into it count from. */
  readonly start: bigint;
  readonly size: number;
  readonly #title: string;
  readonly #file: number;

  constructor(handle: MapHandle) {
    this.#title = handle.title;
    const mapping = arenaMapping(objectMap(handle).pointer);
    if (mapping === undefined)
      throw new TinyBpfError(
        `${handle.title} has no memory in this process: libbpf maps an arena that it creates, and none that it reuses`,
      );
    const [start, end] = mapping;
    this.start = start;
    this.size = Number(end - start);
    const file = openSync("/proc/self/mem", "r");
    this.#file = file;
    handle.onClose(() => closeSync(file));
  }

  /** Copies bytes, which must be inside. */
  read(offset: number, length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) done += this.#read(bytes, done, length - done, offset + done);
    return bytes;
  }

  /** Writes bytes, which must be inside. */
  write(offset: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.read(offset, bytes.length);
    copyTo(addressOf(this.start + BigInt(offset)), bytes);
  }

  #read(bytes: Uint8Array, at: number, length: number, offset: number): number {
    let count = 0;
    try {
      count = readSync(this.#file, bytes, at, length, this.start + BigInt(offset));
    } catch (error) {
      if (!isIoError(error)) throw error;
    }
    if (count > 0) return count;
    throw new BpfError({
      operation: `access byte ${offset} of ${this.#title}`,
      errno: EFAULT,
      hint: "No program has allocated that page, and the kernel does not do it for us",
    });
  }
}

const BPF_F_SEGV_ON_FAULT = 1 << 17;

/**
 * libbpf writes an arena's global variables when it loads the object, and is killed by that if the kernel does not allocate
 * pages on access.
 *
 * @throws {SkeletonError} when a map is such an arena
 */
export function assertNoFault(name: string, map: BpfMapPointer): void {
  if (mapTypeName(libbpf.bpf_map__type(map)) !== "arena") return;
  if ((libbpf.bpf_map__map_flags(map) & BPF_F_SEGV_ON_FAULT) === 0) return;
  const size = allocate(8);
  if (libbpf.bpf_map__initial_value(map, size.address) === null || size.view.getBigUint64(0, true) === 0n)
    return;
  throw new SkeletonError(
    `map ${name} has BPF_F_SEGV_ON_FAULT, but global variables, too: libbpf could not write them. Do without one of them`,
  );
}

function isIoError(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EIO";
}

/**
 * libbpf tells where the arena, or what is in it of global variables, begins (bpf_map__initial_value); the kernel, from
 * where to where the mapping around that goes. Undefined when there is none.
 */
export function arenaMapping(map: BpfMapPointer): readonly [start: bigint, end: bigint] | undefined {
  const told = allocate(8);
  setPointer(told, 0, libbpf.bpf_map__initial_value(map, allocate(8).address));
  const inside = told.view.getBigUint64(0, true);
  // Each line begins with the mapping's addresses: `7f13ae0c8000-7f13ae0c9000`.
  for (const [, first = "", last = ""] of readFileSync("/proc/self/maps", "latin1").matchAll(
    /^([0-9a-f]+)-([0-9a-f]+) .*anon_inode:bpf-map/gm,
  )) {
    const [start, end] = [BigInt(`0x${first}`), BigInt(`0x${last}`)];
    if (inside >= start && inside < end) return [start, end];
  }
  return undefined;
}
