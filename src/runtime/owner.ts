/** Who closes what. */
import { ClosedError } from "./errors.ts";

/** Something that is closed with its owner, or earlier. Closing must be idempotent and must not throw. */
export interface Owned {
  close(): void;
}

/** Holds what a skeleton owns, and closes it with the skeleton: the last first. */
export class Owner {
  /** How errors call the owner. */
  readonly title: string;
  readonly #owned = new Set<Owned>();
  #closed = false;
  #why: string | undefined;

  constructor(title: string) {
    this.title = title;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** @throws {ClosedError} once closed; `what` is what was used */
  assertOpen(what: string = this.title): void {
    if (this.#closed) throw new ClosedError(what, this.#why);
  }

  /** Takes ownership. */
  own<T extends Owned>(thing: T): T {
    this.assertOpen();
    this.#owned.add(thing);
    return thing;
  }

  /** What it owns, in the order in which it came to it. */
  get owned(): readonly Owned[] {
    return [...this.#owned];
  }

  /** Gives ownership up: it was closed on its own. */
  disown(thing: Owned): void {
    this.#owned.delete(thing);
  }

  /** @param why - for later uses: what closed it and what to use instead */
  close(why?: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#why = why;
    for (const thing of [...this.#owned].toReversed()) thing.close();
    this.#owned.clear();
  }
}
