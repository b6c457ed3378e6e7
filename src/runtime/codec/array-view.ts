/** Arrays that are read in place, an element at a time. */
import { ClosedError, IndexError, ValueError } from "../errors.ts";
import { showAs } from "../inspection.ts";
import type { Cursor } from "./cursor.ts";

/** How the elements of an array are read. */
export interface ArrayLayout<E, A> {
  /** The array as C spells it: `__u32[4]`. */
  readonly name: string;
  /** How errors call it when an element cannot be read: `exec_event.limits`; empty where that says nothing. */
  readonly label: string;
  readonly length: number;
  /** Bytes from one element to the next. */
  readonly stride: number;
  /** The element `at` bytes from where the cursor stands. */
  element(cursor: Cursor, at: number): E;
  /** The whole array, decoded. */
  copy(view: DataView, at: number): A;
}

/**
 * Reads single elements of an array in place: numbers as they are, structs and arrays as views. It is valid as long as the
 * view that it came from; used later, it throws a `ClosedError`.
 *
 * @typeParam E - an element
 * @typeParam A - the array when it is copied: a typed array of numbers, an array of anything else
 */
export class ArrayView<E, A> {
  readonly #cursor: Cursor;
  readonly #at: number;
  readonly #layout: ArrayLayout<E, A>;

  static {
    showAs(
      ArrayView,
      (array) => array.#shown(),
      () => "ArrayView",
    );
  }

  constructor(cursor: Cursor, at: number, layout: ArrayLayout<E, A>) {
    this.#cursor = cursor;
    this.#at = at;
    this.#layout = layout;
  }

  /** How many elements it has. */
  get length(): number {
    return this.#layout.length;
  }

  /**
   * One element.
   *
   * @throws {IndexError} when `index` is no integer from 0 to `length - 1`
   * @throws {ValueError} with `--u64 number`, when it is no safe integer
   * @throws {ClosedError} when the view is not valid any more
   */
  get(index: number): E {
    const { name, length } = this.#layout;
    // The comparisons are false for NaN, and for anything that is no number.
    if (!(index >= 0 && index < length && Number.isInteger(index)))
      throw new IndexError(`${name} has no element ${String(index)}: they are 0 to ${length - 1}`);
    return this.#element(index);
  }

  /** The elements, each read when its turn comes. */
  *[Symbol.iterator](): IterableIterator<E> {
    const { length } = this.#layout;
    for (let i = 0; i < length; i++) yield this.#element(i);
  }

  /**
   * The whole array as a value of its own, which outlives the view.
   *
   * @throws {ClosedError} when the view is not valid any more
   */
  copy(): A {
    return this.#layout.copy(this.#cursor.view, this.#cursor.offset + this.#at);
  }

  #shown(): object {
    try {
      return [...this];
    } catch (error) {
      if (error instanceof ClosedError) return { closed: true };
      return { length: this.length };
    }
  }

  #element(index: number): E {
    const { label, stride } = this.#layout;
    try {
      return this.#layout.element(this.#cursor, this.#at + index * stride);
    } catch (error) {
      throw ValueError.unnamedWithin(error, `${label}[${index}]`);
    }
  }
}
