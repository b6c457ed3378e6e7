/** Memory of the kernel's that is mapped into ours: ring buffers, globals, mappable arrays. */
import type { Address } from "./c.ts";
import { BpfError } from "./errors.ts";
import { errno, isMapFailed, libc, viewOf } from "./native.ts";

// The same on x86-64 and arm64 (asm-generic/mman-common.h).
const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;
const MAP_PRIVATE = 2;
const MAP_FIXED = 0x10;
const MAP_ANONYMOUS = 0x20;
const MAP_NORESERVE = 0x4000;
const MAP_FIXED_NOREPLACE = 0x100000;
const NO_DESCRIPTOR = -1;

/** Memory mapped from a descriptor. */
export interface Mapping {
  /**
   * The mapped bytes. Nothing should use it, or a view of it, once the mapping is closed: keep it and its views private,
   * and replace them on close (see `closedView`).
   */
  readonly buffer: ArrayBuffer;
  readonly closed: boolean;
  /**
   * Lets go of the kernel's memory. What somebody reads or writes through the buffer after that, as a codec of the user's
   * own can that closes its object while it is called, is memory of nobody's, which goes with the buffer. Closing twice is
   * fine.
   */
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
      retire(buffer, address, length);
    },
  };
}

/** Memory that nobody can reach any more. */
const unreachable = new FinalizationRegistry<{ readonly address: Address; readonly length: number }>(
  ({ address, length }) => void libc.munmap(address, length),
);

/**
 * Puts empty memory in the place of a mapping, in one step. It takes no room until it is written to, and keeps the addresses
 * from becoming somebody else's as long as there is a buffer that shows them.
 */
function retire(buffer: ArrayBuffer, address: Address, length: number): void {
  if (!occupy(buffer, address, length, MAP_FIXED)) libc.munmap(address, length);
}

/**
 * The same where somebody else has unmapped the memory already: unless it is taken by now. Linux 4.17.
 *
 * @param buffer - what shows the memory that was there
 */
export function occupyUnmapped(buffer: ArrayBuffer, address: Address): void {
  occupy(buffer, address, buffer.byteLength, MAP_FIXED_NOREPLACE);
}

function occupy(buffer: ArrayBuffer, address: Address, length: number, where: number): boolean {
  const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | where;
  const made = libc.mmap(address, length, PROT_READ | PROT_WRITE, flags, NO_DESCRIPTOR, 0);
  if (isMapFailed(made)) return false;
  if (made === address) unreachable.register(buffer, { address, length });
  else libc.munmap(made, length); // an older kernel, which takes the address for a wish
  return true;
}
