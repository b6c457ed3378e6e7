/** Classes whose getters read single members in place, made from a list of members. */
import { elementOf } from "../codec/arrays.ts";
import type { ViewClass } from "../codec/codec.ts";
import type { Cursor } from "../codec/cursor.ts";
import type { AnyCodec } from "../codec/value-type.ts";

/** A member and its place. */
export interface ViewedMember {
  readonly name: string;
  readonly offset: number;
  readonly type: AnyCodec;
}

/** Reads a member of the struct that starts `at` bytes from where the cursor stands. */
type Getter = (cursor: Cursor, at: number) => unknown;

/** The view of one struct or union. */
export function viewClass(members: readonly ViewedMember[]): ViewClass<object> {
  class View {
    readonly #cursor: Cursor;
    readonly #at: number;

    constructor(cursor: Cursor, at = 0) {
      this.#cursor = cursor;
      this.#at = at;
    }

    /** Members may have any name, which is why this is no member of objects. */
    static add(name: string, read: Getter): void {
      Object.defineProperty(View.prototype, name, {
        configurable: true,
        get(this: View) {
          return read(this.#cursor, this.#at);
        },
      });
    }
  }
  for (const { name, offset, type } of members) {
    const read = elementOf(type);
    View.add(name, (cursor, at) => read(cursor, at + offset));
  }
  return View;
}
