/** Ring buffers and perf buffers: each event is delivered once, to one consumer, in its order. */
import { ClosedError, TinyBpfError } from "tinybpf";
import { callback, hostile } from "./hostile.ts";
import { attempt, expectSame, Finding, Injected, must, mustBeClosed } from "./outcome.ts";
import type { Actor, Owned, Step, World } from "./world.ts";

export interface Event {
  readonly seq: number;
}

/** What ring buffers and perf event arrays have in common. */
export interface AnyEvents {
  consume(callback: (event: Event) => unknown): number;
  consumeViews(callback: (view: Event) => unknown): number;
  [Symbol.asyncIterator](): AsyncIterator<Event>;
}

export interface EventFacts {
  readonly title: string;
  readonly owner: Owned;
  readonly map: AnyEvents;
  /** Sends up to so many; how many were sent. */
  readonly send: (count: number) => number;
  /** Whether the buffers have to be opened before something is sent. */
  readonly open?: () => void;
}

export class EventsActor implements Actor {
  readonly title: string;
  readonly owner: Owned;
  readonly #facts: EventFacts;
  readonly #seen = new Set<number>();
  #sent = 0;
  #views: Event[] = [];

  constructor(facts: EventFacts) {
    this.title = facts.title;
    this.owner = facts.owner;
    this.#facts = facts;
    facts.open?.();
  }

  resync(): void {
    // Misuse may neither lose an event nor make one up.
  }

  step(world: World): Step {
    const { map } = this.#facts;
    const { random } = world;
    const is = (text: string, run: () => unknown): Step => ({ text: `${this.title}: ${text}`, run });
    switch (random.below(12)) {
      case 0:
      case 1:
      case 2: {
        const count = random.below(random.oneIn(10) ? 500 : 5);
        return is(`send ${count}`, () => this.#send(count));
      }
      case 3:
        return is("consume(callback)", () => this.#consume(callback(world)));
      case 4:
        return is("consumeViews(callback)", () => this.#consumeViews(world));
      case 5:
        return is("consume(consume)", () => this.#reenter());
      case 6:
        return is("iterate", () => {
          if (!this.owner.open) return mustBeClosed(() => map[Symbol.asyncIterator]());
          world.asyncIterators.push(this.#watched(map[Symbol.asyncIterator]()));
        });
      case 7:
      case 8:
        return is("next()", () => this.#next(world));
      case 9:
        return is("use a kept view", () => this.#useKept());
      case 10:
        return is("consume(hostile)", () => {
          const given = hostile(world);
          if (typeof given === "function") return;
          const { error } = attempt(() => map.consume(given as () => undefined));
          if (error === undefined) throw new Finding("consume without a function ends well");
        });
      default:
        return is("all are there", () => this.#settle(world));
    }
  }

  #send(count: number): void {
    if (!this.owner.open) return;
    this.#sent += must(() => this.#facts.send(count));
  }

  #saw({ seq }: Event): void {
    if (this.#seen.has(seq)) throw new Finding(`event ${seq} comes twice`);
    this.#seen.add(seq);
  }

  #consume(called: (...args: readonly unknown[]) => unknown): void {
    let count = 0;
    const consume = (): number =>
      this.#facts.map.consume((event) => {
        count++;
        this.#saw(event);
        return called(event);
      });
    if (!this.owner.open) return mustBeClosed(consume);
    const { error, value } = attempt(consume);
    if (error === undefined) expectSame("consume", value, count);
    else if (!(error instanceof Injected)) throw new Finding(`consume: ${error.stack}`);
  }

  #consumeViews(world: World): void {
    const called = callback(world);
    const consume = (): number =>
      this.#facts.map.consumeViews((view) => {
        this.#views.push(view);
        this.#saw(view);
        called(view);
        // Closed meanwhile, perhaps: then it says so.
        const { error } = attempt(() => view.seq);
        expectSame("the view is open", error === undefined, this.owner.open);
        return undefined;
      });
    if (!this.owner.open) return mustBeClosed(consume);
    const { error } = attempt(consume);
    if (error !== undefined && !(error instanceof Injected))
      throw new Finding(`consumeViews: ${error.stack}`);
  }

  #useKept(): void {
    for (const view of this.#views.slice(-3)) mustBeClosed(() => view.seq);
  }

  #reenter(): void {
    this.#consume(() => {
      const { error } = attempt(() => this.#facts.map.consume((event) => this.#saw(event)));
      if (!(error instanceof TinyBpfError)) throw new Finding(`consume in a callback: ${String(error)}`);
    });
  }

  #watched(iterator: AsyncIterator<Event>): AsyncIterator<unknown> {
    const { map } = this.#facts;
    return {
      next: async () => {
        const result = await iterator.next();
        if (result.done !== true) this.#saw(result.value);
        return result;
      },
      return: async () => (await iterator.return?.()) ?? { done: true, value: map },
    };
  }

  #next(world: World): void {
    const { map } = this.#facts;
    if (!this.owner.open) return mustBeClosed(() => map[Symbol.asyncIterator]());
    const iterator = this.#watched(must(() => map[Symbol.asyncIterator]()));
    world.track(iterator.next());
    if (world.random.oneIn(2) && iterator.return !== undefined) world.track(iterator.return());
    else world.asyncIterators.push(iterator);
  }

  /** Reads on until there is nothing more, while others may wait for events, too. */
  async #settle(world: World): Promise<void> {
    if (!this.owner.open) return;
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    // What a promise has delivered is counted when its handler ran.
    while (this.owner.open) {
      const { error, value } = attempt(() => this.#facts.map.consume((event) => this.#saw(event)));
      if (error instanceof ClosedError && !this.owner.open) return;
      if (error !== undefined) throw new Finding(`consume: ${error.stack}`);
      await new Promise((resolve) => setImmediate(resolve));
      world.assertWell();
      if (value === 0) break;
    }
    if (this.owner.open) expectSame("events", this.#seen.size, this.#sent);
  }
}
