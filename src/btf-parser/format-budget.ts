/** What one formatted type may cost: types refer to each other, so few bytes can describe endless text. */
import { BtfParseError } from "./errors.ts";
import type { TypeId } from "./types.ts";

/** Types and members visited; the kernel's largest definition takes about 1,000, the largest possible 65,535. */
const MAX_STEPS = 200_000;
const MAX_CHARACTERS = 16 * 1024 * 1024;

/** Declarators and anonymous structs within each other; clang's own limit of brackets is 256. */
const MAX_DEPTH = 64;

export class FormatBudget {
  readonly #root: TypeId;
  #steps = 0;
  #characters = 0;
  #depth = 0;

  constructor(root: TypeId) {
    this.#root = root;
  }

  /** Pays for one type or member that puts `text` into the result. */
  spend(text: string): string {
    this.#steps++;
    this.#characters += text.length;
    if (this.#steps > MAX_STEPS || this.#characters > MAX_CHARACTERS) this.#fail("is too long to write out");
    return text;
  }

  /** Runs `inner` one level deeper. */
  nest<T>(inner: () => T): T {
    if (this.#depth >= MAX_DEPTH) this.#fail(`is nested deeper than ${MAX_DEPTH} levels, or endlessly`);
    this.#depth++;
    try {
      return inner();
    } finally {
      this.#depth--;
    }
  }

  #fail(message: string): never {
    throw new BtfParseError(`the type ${message}`, { section: ".BTF", typeId: this.#root });
  }
}
