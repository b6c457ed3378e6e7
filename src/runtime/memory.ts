/** Memory of the kernel's that is mapped into ours: ring buffers, globals, mappable arrays. */
import { BpfError } from "./errors.ts";
import { errno, isMapFailed, libc, viewOf } from "./native.ts";

// The same on x86-64 and arm64 (asm-generic/mman-common.h).
const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;

/** Memory mapped from a descriptor. */
export interface Mapping {
  /**
   * The mapped bytes. Nothing may use it, or a view of it, once the mapping is closed: that crashes the process. Keep it
   * and its views private, and replace them on close (see `closedView`).
   */
  readonly buffer: ArrayBuffer;
  readonly closed: boolean;
  /** Unmaps at once: nothing may call user code, which may close, in the midst of an access. Closing twice is fine. */
  close(): void;
}

let cachedPageSize: number | undefined;

/** Bytes of a page of memory: 4096 on x86-64; 4096, 16384 or 65536 on arm64. */
export function pageSize(): number {
  cachedPageSize ??= libc.getpagesize();
  return cachedPageSize;
}

/** `size`, rounded up to whole pages. */
export function pageAlign(size: number): number {
  const page = pageSize();
  return Math.ceil(size / page) * page;
}

/**
 * Maps `length` bytes of a descriptor, shared, from byte `offset`, a multiple of the page size. The mapping outlives the
 * descriptor.
 *
 * @param writable - without it, a write through the buffer kills the process: the caller must make it impossible
 * @param what - what it is for, in the error
 * @throws {BpfError} when the kernel refuses
 * @throws {RangeError} when the length is 0, no integer, or 4 GiB or more
 */
export function mapMemory(
  fd: number,
  length: number,
  offset: number,
  writable: boolean,
  what = "memory",
): Mapping {
  if (!Number.isInteger(length) || length <= 0 || length > 0xffff_ffff)
    throw new RangeError(`cannot map ${length} bytes of ${what}: must be more than 0 and less than 4 GiB`);
  const address = libc.mmap(
    null,
    length,
    writable ? PROT_READ | PROT_WRITE : PROT_READ,
    MAP_SHARED,
    fd,
    offset,
  );
  if (isMapFailed(address))
    throw new BpfError({ operation: `map ${length} bytes of ${what}`, errno: errno() });
  const buffer = viewOf(address, length);
  let closed = false;
  return {
    buffer,
    get closed() {
      return closed;
    },
    close() {
      if (closed) return;
      closed = true;
      libc.munmap(address, length);
    },
  };
}
