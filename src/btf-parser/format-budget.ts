/** What one formatted type may cost: types refer to each other, so few bytes can describe endless text. */
import { BtfParseError } from "./errors.ts";
import type { TypeId } from "./types.ts";

/** Declarations: as many as a struct can have members, and half as many in those of its members. */
const MAX_DECLARATIONS = 100_000;
const MAX_CHARACTERS = 16 * 1024 * 1024;

/** Declarations and anonymous structs within each other. */
const MAX_DEPTH = 64;

/** Pointers, arrays, functions and qualifiers of one declarator; clang allows as many brackets. */
const MAX_LAYERS = 256;

export class FormatBudget {
  readonly #root: TypeId;
  #declarations = 0;
  #characters = 0;
  #depth = 0;

  constructor(root: TypeId) {
    this.#root = root;
  }

  /** Pays for `text`, which becomes a part of the result. */
  spend(text: string): string {
    this.#pay(text.length);
    return text;
  }

  /** Pays for `text` as often as it becomes a part of the result, before there is so much of it. */
  repeat(text: string, count: number): string[] {
    this.#pay(text.length * count);
    return Array.from({ length: count }, () => text);
  }

  /** Runs `inner`, the writing of one declaration or definition, one level deeper. */
  nest<T>(inner: () => T): T {
    this.#declarations++;
    if (this.#declarations > MAX_DECLARATIONS) this.#fail("is too long to write out");
    if (this.#depth >= MAX_DEPTH) this.#fail(`is nested deeper than ${MAX_DEPTH} levels, or endlessly`);
    this.#depth++;
    try {
      return inner();
    } finally {
      this.#depth--;
    }
  }

  /** Checks the number of layers of a declarator so far. */
  layers(count: number): void {
    if (count > MAX_LAYERS) this.#fail(`is nested deeper than ${MAX_LAYERS} layers, or endlessly`);
  }

  #pay(characters: number): void {
    this.#characters += characters;
    if (this.#characters > MAX_CHARACTERS) this.#fail("is too long to write out");
  }

  #fail(message: string): never {
    throw new BtfParseError(`the type ${message}`, { section: ".BTF", typeId: this.#root });
  }
}
