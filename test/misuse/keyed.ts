/** Maps with keys and values against a JavaScript Map. */
import { BpfError, type UpdateMode, ValueError } from "tinybpf";
import { acting, callback, halfWay, hostile } from "./hostile.ts";
import { attempt, expectSame, Finding, must, mustBeClosed, show } from "./outcome.ts";
import type { Actor, Owned, Step, World } from "./world.ts";

/** What the classes of such maps have in common, whatever they hold. */
export interface AnyKeyed {
  readonly size: number;
  get(key: unknown): unknown;
  getMany(keys: Iterable<unknown>): unknown[];
  has(key: unknown): boolean;
  set(key: unknown, value: unknown): unknown;
  update(key: unknown, value: unknown, mode: UpdateMode): boolean;
  setMany(entries: Iterable<readonly [unknown, unknown]>): unknown;
  delete(key: unknown): boolean;
  deleteMany(keys: Iterable<unknown>): number;
  clear(): void;
  entries(): Generator<[unknown, unknown]>;
  keys(): Generator;
  values(): Generator;
  forEach(callback: (value: unknown, key: unknown) => unknown): void;
}

export interface KeyedFacts {
  readonly title: string;
  readonly owner: Owned;
  readonly map: AnyKeyed;
  readonly maxEntries: number;
  readonly key: (world: World) => unknown;
  readonly value: (world: World) => unknown;
  /** Whether an element may vanish by itself. */
  readonly evicts?: boolean;
  /** Whether a lookup finds other keys than the one that is given. */
  readonly matches?: boolean;
}

export class KeyedActor implements Actor {
  readonly title: string;
  readonly owner: Owned;
  readonly #facts: KeyedFacts;
  readonly #map: AnyKeyed;
  /** By the text of the key. */
  #model = new Map<string, readonly [key: unknown, value: unknown]>();

  constructor(facts: KeyedFacts) {
    this.title = facts.title;
    this.owner = facts.owner;
    this.#facts = facts;
    this.#map = facts.map;
  }

  resync(): void {
    this.#model = new Map(must(() => [...this.#map.entries()]).map((entry) => [show(entry[0]), entry]));
  }

  poke(world: World): void {
    const { key, value } = this.#facts;
    if (world.random.oneIn(3)) this.#delete(key(world));
    else this.#set(key(world), value(world), "any");
  }

