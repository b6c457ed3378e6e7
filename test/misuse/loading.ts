/** Loading what was configured with whatever came: it works or it does not, and ends the opened object either way. */
import { attempt, expectSame, must, mustBeClosed } from "./outcome.ts";
import type { Actor, Owned, Step, World } from "./world.ts";

interface Openable {
  readonly closed: boolean;
  load(): { readonly closed: boolean; close(): void };
}

export class LoadingActor implements Actor {
  readonly title = "loading";
  readonly owner: Owned;
  readonly #open: Openable;

  constructor(owner: Owned, open: Openable) {
    this.owner = owner;
    this.#open = open;
  }

  resync(): void {
    // There is no model of a configuration.
  }

  step(world: World): Step {
    if (!world.random.oneIn(6))
      return { text: "closed", run: () => expectSame("closed", this.#open.closed, !this.owner.open) };
    return { text: "load", run: () => this.#load() };
  }

  #load(): void {
    if (!this.owner.open) return mustBeClosed(() => this.#open.load());
    const { value } = attempt(() => this.#open.load());
    this.owner.open = false;
    expectSame("closed by load", this.#open.closed, true);
    if (value === undefined) return;
    expectSame("what load gave is closed", value.closed, false);
    must(() => value.close());
    must(() => value.close());
    expectSame("what load gave is closed", value.closed, true);
  }
}
