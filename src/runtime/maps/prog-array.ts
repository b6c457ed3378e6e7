/** `BPF_MAP_TYPE_PROG_ARRAY` */
import { le } from "../codec/kinds.ts";
import { type Descriptor, descriptor } from "./fd-argument.ts";
import type { MapDescriptor, MapHandle } from "./map.ts";
import { SlotArray } from "./slots.ts";

/**
 * Programs that others call with `bpf_tail_call`. What is read is a program's id, as `bpftool prog` shows it. The kernel
 * empties the slots when the last descriptor and pin of the map are gone.
 *
 * @example
 * ```ts
 * parser.maps.tails.set(0, parser.programs.parse_ipv4);
 * ```
 */
export class ProgramArray extends SlotArray<number, number> {
  /** @internal */
  constructor(handle: MapHandle) {
    super(handle, le.u32);
  }

  /** The id of the program in a slot; `undefined` when it is empty. @throws {IndexError} beyond the array's end */
  get(index: number): number | undefined {
    return this.read(index);
  }

  /** Whether a slot has a program. */
  has(index: number): boolean {
    return this.read(index) !== undefined;
  }

  /**
   * Puts a program into a slot.
   *
   * @throws {BpfError} `EINVAL` when it is of another type than those in the map, or than the one that calls it
   * @throws {IndexError} beyond the array's end
   */
  set(index: number, program: Descriptor): this {
    return this.write(index, descriptor(program, "program"), "a program");
  }

  /** The slots with a program, and its id. */
  entries(): Generator<[number, number], undefined> {
    return this.filled();
  }

  [Symbol.iterator](): Generator<[number, number], undefined> {
    return this.filled();
  }
}

/** Describes an array of programs. */
export const progArray: MapDescriptor<ProgramArray> = {
  types: ["prog_array"],
  keySize: 4,
  valueSize: 4,
  create: (handle) => new ProgramArray(handle),
};
