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
  const protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
  const buffer = pages(length, what);
  // What cannot be mapped must be refused before the buffer's pages are given up for it.
  const tried = libc.mmap(null, length, protection, MAP_SHARED, fd, offset);
  if (isMapFailed(tried)) throw new BpfError({ operation: `map ${length} bytes of ${what}`, errno: errno() });
  const made = libc.mmap(addressOfBuffer(buffer), length, protection, MAP_SHARED | MAP_FIXED, fd, offset);
  const failed = isMapFailed(made) ? errno() : 0;
  libc.munmap(tried, length);
  if (failed !== 0) {
    holes.push(buffer);
    throw new BpfError({ operation: `map ${length} bytes of ${what}`, errno: failed });
  }
  let closed = false;
  return {
    view: new DataView(buffer, 0, length),
    get closed() {
      return closed;
    },
    close() {
      if (closed) return;
      closed = true;
      empty(buffer, length);
    },
  };
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
 * A buffer of whole pages, in the place of which the kernel's may be mapped. JavaScript has them only from WebAssembly, whose
 * memory V8 reserves and unmaps as a whole: with the last that refers to it, or with the thread. Nobody can transfer it,
 * and it is as fast as any other.
 */
function pages(length: number, what: string): ArrayBuffer {
  const count = Math.ceil(length / WASM_PAGE);
  try {
    return new WebAssembly.Memory({ initial: count, maximum: count }).buffer;
  } catch {
    return ownPages(length, what);
  }
}

/**
 * The same without WebAssembly, which may be switched off, and takes 10 GB of addresses for each memory: where they are limited
 * (RLIMIT_AS), it has none.
 */
function ownPages(length: number, what: string): ArrayBuffer {
  const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  const address = libc.mmap(null, length, PROT_READ | PROT_WRITE, flags, NO_DESCRIPTOR, 0);
  if (isMapFailed(address))
    throw new BpfError({ operation: `map ${length} bytes of ${what}`, errno: errno() });
  const buffer = viewOf(address, length);
  unreachable.register(buffer, { address, length });
  return buffer;
}

const unreachable = new FinalizationRegistry<{ readonly address: Address; readonly length: number }>(
  ({ address, length }) => void libc.munmap(address, length),
);

/**
 * Puts empty memory in the place of a mapping, in one step. It takes no room until it is written to. If there is not even room
 * for that, the mapping stays until nobody can reach it.
 */
function empty(buffer: ArrayBuffer, length: number): void {
  const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
  libc.mmap(addressOfBuffer(buffer), length, PROT_READ | PROT_WRITE, flags, NO_DESCRIPTOR, 0);
}
