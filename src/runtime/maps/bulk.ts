/** Many elements in one call, where the kernel can; one after the other where not. */
import { ENOENT, NOT_SUPPORTED } from "../errno.ts";
import { BpfError, TinyBpfError } from "../errors.ts";
import { missingFromKernel } from "../kernel-facts.ts";
import { allocate, libbpf, type Memory, recycle } from "../native.ts";
import { type Batch, walkBatches, singles } from "./batches.ts";
import type { Chunks } from "./chunks.ts";
import type { MapHandle } from "./map.ts";
import { batchOptions } from "./spin-lock.ts";

/** A call for many elements failed at one of them. */
export class BatchError extends BpfError {
  override readonly name = "BatchError";
  /** How many elements were done, in their order: the one at this index is the first that was not. */
  readonly done: number;

  constructor(cause: BpfError, done: number, total: number) {
    super({
      operation: `${cause.operation} (${done} of ${total} were done)`,
      errno: cause.errno,
      hint: hintOf(cause),
    });
    this.done = done;
  }
}

/**
 * `takeAll` failed when some elements were taken already: a value cannot be read as its type has it, or the kernel refused
 * to go on. `cause` says which.
 */
export class TakeError<K = unknown, V = unknown> extends TinyBpfError {
  override readonly name = "TakeError";
  /** The elements that were taken, and are nowhere else any more. */
  readonly taken: readonly (readonly [K, V])[];

  constructor(what: string, taken: readonly (readonly [K, V])[], cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`cannot take all of ${what}, only the ${taken.length} in \`taken\`: ${why}`, { cause });
    this.taken = taken;
  }
}

/** What `cause` says behind its first line. */
function hintOf(cause: BpfError): string | undefined {
  const [, ...rest] = cause.message.split("\n");
  return rest.length === 0 ? undefined : rest.join("\n");
}

const BPF_ANY = 0;

/** Sets each key to its value; `flags` are those of each element. @throws {BatchError} */
export function putAll(
  map: MapHandle,
  keys: Chunks<never>,
  values: Chunks<never>,
  flags: number,
  failure: (operation: string, errno: number) => BpfError,
): void {
  const fail = (errno: number, done: number): BatchError =>
    new BatchError(failure("set keys in", errno), done, keys.length);
  const counter = allocate(4);
  const options = batchOptions(flags);
  let start = 0;
  while (start < keys.length) {
    const count = keys.together(start);
    const [key, value] = [keys.address(start), values.address(start)];
    counter.view.setUint32(0, count, true);
    const result = libbpf.bpf_map_update_batch(map.fd, key, value, counter.address, options?.address ?? null);
    if (NOT_SUPPORTED.includes(-result)) {
      for (let i = start; i < start + count; i++) {
        const errno = -libbpf.bpf_map_update_elem(
          map.fd,
          keys.address(i),
          values.address(i),
          BPF_ANY | flags,
        );
        if (errno !== 0) throw fail(errno, i);
      }
    } else if (result !== 0) throw fail(-result, start + doneOf(counter, count));
    start += count;
  }
  recycle(counter);
}

/**
 * Deletes keys; those that are not there are passed over.
 *
 * @returns how many were there
 * @throws {BatchError} for another failure
 */
export function deleteAll(map: MapHandle, keys: Chunks<never>): number {
  let deleted = 0;
  const fail = (errno: number, done: number): BatchError =>
    new BatchError(
      new BpfError({ operation: `delete keys from ${map.title}`, errno, hint: map.hint(errno) }),
      done,
      keys.length,
    );
  const counter = allocate(4);
  let start = 0;
  while (start < keys.length) {
    const count = keys.together(start);
    counter.view.setUint32(0, count, true);
    const result = libbpf.bpf_map_delete_batch(map.fd, keys.address(start), counter.address, null);
    if (NOT_SUPPORTED.includes(-result)) {
      for (let i = start; i < start + count; i++) {
        const one = libbpf.bpf_map_delete_elem(map.fd, keys.address(i));
        if (one === 0) deleted++;
        else if (one !== -ENOENT) throw fail(-one, i);
      }
      start += count;
      continue;
    }
    // It ends at a key that is not there (syscall.c, generic_map_delete_batch).
    const done = result === 0 ? count : doneOf(counter, count);
    deleted += done;
    if (result !== 0 && result !== -ENOENT) throw fail(-result, start + done);
    start += result === 0 ? done : done + 1;
  }
  recycle(counter);
  return deleted;
}

/** Every element, each deleted as it is read. */
export function* takeAll(
  map: MapHandle,
  keySize: number,
  valueSize: number,
  flags: number,
): Generator<Batch, undefined> {
  const call = libbpf.bpf_map_lookup_and_delete_batch;
  const supported = yield* walkBatches(map, keySize, valueSize, call, flags, "take elements from");
  if (supported) return undefined;
  const key = allocate(keySize);
  const value = allocate(valueSize);
  for (const { keys } of singles(map, keySize, valueSize, flags)) {
    key.bytes.set(new Uint8Array(keys.buffer, keys.byteOffset, keySize));
    const result = libbpf.bpf_map_lookup_and_delete_elem_flags(map.fd, key.address, value.address, flags);
    if (result === -ENOENT) continue;
    if (result < 0) throw takeFailure(map, -result);
    yield { keys: key.view, values: value.view, count: 1 };
  }
  return undefined;
}

/** Why a key could not be read and deleted at once. */
export function takeFailure(map: MapHandle, errno: number): BpfError {
  // Kernels that have it refuse nothing as not supported.
  const tooOld = NOT_SUPPORTED.includes(errno)
    ? missingFromKernel("reading and deleting at once", [], "5.14")
    : undefined;
  return new BpfError({ operation: `take a key from ${map.title}`, errno, hint: tooOld ?? map.hint(errno) });
}

/**
 * How many elements a call that failed has done. What the kernel refuses before it begins, as writing a frozen map, leaves
 * the count as we gave it (syscall.c, bpf_map_do_batch); a call that did all of them would not fail.
 */
function doneOf(counter: Memory, count: number): number {
  const done = counter.view.getUint32(0, true);
  return done < count ? done : 0;
}
