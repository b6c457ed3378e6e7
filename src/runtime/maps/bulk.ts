/** Many elements in one call, where the kernel can; one after the other where not. */
import { ENOENT, NOT_SUPPORTED } from "../errno.ts";
import { BpfError } from "../errors.ts";
import { allocate, libbpf, type Memory } from "../native.ts";
import { type Batch, walkBatches, singles } from "./batches.ts";
import type { MapHandle } from "./map.ts";

/** A call for many elements failed at one of them. */
export class BatchError extends BpfError {
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

/** What `cause` says behind its first line. */
function hintOf(cause: BpfError): string | undefined {
  const [, ...rest] = cause.message.split("\n");
  return rest.length === 0 ? undefined : rest.join("\n");
}

/** Elements in one call: more gain nothing. */
const AT_ONCE = 1024;

const BPF_ANY = 0;

/** Sets each key to its value. @throws {BatchError} */
export function putAll(
  map: MapHandle,
  keys: readonly Uint8Array[],
  values: readonly Uint8Array[],
  failure: (operation: string, errno: number) => BpfError,
): void {
  const fail = (errno: number, done: number): BatchError =>
    new BatchError(failure("set keys in", errno), done, keys.length);
  for (let start = 0; start < keys.length; start += AT_ONCE) {
    const end = Math.min(start + AT_ONCE, keys.length);
    const keyMemory = joined(keys.slice(start, end));
    const valueMemory = joined(values.slice(start, end));
    const counter = counterOf(end - start);
    const result = libbpf.bpf_map_update_batch(
      map.fd,
      keyMemory.address,
      valueMemory.address,
      counter.address,
      null,
    );
    if (result === 0) continue;
    if (!NOT_SUPPORTED.includes(-result)) throw fail(-result, start + counter.view.getUint32(0, true));
    for (let i = start; i < end; i++) {
      const [key, value] = [joined(keys.slice(i, i + 1)), joined(values.slice(i, i + 1))];
      const errno = -libbpf.bpf_map_update_elem(map.fd, key.address, value.address, BPF_ANY);
      if (errno !== 0) throw fail(errno, i);
    }
  }
}

/**
 * Deletes keys; those that are not there are passed over.
 *
 * @returns how many were there
 * @throws {BatchError} for another failure
 */
export function deleteAll(map: MapHandle, keys: readonly Uint8Array[]): number {
  let deleted = 0;
  const fail = (errno: number, done: number): BatchError =>
    new BatchError(new BpfError({ operation: `delete keys from ${map.title}`, errno }), done, keys.length);
  let start = 0;
  while (start < keys.length) {
    const end = Math.min(start + AT_ONCE, keys.length);
    const memory = joined(keys.slice(start, end));
    const counter = counterOf(end - start);
    const result = libbpf.bpf_map_delete_batch(map.fd, memory.address, counter.address, null);
    if (NOT_SUPPORTED.includes(-result)) {
      for (let i = start; i < end; i++) {
        const one = libbpf.bpf_map_delete_elem(map.fd, joined(keys.slice(i, i + 1)).address);
        if (one === 0) deleted++;
        else if (one !== -ENOENT) throw fail(-one, i);
      }
      start = end;
      continue;
    }
    // It ends at a key that is not there (syscall.c, generic_map_delete_batch).
    const done = result === 0 ? end - start : counter.view.getUint32(0, true);
    deleted += done;
    if (result !== 0 && result !== -ENOENT) throw fail(-result, start + done);
    start += result === 0 ? done : done + 1;
  }
  return deleted;
}

/** Every element, each deleted as it is read. */
export function* takeAll(map: MapHandle, keySize: number, valueSize: number): Generator<Batch, undefined> {
  const call = libbpf.bpf_map_lookup_and_delete_batch;
  const supported = yield* walkBatches(map, keySize, valueSize, call);
  if (supported) return undefined;
  const key = allocate(keySize);
  const value = allocate(valueSize);
  for (const { keys } of singles(map, keySize, valueSize)) {
    key.bytes.set(new Uint8Array(keys.buffer, keys.byteOffset, keySize));
    const result = libbpf.bpf_map_lookup_and_delete_elem(map.fd, key.address, value.address);
    if (result === -ENOENT) continue;
    if (result < 0) throw new BpfError({ operation: `take a key from ${map.title}`, errno: -result });
    yield { keys: key.view, values: value.view, count: 1 };
  }
  return undefined;
}

function counterOf(count: number): Memory {
  const memory = allocate(4);
  memory.view.setUint32(0, count, true);
  return memory;
}

/** One after the other, without gaps. */
function joined(parts: readonly Uint8Array[]): Memory {
  const memory = allocate(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    memory.bytes.set(part, at);
    at += part.length;
  }
  return memory;
}