  step(world: World): Step {
    const { random } = world;
    const { key, value } = this.#facts;
    const k = key(world);
    const v = value(world);
    const many = Array.from({ length: random.below(6) }, () => key(world));
    const pairs = many.map((one) => [one, value(world)] as const);
    const mode = (["any", "noexist", "exist"] as const)[random.below(3)] ?? "any";
    const name = `${this.title}.`;
    const is = (text: string, run: () => unknown): Step => ({ text: name + text, run });
    switch (random.below(20)) {
      case 0:
      case 1:
        return is(`get(${show(k)})`, () => this.#get(k));
      case 2:
        return is(`has(${show(k)})`, () => this.#has(k));
      case 3:
      case 4:
        return is(`set(${show(k)}, ${show(v)})`, () => this.#set(k, v, "any"));
      case 5:
        return is(`update(${show(k)}, ${show(v)}, ${mode})`, () => this.#update(k, v, mode));
      case 6:
        return is(`delete(${show(k)})`, () => this.#delete(k));
      case 7:
        return is(`getMany(${show(many)})`, () => this.#getMany(many));
      case 8:
        return is(`setMany(${show(pairs)})`, () => this.#setMany(pairs));
      case 9:
        return is(`deleteMany(${show(many)})`, () => this.#deleteMany(many));
      case 10:
        return is("clear()", () => this.#clear());
      case 11:
        return is("entries()", () => this.#compare());
      case 12:
        return is("size", () => this.#counts());
      case 13:
        return is("iterate and change", () => this.#iterate(world));
      case 14:
        return is("forEach(callback)", () => this.#forEach(world));
      case 15:
        return is("set(key, acting value)", () => this.#setActing(world, k, v));
      case 16:
        return is("setMany(half way)", () => this.#setHalfWay(world, pairs));
      case 17:
        return is("set(hostile)", () => this.#setHostile(world, k, v));
      case 18:
        return is("get(hostile)", () => this.#lookHostile(world, k));
      default:
        return is("keep an iteration", () => {
          if (!this.owner.open) return mustBeClosed(() => this.#map.entries().next());
          world.iterators.push(this.#map.entries());
        });
    }
  }

  #expected(key: unknown): unknown {
    return this.#model.get(show(key))?.[1];
  }

  #get(key: unknown): void {
    if (!this.owner.open) return mustBeClosed(() => this.#map.get(key));
    const found = must(() => this.#map.get(key));
    if (this.#facts.matches === true) return;
    if (this.#facts.evicts === true && found === undefined) return;
    expectSame(`get(${show(key)})`, found, this.#expected(key));
  }

  #has(key: unknown): void {
    if (!this.owner.open) return mustBeClosed(() => this.#map.has(key));
    const found = must(() => this.#map.has(key));
    if (this.#facts.matches === true || this.#facts.evicts === true) return;
    expectSame(`has(${show(key)})`, found, this.#model.has(show(key)));
  }

  #set(key: unknown, value: unknown, mode: UpdateMode): void {
    if (!this.owner.open) return mustBeClosed(() => this.#map.set(key, value));
    const { error } = attempt(() => this.#map.set(key, value));
    this.#wasSet(key, value, mode, error);
  }

  #wasSet(key: unknown, value: unknown, mode: UpdateMode, error: Error | undefined): void {
    const isNew = !this.#model.has(show(key));
    const isFull = this.#model.size >= this.#facts.maxEntries && this.#facts.evicts !== true;
    if (error !== undefined) {
      // A map without preallocated elements may also say ENOMEM under pressure, which is not what is tested here.
      if (isNew && isFull && error instanceof BpfError && ["E2BIG", "ENOSPC"].includes(error.code)) return;
      throw new Finding(`cannot set ${show(key)} (${mode}): ${error.stack}`, { cause: error });
    }
    if (isNew && isFull) throw new Finding(`took ${show(key)} though it is full`);
    this.#model.set(show(key), [key, value]);
  }

  #update(key: unknown, value: unknown, mode: UpdateMode): void {
    if (!this.owner.open) return mustBeClosed(() => this.#map.update(key, value, mode));
    const { error, value: done } = attempt(() => this.#map.update(key, value, mode));
    const isThere = this.#model.has(show(key));
    if (this.#facts.evicts === true) {
      if (done === true) this.#model.set(show(key), [key, value]);
      return;
    }
    const possible = mode === "any" || (mode === "exist") === isThere;
    if (!possible && error === undefined) return expectSame(`update(${mode})`, done, false);
    // Of a full map the kernel may say so before it looks.
    if (!possible && error instanceof BpfError && error.code === "E2BIG") return;
    if (error === undefined) expectSame(`update(${mode})`, done, true);
    this.#wasSet(key, value, mode, error);
  }

  #delete(key: unknown): void {
    if (!this.owner.open) return mustBeClosed(() => this.#map.delete(key));
    const found = must(() => this.#map.delete(key));
    if (this.#facts.evicts !== true) expectSame(`delete(${show(key)})`, found, this.#model.has(show(key)));
    this.#model.delete(show(key));
  }

  #getMany(keys: readonly unknown[]): void {
    if (!this.owner.open) return keys.length === 0 ? undefined : mustBeClosed(() => this.#map.getMany(keys));
    const found = must(() => this.#map.getMany(keys));
    if (this.#facts.matches === true || this.#facts.evicts === true)
      return expectSame("length of getMany", found.length, keys.length);
    expectSame(
      "getMany",
      found,
      keys.map((key) => this.#expected(key)),
    );
  }

  #setMany(pairs: readonly (readonly [unknown, unknown])[]): void {
    if (!this.owner.open) return mustBeClosed(() => this.#map.setMany(pairs));
    const { error } = attempt(() => this.#map.setMany(pairs));
    if (error === undefined) {
      for (const [key, value] of pairs) this.#wasSet(key, value, "any", undefined);
      return;
    }
    if (!(error instanceof BpfError) || !("done" in error)) throw new Finding(`setMany: ${error.stack}`);
    const done = Number(error.done);
    for (const [key, value] of pairs.slice(0, done)) this.#wasSet(key, value, "any", undefined);
    const [key, value] = pairs[done] ?? [undefined, undefined];
    this.#wasSet(key, value, "any", error);
  }

  #deleteMany(keys: readonly unknown[]): void {
    if (!this.owner.open) return mustBeClosed(() => this.#map.deleteMany(keys));
    const found = must(() => this.#map.deleteMany(keys));
    let expected = 0;
    for (const key of keys) if (this.#model.delete(show(key))) expected++;
    if (this.#facts.evicts !== true) expectSame("deleteMany", found, expected);
  }

  #clear(): void {
    if (!this.owner.open) return mustBeClosed(() => this.#map.clear());
    must(() => this.#map.clear());
    this.#model.clear();
    this.#compare();
  }

  #compare(): void {
    if (!this.owner.open) return mustBeClosed(() => [...this.#map.entries()]);
    const found = must(() => [...this.#map.entries()]);
    const texts = found.map(([key, value]) => `${show(key)}=${show(value)}`).sort();
    const expected = [...this.#model].map(([key, [, value]]) => `${key}=${show(value)}`).sort();
    if (this.#facts.evicts !== true) return expectSame("entries", texts, expected);
    for (const text of texts)
      if (!expected.includes(text)) throw new Finding(`entries: ${text} was never set`);
  }

  #counts(): void {
    if (!this.owner.open) return mustBeClosed(() => this.#map.size);
    const keys = must(() => [...this.#map.keys()]);
    const values = must(() => [...this.#map.values()]);
    expectSame("keys and values", keys.length, values.length);
    expectSame(
      "size",
      must(() => this.#map.size),
      keys.length,
    );
    if (this.#facts.evicts !== true) expectSame("size of the model", keys.length, this.#model.size);
  }

  /** Goes through the map while it changes, or is closed. */
  #iterate(world: World): void {
    const seen = new Set<string>();
    const kind = world.random.below(4);
    const { error } = attempt(() => {
      for (const [key] of this.#map.entries()) {
        const text = show(key);
        if (seen.has(text)) throw new Finding(`iteration: ${text} comes twice`);
        seen.add(text);
        if (!this.owner.open) throw new Finding("iteration: goes on though it is closed");
        if (kind === 0) this.#delete(key);
        else if (kind === 1) this.poke(world);
        else if (kind === 2) world.act();
        else if (world.random.oneIn(3)) break;
      }
    });
    if (error !== undefined && this.owner.open) throw new Finding(`iteration: ${error.stack}`);
  }

  #forEach(world: World): void {
    const hostileCallback = world.random.oneIn(4);
    const wasOpen = this.owner.open;
    const called = hostileCallback ? (hostile(world) as () => unknown) : callback(world);
    const { error } = attempt(() => this.#map.forEach(called));
    if (!wasOpen && error === undefined) throw new Finding("forEach of a closed map ends well");
    if (hostileCallback && typeof called !== "function" && error === undefined)
      throw new Finding(`forEach(${typeof called}) ends well`);
  }

  /** Its members act when they are read; what happens to others, they have written down. */
  #setActing(world: World, key: unknown, value: unknown): void {
    const wasOpen = this.owner.open;
    const act = (): void => (world.random.oneIn(3) && this.owner.open ? this.poke(world) : world.act());
    const [k, v] = [activeLike(key, act), activeLike(value, act)];
    if (!wasOpen) return mustBeClosed(() => this.#map.set(k, v));
    const { error } = attempt(() => this.#map.set(k, v));
    if (!this.owner.open) {
      if (error === undefined) throw new Finding("closed while it was set, and says nothing");
      return;
    }
    this.#wasSet(key, value, "any", error);
    const { error: bad } = attempt(() => this.#map.get(activeLike(key, act)));
    if (!this.owner.open) return;
    if (bad !== undefined) throw new Finding(`get: ${bad.stack}`);
    // What was called meanwhile must not have got into what was set.
    this.#compare();
  }

  #setHalfWay(world: World, pairs: readonly (readonly [unknown, unknown])[]): void {
    const { error } = attempt(() =>
      this.#map.setMany(halfWay(pairs, world.act) as Iterable<readonly [unknown, unknown]>),
    );
    if (error === undefined) {
      if (!this.owner.open && pairs.length > 0) throw new Finding("setMany of a closed map ends well");
      for (const [key, value] of this.owner.open ? pairs : []) this.#wasSet(key, value, "any", undefined);
    } else if (this.owner.open) this.resync();
  }

  /** What does not fit changes nothing. */
  #setHostile(world: World, key: unknown, value: unknown): void {
    const place = world.random.below(3);
    const bad = hostile(world, place === 0 ? key : value);
    const { error } = attempt(() => {
      if (place === 0) return this.#map.set(bad, value);
      if (place === 1) return this.#map.set(key, bad);
      return this.#map.update(key, bad, hostile(world, "any") as UpdateMode);
    });
    if (error instanceof ValueError || !this.owner.open) return;
    this.resync();
  }

  #lookHostile(world: World, key: unknown): void {
    const bad = hostile(world, key);
    const wasOpen = this.owner.open;
    const { error } = attempt(() => {
      switch (world.random.below(5)) {
        case 0:
          return this.#map.get(bad);
        case 1:
          return this.#map.has(bad);
        case 2:
          return this.#map.getMany(hostile(world, [key]) as Iterable<unknown>);
        case 3:
          return this.#map.deleteMany(hostile(world, [key]) as Iterable<unknown>);
        default:
          return this.#map.setMany(hostile(world, [[key, key]]) as Iterable<[unknown, unknown]>);
      }
    });
    if (error instanceof ValueError || !wasOpen || !this.owner.open) return;
    this.resync();
  }
}

/** Like `value`, but that its members do something when they are read. */
function activeLike(value: unknown, act: () => void): unknown {
  const hasMembers = typeof value === "object" && value !== null && !ArrayBuffer.isView(value);
  return hasMembers ? acting(value, act) : value;
}
