/** Walks through all elements of a map, many at a time where the kernel can. */
import { ENOENT, ENOSPC, NOT_SUPPORTED } from "../errno.ts";
import { BpfError } from "../errors.ts";
import { allocate, type Libbpf, libbpf, type Memory, recycle } from "../native.ts";
import type { MapHandle } from "./map.ts";
import { batchOptions } from "./spin-lock.ts";

/** Some elements of a map: keys without gaps, and values without gaps. They are the next batch's after this one. */
export interface Batch {
  readonly keys: DataView;
  readonly values: DataView;
  readonly count: number;
}

/**
 * How a map is walked through: in batches, which for hash maps go from bucket to bucket; or key by key, for kinds whose
 * batches go from key to key and start over when the key they stand on was deleted (syscall.c, generic_map_lookup_batch).
 */
export type Walk = "batches" | "keys";

/** About how many bytes and elements to ask for at once. */
const BATCH_BYTES = 64 * 1024;
const BATCH_ELEMENTS = 1024;

/**
 * Every element, in the kernel's order. Elements that come or go meanwhile may be seen or not; the walk ends in any
 * case.
 *
 * @param valueSize - bytes of a value as the syscall has it: of all CPUs, in per-CPU maps
 * @param flags - of reading each element
 * @throws {BpfError} when the kernel refuses
 * @throws {ClosedError} once the map is closed
 */
export function* batches(
  map: MapHandle,
  keySize: number,
  valueSize: number,
  walk: Walk,
  flags: number,
): Generator<Batch, undefined> {
  const supported =
    walk === "batches" && (yield* walkBatches(map, keySize, valueSize, libbpf.bpf_map_lookup_batch, flags));
  if (!supported) yield* singles(map, keySize, valueSize, flags);
  return undefined;
}

/** A batch call that walks through a map: one that only reads, or one that deletes what it has read. */
type BatchCall = Libbpf["bpf_map_lookup_batch"];

/**
 * @param operation - what it is for, in errors
 * @returns whether the kernel can walk through this kind in batches; when not, nothing was handed over
 */
export function* walkBatches(
  map: MapHandle,
  keySize: number,
  valueSize: number,
  call: BatchCall,
  flags: number,
  operation: string = ITERATE,
): Generator<Batch, boolean> {
  const fitting = Math.floor(BATCH_BYTES / (keySize + valueSize));
  let capacity = Math.max(1, Math.min(map.maxEntries, fitting, BATCH_ELEMENTS));
  let keys = allocate(capacity * keySize);
  let values = allocate(capacity * valueSize);
  // Where the walk is: a bucket's number in hash maps, the last key in others. The kernel reads it before it writes it.
  const position = allocate(Math.max(keySize, 4));
  const counter = allocate(4);
  const options = batchOptions(flags);
  let first = true;
  try {
    for (;;) {
      const { fd } = map;
      counter.view.setUint32(0, capacity, true);
      const result = call(
        fd,
        first ? null : position.address,
        position.address,
        keys.address,
        values.address,
        counter.address,
        options?.address ?? null,
      );
      if (first && NOT_SUPPORTED.includes(-result)) return false;
      if (result === -ENOSPC) {
        // A bucket has more elements than we have room for (hashtab.c, __htab_map_lookup_and_delete_batch).
        capacity *= 2;
        keys = larger(keys, capacity * keySize);
        values = larger(values, capacity * valueSize);
        continue;
      }
      if (result < 0 && result !== -ENOENT) throw walkError(map, result, operation);
      const count = counter.view.getUint32(0, true);
      if (count > 0) yield { keys: keys.view, values: values.view, count };
      if (result === -ENOENT) return true;
      first = false;
    }
  } finally {
    // Who asked for the walk is done with the last batch.
    for (const memory of [keys, values, position, counter]) recycle(memory);
  }
}

/** Memory in the place of some that is too small. */
function larger(memory: Memory, size: number): Memory {
  const next = allocate(size);
  recycle(memory);
  return next;
}

/**
 * The same, one element at a time. First takes down all keys: a walk from key to key starts over when the key it stands
 * on is deleted (hashtab.c, htab_map_get_next_key), so it could go on for ever while others write.
 */
export function* singles(
  map: MapHandle,
  keySize: number,
  valueSize: number,
  flags = 0,
): Generator<Batch, undefined> {
  const key = allocate(keySize);
  const value = allocate(valueSize);
  try {
    for (const bytes of allKeys(map, keySize)) {
      key.bytes.set(bytes);
      if (!lookUp(map, key, value, flags)) continue; // it vanished
      yield { keys: key.view, values: value.view, count: 1 };
    }
  } finally {
    recycle(key);
    recycle(value);
  }
}

/** More often a value is read only while a program keeps changing it. */
const READS = 4;

/**
 * Reads a value until it is the same twice: a lookup copies without a lock, and when the key is deleted meanwhile, it may copy
 * what another key has put into its place (hashtab.c, of preallocated elements).
 *
 * @returns whether the key is there
 */
function lookUp(map: MapHandle, key: Memory, value: Memory, flags: number): boolean {
  let before: Uint8Array | undefined;
  for (let reads = 0; reads < READS; reads++) {
    const result = libbpf.bpf_map_lookup_elem_flags(map.fd, key.address, value.address, flags);
    if (result === -ENOENT) return false;
    if (result < 0) throw walkError(map, result);
    if (before !== undefined && Buffer.compare(before, value.bytes) === 0) break;
    before = value.bytes.slice();
  }
  return true;
}

function allKeys(map: MapHandle, keySize: number): Iterable<Uint8Array> {
  const keys = new Map<string, Uint8Array>();
  const previous = allocate(keySize);
  const next = allocate(keySize);
  // Room for some restarts. Storage of cgroups has no `max_entries`, but is not larger than their number.
  const limit = map.maxEntries === 0 ? 2 ** 20 : 16 * map.maxEntries + 1024;
  for (let step = 0; step < limit; step++) {
    const result = libbpf.bpf_map_get_next_key(map.fd, step === 0 ? null : previous.address, next.address);
    if (result === -ENOENT) break;
    if (result < 0) throw walkError(map, result);
    const bytes = next.bytes.slice(0, keySize);
    keys.set(Buffer.from(bytes.buffer).toString("latin1"), bytes);
    previous.bytes.set(next.bytes);
  }
  recycle(previous);
  recycle(next);
  return keys.values();
}

const ITERATE = "iterate over";

function walkError(map: MapHandle, result: number, operation = ITERATE): BpfError {
  return new BpfError({ operation: `${operation} ${map.title}`, errno: -result, hint: map.hint(-result) });
}
