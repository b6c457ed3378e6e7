/** Module-level constants for codecs that would otherwise be built anew on every read. */
import type { NameTable } from "./names.ts";

/** A `const` without an export. */
export interface Constant {
  readonly name: string;
  readonly initializer: string;
}

/** The constants that one declaration needs before it; the same expression is one constant. */
export class Constants {
  readonly #names: NameTable;
  readonly #byExpression = new Map<string, string>();

  constructor(names: NameTable) {
    this.#names = names;
  }

  /** The name of a constant with this value. */
  add(wanted: string, initializer: string): string {
    const known = this.#byExpression.get(initializer);
    if (known !== undefined) return known;
    const name = this.#names.claim(wanted);
    this.#byExpression.set(initializer, name);
    return name;
  }

  /** In the order they were added, which is one in which they can be evaluated. */
  list(): Constant[] {
    return Array.from(this.#byExpression, ([initializer, name]) => ({ name, initializer }));
  }
}
