/** What the maps have in common that hold references to other things of the kernel, by descriptor. */
import { show } from "../codec/check.ts";
import type { Codec } from "../codec/codec.ts";
import { le } from "../codec/kinds.ts";
import { EINVAL } from "../errno.ts";
import { IndexError } from "../errors.ts";
import { Elements } from "./elements.ts";
import { BpfMap, type MapHandle } from "./map.ts";
import { UPDATE_MODES } from "./update-mode.ts";

/** An array whose slots are empty or hold a reference. */
export abstract class SlotArray<V, VI> extends BpfMap {
  readonly #handle: MapHandle;
  readonly #elements: Elements<number, V, number, VI>;

  /** @internal */
  constructor(handle: MapHandle, value: Codec<V, VI>) {
    super(handle);
    this.#handle = handle;
    this.#elements = new Elements(handle, le.u32, value);
  }

  /** How many slots there are. */
  get length(): number {
    return this.#handle.maxEntries;
  }

  /**
   * Empties a slot.
   *
   * @returns whether there was something in it
   * @throws {IndexError} beyond the array's end
   */
  delete(index: number): boolean {
    return this.#elements.delete(this.#check(index));
  }

  /** Empties all slots. */
  clear(): void {
    for (let index = 0; index < this.length; index++) this.delete(index);
  }

  /** @internal */
  protected read(index: number): V | undefined {
    return this.#elements.get(this.#check(index));
  }

  /** @internal */
  protected write(index: number, value: VI, what: string, invalid?: string): this {
    const errno = this.#elements.update(this.#check(index), value, UPDATE_MODES.any);
    if (errno !== 0)
      throw this.#elements.failure(`put ${what} into`, errno, errno === EINVAL ? invalid : undefined);
    return this;
  }

  /** The slots that are not empty. @internal */
  protected *filled(): Generator<[number, V], undefined> {
    for (let index = 0; index < this.length; index++) {
      const value = this.read(index);
      if (value !== undefined) yield [index, value];
    }
  }

  #check(index: number): number {
    this.#handle.assertOpen();
    if (Number.isInteger(index) && index >= 0 && index < this.length) return index;
    throw new IndexError(
      `${this.#handle.title} has no slot ${show(index)}: they are 0 to ${this.length - 1}`,
    );
  }
}
