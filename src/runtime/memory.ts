/** Memory of the kernel's that is mapped into ours: ring buffers, globals, mappable arrays. */
import type { Address } from "./c.ts";
import { BpfError } from "./errors.ts";
import { addressOfBuffer, errno, isMapFailed, libc, viewOf } from "./native.ts";

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
   * The mapped bytes. Nothing should use it, or what it is a view of, once the mapping is closed: keep it private, and
   * replace it on close (see `closedView`).
   */
  readonly view: DataView<ArrayBuffer>;
  readonly closed: boolean;
  /**
   * Lets go of the kernel's memory. What somebody reads or writes through the buffer after that, as a codec of the user's
   * own can that closes its object while it is called, is empty memory, which goes with the buffer. Closing twice is fine.
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
  const request = {
    fd,
    length,
    offset,
    protection: writable ? PROT_READ | PROT_WRITE : PROT_READ,
    operation: `map ${length} bytes of ${what}`,
  };
  const { buffer, retire } = mapIntoPages(request) ?? mapAnywhere(request);
  let closed = false;
  return {
    view: new DataView(buffer, 0, length),
    get closed() {
      return closed;
    },
    close() {
      if (closed) return;
      closed = true;
      retire();
    },
  };
}

interface Request {
  readonly fd: number;
  readonly length: number;
  readonly offset: number;
  readonly protection: number;
  readonly operation: string;
}

interface Mapped {
  readonly buffer: ArrayBuffer;
  /** Puts empty memory in the place of the kernel's. */
  readonly retire: () => void;
}

/** What of it is used here: TypeScript has its types only with those of browsers. */
declare const WebAssembly: {
  readonly Memory: new (size: { readonly initial: number; readonly maximum: number }) => {
    readonly buffer: ArrayBuffer;
  };
};

/** Bytes of a page of WebAssembly, and thus a multiple of any kernel's. */
const WASM_PAGE = 65_536;

/** Buffers whose pages may be somebody else's by now: they are never freed. */
const holes: ArrayBuffer[] = [];

/**
 * Maps into a buffer of whole pages, in the place of its own. JavaScript has such buffers only from WebAssembly, whose memory V8
 * reserves and unmaps as a whole: with the last that refers to it, or with the thread. Nobody can transfer it, and it is as
 * fast as any other.
 *
 * @returns undefined when there is no such buffer
 */
function mapIntoPages({ fd, length, offset, protection, operation }: Request): Mapped | undefined {
  const buffer = pages(length);
  if (buffer === undefined) return undefined;
  // What cannot be mapped must be refused before the buffer's pages are given up for it.
  const tried = libc.mmap(null, length, protection, MAP_SHARED, fd, offset);
  if (isMapFailed(tried)) throw new BpfError({ operation, errno: errno() });
  libc.munmap(tried, length);
  const address = addressOfBuffer(buffer);
  if (isMapFailed(libc.mmap(address, length, protection, MAP_SHARED | MAP_FIXED, fd, offset))) {
    const code = errno();
    holes.push(buffer);
    throw new BpfError({ operation, errno: code });
  }
  return { buffer, retire: () => void empty(addressOfBuffer(buffer), length, MAP_FIXED) };
}

let hasPages = true;

/**
 * WebAssembly may be switched off, and takes 10 GB of addresses for each memory: where they are limited (RLIMIT_AS), there are
 * none. V8 collects all garbage in search of them, several times; so it is not asked again.
 */
function pages(length: number): ArrayBuffer | undefined {
  if (!hasPages) return undefined;
  const count = Math.ceil(length / WASM_PAGE);
  try {
    return new WebAssembly.Memory({ initial: count, maximum: count }).buffer;
  } catch {
    hasPages = false;
    return undefined;
  }
}

/** Maps where the kernel likes, and shows that as a buffer. */
function mapAnywhere({ fd, length, offset, protection, operation }: Request): Mapped {
  const address = libc.mmap(null, length, protection, MAP_SHARED, fd, offset);
  if (isMapFailed(address)) throw new BpfError({ operation, errno: errno() });
  const buffer = viewOf(address, length);
  return {
    buffer,
    retire() {
      // Otherwise the mapping stays: somebody may have the buffer.
      if (empty(address, length, MAP_FIXED)) unmapWith(buffer, address);
    },
  };
}

/**
 * Puts empty memory in the place of what somebody else has unmapped, unless that is taken by now: there may be those who have the
 * buffer. Linux 4.17.
 *
 * @param buffer - what shows the memory that was there
 */
export function occupyUnmapped(buffer: ArrayBuffer, address: Address): void {
  if (empty(address, buffer.byteLength, MAP_FIXED_NOREPLACE)) unmapWith(buffer, address);
}

/** Maps memory that takes no room until it is written to. */
function empty(address: Address, length: number, where: number): boolean {
  const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | where;
  const made = libc.mmap(address, length, PROT_READ | PROT_WRITE, flags, NO_DESCRIPTOR, 0);
  if (isMapFailed(made)) return false;
  if (made === address) return true;
  libc.munmap(made, length); // an older kernel, which takes the address for a wish
  return false;
}

/** Unmaps memory when nobody can reach the buffer that shows it; never, when that was transferred: somebody has it. */
function unmapWith(buffer: ArrayBuffer, address: Address): void {
  const length = buffer.byteLength;
  if (length > 0) unreachable.register(buffer, { address, length });
}

const unreachable = new FinalizationRegistry<{ readonly address: Address; readonly length: number }>(
  ({ address, length }) => void libc.munmap(address, length),
);
