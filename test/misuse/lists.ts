/** Arrays, queues and stacks against JavaScript arrays; Bloom filters against a set. */
import { BpfError, IndexError, ValueError } from "tinybpf";
import { acting, callback, hostile } from "./hostile.ts";
import { attempt, expectSame, Finding, must, mustBeClosed, show } from "./outcome.ts";
import type { Actor, Owned, Step, World } from "./world.ts";

/** What array maps have in common. */
export interface AnyArray {
  readonly length: number;
  get(index: number): unknown;
  set(index: number, value: unknown): unknown;
  entries(): Generator<[number, unknown]>;
  values(): Generator;
  forEach(callback: (value: unknown, index: number) => unknown): void;
}

export interface ListFacts<M> {
  readonly title: string;
  readonly owner: Owned;
  readonly map: M;
  readonly value: (world: World) => unknown;
}

export class ArrayActor implements Actor {
  readonly title: string;
  readonly owner: Owned;
  readonly #facts: ListFacts<AnyArray>;
  readonly #map: AnyArray;
  #model: unknown[] = [];

  constructor(facts: ListFacts<AnyArray>) {
    this.title = facts.title;
    this.owner = facts.owner;
    this.#facts = facts;
    this.#map = facts.map;
    this.resync();
  }

  resync(): void {
    this.#model = must(() => [...this.#map.values()]);
  }

  poke(world: World): void {
    this.#set(world.random.below(this.#map.length), this.#facts.value(world));
  }

