/** `BPF_MAP_TYPE_QUEUE`, `BPF_MAP_TYPE_STACK` */
import { isKeyOf } from "../arguments.ts";
import type { Codec } from "../codec/codec.ts";
import { show } from "../codec/check.ts";
import { E2BIG, ENOENT } from "../errno.ts";
import { BpfError, ValueError } from "../errors.ts";
import { allocate, libbpf, type Memory } from "../native.ts";
import { encoded } from "./elements.ts";
import { BpfMap, type MapDescriptor, type MapHandle } from "./map.ts";

// BPF_ANY, BPF_EXIST: in a queue or stack, BPF_EXIST makes room (queue_stack_maps.c, queue_stack_map_push_elem).
const WHEN_FULL = { fail: 0, replace: 2 } as const;

/** What pushing to a full queue or stack does: fail, or push the oldest value out. */
export type WhenFull = keyof typeof WHEN_FULL;

/** What queues and stacks have in common. */
abstract class Pushable<V, VI> extends BpfMap {
  readonly #handle: MapHandle;
  readonly #value: Codec<V, VI>;
  /** For every call: nobody else's code runs between filling it and reading it. */
  readonly #memory: Memory;

  /** @internal */
  constructor(handle: MapHandle, value: Codec<V, VI>) {
    super(handle);
    this.#handle = handle;
    this.#value = value;
    this.#memory = allocate(value.size);
  }

  /**
   * Adds a value.
   *
   * @param whenFull - `replace` pushes the oldest value out when the map is full
   * @throws {BpfError} `E2BIG` when the map is full, unless `whenFull` is `replace`
   * @throws {ValueError} for a value that does not fit its C type
   */
  push(value: VI, whenFull: WhenFull = "fail"): this {
    this.#handle.assertOpen();
    if (!isKeyOf(WHEN_FULL, whenFull))
      throw new ValueError(`${show(whenFull)} is none of ${Object.keys(WHEN_FULL).join(", ")}`, "whenFull");
    const bytes = encoded(this.#value, value, "value");
    const memory = this.#memory;
    memory.bytes.set(bytes);
    const result = libbpf.bpf_map_update_elem(this.#handle.fd, null, memory.address, WHEN_FULL[whenFull]);
    if (result === 0) return this;
    const hint =
      result === -E2BIG ? 'The map is full: pop values, or push with "replace"' : this.#handle.hint(-result);
    throw new BpfError({ operation: `push to ${this.#handle.title}`, errno: -result, hint });
  }

  /** Takes the next value; `undefined` when there is none. */
  pop(): V | undefined {
    return this.#next("pop from", libbpf.bpf_map_lookup_and_delete_elem);
  }

  /** The next value, which stays; `undefined` when there is none. */
  peek(): V | undefined {
    return this.#next("peek into", libbpf.bpf_map_lookup_elem);
  }

  /** Takes one value after the other until there is none, or one for each that fits: programs may push meanwhile. */
  *drain(): Generator<V, undefined> {
    for (let left = this.#handle.maxEntries; left > 0; left--) {
      const value = this.pop();
      if (value === undefined) return undefined;
      yield value;
    }
    return undefined;
  }

  #next(operation: string, call: typeof libbpf.bpf_map_lookup_elem): V | undefined {
    const memory = this.#memory;
    const result = call(this.#handle.fd, null, memory.address);
    if (result === 0) return this.#value.read(memory.view, 0);
    if (result === -ENOENT) return undefined;
    const hint = this.#handle.hint(-result);
    throw new BpfError({ operation: `${operation} ${this.#handle.title}`, errno: -result, hint });
  }
}

/**
 * A queue: the value pushed first is popped first. How many there are the kernel does not say. Needs Linux 4.20.
 *
 * @typeParam V - a value when read
 * @typeParam VI - what writing a value accepts
 * @example
 * ```ts
 * jobs.maps.todo.push({ id: 1 });
 * for (const job of jobs.maps.done.drain()) console.log(job.id);
 * ```
 */
export class QueueMap<V, VI = V> extends Pushable<V, VI> {}

/** A stack: the value pushed last is popped first. How many there are the kernel does not say. Needs Linux 4.20. */
export class StackMap<V, VI = V> extends Pushable<V, VI> {}

/** Describes a queue. */
export function queueMap<V, VI>(value: Codec<V, VI>): MapDescriptor<QueueMap<V, VI>> {
  return {
    types: ["queue"],
    keySize: 0,
    valueSize: value.size,
    create: (handle) => new QueueMap(handle, value),
  };
}

/** Describes a stack. */
export function stackMap<V, VI>(value: Codec<V, VI>): MapDescriptor<StackMap<V, VI>> {
  return {
    types: ["stack"],
    keySize: 0,
    valueSize: value.size,
    create: (handle) => new StackMap(handle, value),
  };
}
