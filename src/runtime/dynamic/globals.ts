/** The global variables of an object by name, whatever section they are in. */
import { SkeletonError } from "../errors.ts";
import { type Facts, showAs, variablesOf } from "../inspection.ts";
import { uncloneable } from "../uncloneable.ts";
import type { DynamicInput, DynamicValue } from "./values.ts";

/** Global variables of the C source: those that are neither static nor hidden. */
export class DynamicGlobals {
  readonly #source: string;
  readonly #sections = new Map<string, object>();

  static {
    showAs(DynamicGlobals, (globals): Facts => {
      const sections = [...new Set(globals.#sections.values())];
      return Object.fromEntries(sections.flatMap((section) => Object.entries(variablesOf(section))));
    });
  }

  /** @internal `sections` have accessors on their prototypes */
  constructor(source: string, sections: readonly object[]) {
    this.#source = source;
    for (const section of sections) {
      const prototype = Object.getPrototypeOf(section) as object;
      for (const name of Object.keys(prototype)) this.#sections.set(name, section);
    }
    // Variables are no members: `globals.hits = 1n` would change nothing.
    uncloneable(this);
    Object.preventExtensions(this);
  }

  /** The names of all variables. */
  get names(): readonly string[] {
    return [...this.#sections.keys()];
  }

  /**
   * Reads a variable from mapped memory: no system call. Of more than one number it gives a copy.
   *
   * @throws {SkeletonError} when there is none of this name
   * @throws {ClosedError} once the object is closed
   */
  get(name: string): DynamicValue {
    return Reflect.get(this.#sectionOf(name), name) as DynamicValue;
  }

  /**
   * Writes a variable.
   *
   * @throws {SkeletonError} when there is none of this name
   * @throws {ValueError} when the value does not fit its C type; nothing is written then
   * @throws {ReadOnlyError} for constants, once the object is loaded
   * @throws {ClosedError} once the object is closed
   */
  set(name: string, value: DynamicInput): void {
    Reflect.set(this.#sectionOf(name), name, value);
  }

  #sectionOf(name: string): object {
    const section = this.#sections.get(name);
    if (section !== undefined) return section;
    throw new SkeletonError(
      `there is no variable ${name} in ${this.#source}; there are: ${this.names.join(", ") || "none"}`,
    );
  }
}