  step(world: World): Step {
    const { random } = world;
    const index = random.below(this.#map.length);
    const value = this.#facts.value(world);
    const is = (text: string, run: () => unknown): Step => ({ text: `${this.title}.${text}`, run });
    switch (random.below(8)) {
      case 0:
        return is(`get(${index})`, () => this.#get(index));
      case 1:
      case 2:
        return is(`set(${index}, ${show(value)})`, () => this.#set(index, value));
      case 3:
        return is("values()", () => this.#compare());
      case 4:
        return is("get(hostile)", () => {
          const { error } = attempt(() => this.#map.get(hostile(world, index) as number));
          if (error !== undefined && this.owner.open && !(error instanceof IndexError))
            throw new Finding(`get: ${error.stack}`);
        });
      case 5:
        return is("set(hostile)", () => this.#setHostile(world, index, value));
      case 6:
        return is("forEach(callback)", () => {
          const wasOpen = this.owner.open;
          const { error } = attempt(() => this.#map.forEach(callback(world)));
          if (!wasOpen && error === undefined) throw new Finding("forEach of a closed map ends well");
        });
      default:
        return is("keep an iteration", () => {
          if (this.owner.open) world.iterators.push(this.#map.entries());
        });
    }
  }

  #get(index: number): void {
    if (!this.owner.open) return mustBeClosed(() => this.#map.get(index));
    expectSame(
      `get(${index})`,
      must(() => this.#map.get(index)),
      this.#model[index],
    );
  }

  #set(index: number, value: unknown): void {
    if (!this.owner.open) return mustBeClosed(() => this.#map.set(index, value));
    must(() => this.#map.set(index, value));
    this.#model[index] = value;
  }

  #compare(): void {
    if (!this.owner.open) return mustBeClosed(() => [...this.#map.values()]);
    expectSame(
      "values",
      must(() => [...this.#map.values()]),
      this.#model,
    );
  }

  #setHostile(world: World, index: number, value: unknown): void {
    const wasOpen = this.owner.open;
    const acts = world.random.oneIn(2) && typeof value === "object" && !ArrayBuffer.isView(value);
    const given = acts ? acting(value, world.act) : hostile(world, value);
    const { error } = attempt(() => this.#map.set(index, given));
    if (error === undefined && !wasOpen) throw new Finding("set of a closed map ends well");
    if (!this.owner.open) return;
    if (acts && error === undefined) this.#model[index] = value;
    else if (!(error instanceof ValueError)) this.resync();
  }
}

export interface AnyQueue {
  push(value: unknown, whenFull?: "fail" | "replace"): unknown;
  pop(): unknown;
  peek(): unknown;
  drain(): Generator;
}

/** `takes`: at which end the next value is. */
export class QueueActor implements Actor {
  readonly title: string;
  readonly owner: Owned;
  readonly #facts: ListFacts<AnyQueue> & { readonly takes: "first" | "last"; readonly maxEntries: number };
  readonly #map: AnyQueue;
  #model: unknown[] = [];

  constructor(
    facts: ListFacts<AnyQueue> & { readonly takes: "first" | "last"; readonly maxEntries: number },
  ) {
    this.title = facts.title;
    this.owner = facts.owner;
    this.#facts = facts;
    this.#map = facts.map;
  }

  resync(): void {
    const all = must(() => [...this.#map.drain()]);
    this.#model = this.#facts.takes === "first" ? all : all.toReversed();
    for (const value of this.#model) must(() => this.#map.push(value));
  }

  poke(world: World): void {
    this.#push(this.#facts.value(world), "replace");
  }

  step(world: World): Step {
    const value = this.#facts.value(world);
    const is = (text: string, run: () => unknown): Step => ({ text: `${this.title}.${text}`, run });
    switch (world.random.below(8)) {
      case 0:
      case 1:
        return is(`push(${show(value)})`, () => this.#push(value, "fail"));
      case 2:
        return is(`push(${show(value)}, replace)`, () => this.#push(value, "replace"));
      case 3:
        return is("pop()", () => this.#next("pop"));
      case 4:
        return is("peek()", () => this.#next("peek"));
      case 5:
        return is("drain()", () => this.#drain(world));
      case 6:
        return is("push(acting)", () => this.#pushActing(world, value));
      default:
        return is("push(hostile)", () => {
          const { error } = attempt(() => this.#map.push(hostile(world, value)));
          if (error === undefined && !this.owner.open) throw new Finding("push to a closed map ends well");
          if (this.owner.open && !(error instanceof ValueError)) this.resync();
        });
    }
  }

  #push(value: unknown, whenFull: "fail" | "replace"): void {
    if (!this.owner.open) return mustBeClosed(() => this.#map.push(value, whenFull));
    const { error } = attempt(() => this.#map.push(value, whenFull));
    const isFull = this.#model.length >= this.#facts.maxEntries;
    if (isFull && whenFull === "fail") {
      if (error instanceof BpfError && error.code === "E2BIG") return;
      throw new Finding(`push to a full map: ${String(error)}`);
    }
    if (error !== undefined) throw new Finding(`push: ${error.stack}`);
    if (isFull) this.#model.shift();
    this.#model.push(value);
  }

  #next(call: "pop" | "peek"): void {
    if (!this.owner.open) return mustBeClosed(() => this.#map[call]());
    const found = must(() => this.#map[call]());
    expectSame(call, found, this.#facts.takes === "first" ? this.#model[0] : this.#model.at(-1));
    if (call === "peek") return;
    if (this.#facts.takes === "first") this.#model.shift();
    else this.#model.pop();
  }

  #drain(world: World): void {
    if (!this.owner.open) return mustBeClosed(() => [...this.#map.drain()]);
    const { error } = attempt(() => {
      for (const value of this.#map.drain()) {
        expectSame("drain", value, this.#facts.takes === "first" ? this.#model.shift() : this.#model.pop());
        world.act();
        if (world.random.oneIn(4)) break;
      }
    });
    if (error !== undefined && this.owner.open) throw new Finding(`drain: ${error.stack}`);
  }

  #pushActing(world: World, value: unknown): void {
    if (typeof value !== "object") return this.#push(value, "fail");
    const wasOpen = this.owner.open;
    const { error } = attempt(() => this.#map.push(acting(value, world.act), "replace"));
    if (error === undefined && !(wasOpen && this.owner.open))
      throw new Finding("push to a closed map ends well");
    if (!this.owner.open) return;
    if (error !== undefined) throw new Finding(`push: ${error.stack}`);
    if (this.#model.length >= this.#facts.maxEntries) this.#model.shift();
    this.#model.push(value);
  }
}

export interface AnyBloom {
  add(value: unknown): unknown;
  has(value: unknown): boolean;
}

export class BloomActor implements Actor {
  readonly title: string;
  readonly owner: Owned;
  readonly #facts: ListFacts<AnyBloom>;
  readonly #added = new Set<unknown>();

  constructor(facts: ListFacts<AnyBloom>) {
    this.title = facts.title;
    this.owner = facts.owner;
    this.#facts = facts;
  }

  resync(): void {
    // Nothing can be taken out of it.
  }

  step(world: World): Step {
    const { map } = this.#facts;
    const value = world.random.oneIn(5) ? hostile(world) : this.#facts.value(world);
    return {
      text: `${this.title}: add, has`,
      run: () => {
        const known = [...this.#added][0];
        if (!this.owner.open) return known === undefined ? undefined : mustBeClosed(() => map.has(known));
        const { error } = attempt(() => map.add(value));
        if (error === undefined) this.#added.add(value);
        else if (!(error instanceof ValueError)) throw new Finding(`add: ${error.stack}`);
        for (const one of this.#added)
          if (!must(() => map.has(one))) throw new Finding(`it forgot ${show(one)}`);
      },
    };
  }
}
