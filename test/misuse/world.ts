/** What one episode plays with: what is open, what was, and what must be true of it. */
import type { Random } from "../btf-parser/random.ts";
import type { Mischief } from "./hostile.ts";
import { allowed, expectSame } from "./outcome.ts";

/** Something that owns descriptors: a skeleton, an opened map. */
export interface Owned {
  readonly title: string;
  readonly thing: { readonly closed: boolean; close(): void };
  open: boolean;
}

/** One thing to be done, with the text that tells of it. */
export interface Step {
  readonly text: string;
  readonly run: () => unknown;
}

/** Something with a model: what is called on it must give what the model says. */
export interface Actor {
  readonly title: string;
  readonly owner: Owned;
  /** Set where the model is of something that outlives its owner. */
  readonly outlives?: true;
  /** Makes the model true again after something that it does not know was done. */
  resync(): void;
  step(world: World): Step;
  /** A right call that changes something, as a callback may do in the middle of another. */
  poke?(world: World): void;
}

/** Something to call anything on. */
export interface Root {
  readonly title: string;
  readonly thing: object;
  readonly owner: Owned | undefined;
  /** Whose models know nothing of what is done to it. */
  readonly dirties: readonly Actor[];
  /** Arguments that would do, in an order in which its calls take them. */
  readonly samples: () => readonly unknown[];
}

export class World implements Mischief {
  readonly random: Random;
  readonly owners: Owned[] = [];
  readonly actors: Actor[] = [];
  readonly roots: Root[] = [];
  /** What the last calls gave that has to be closed; some of it closed by now. */
  readonly transients: { close(): void }[] = [];
  /** Iterations that have begun. */
  readonly iterators: Iterator<unknown>[] = [];
  readonly asyncIterators: AsyncIterator<unknown>[] = [];
  readonly dirty = new Set<Actor>();
  #pending = 0;
  #failure: unknown;
  #depth = 0;
  readonly #note: (text: string) => void;

  constructor(random: Random, note: (text: string) => void) {
    this.random = random;
    this.#note = note;
  }

  note(text: string): void {
    this.#note(text);
  }

  pick<T>(all: readonly T[]): T | undefined {
    return all[this.random.below(all.length)];
  }

  own(owned: Owned): Owned {
    this.owners.push(owned);
    return owned;
  }

  close(owned: Owned): void {
    owned.thing.close();
    owned.open = false;
    expectSame(`${owned.title}.closed`, owned.thing.closed, true);
  }

  /** What a hostile value does when it is looked at. */
  readonly act = (): void => {
    if (this.#depth > 3) return;
    this.#depth++;
    try {
      switch (this.random.below(6)) {
        case 0: {
          const owned = this.pick(this.owners);
          if (owned === undefined) return;
          this.note(`  … closes ${owned.title}`);
          this.close(owned);
          return;
        }
        case 1:
          globalThis.gc?.();
          return;
        case 2:
          this.pick(this.transients)?.close();
          return;
        default: {
          const actor = this.pick(this.actors);
          if (actor?.poke === undefined || this.dirty.has(actor)) return;
          this.note(`  … pokes ${actor.title}`);
          actor.poke(this);
        }
      }
    } finally {
      this.#depth--;
    }
  };

  readonly thing = (): unknown => this.pick(this.roots)?.thing;

  /** Watches a promise: it must end, and with nothing but what may leave the runtime. */
  track<T>(promise: PromiseLike<T>, then?: (value: T) => void): void {
    this.#pending++;
    promise.then(
      (value) => {
        this.#pending--;
        try {
          then?.(value);
        } catch (error) {
          this.#failure ??= error;
        }
      },
      (error: unknown) => {
        this.#pending--;
        try {
          allowed(error);
        } catch (finding) {
          this.#failure ??= finding;
        }
      },
    );
  }

  get pending(): number {
    return this.#pending;
  }

  /** Throws what went wrong in the background. */
  assertWell(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
