/** Maps that deliver events, read in all the ways there are, in turns and at once. */
import {
  type BatchOptions,
  ClosedError,
  merge,
  type PerfEventArray,
  type PerfRecord,
  type StreamOptions,
  TinyBpfError,
} from "tinybpf";
import { Deliveries, type Numbered, Order } from "./deliveries.ts";
import { hostile } from "./hostile.ts";
import { attempt, expectSame, Finding, Injected, must, mustBeClosed } from "./outcome.ts";
import { ReadableConsumer } from "./readables.ts";
import { Signals, watch } from "./signals.ts";
import type { Actor, Owned, Step, World } from "./world.ts";

type Callback = (event: Numbered) => unknown;

/** What ring buffers and perf event arrays have in common. */
export interface Stream {
  consume(callback: Callback): number;
  consumeViews(callback: Callback): number;
  poll(timeout: number, callback: Callback, options?: StreamOptions): Promise<number>;
  pollViews(timeout: number, callback: Callback, options?: StreamOptions): Promise<number>;
  listen(callback: Callback, options?: StreamOptions): Promise<number>;
  listenViews(callback: Callback, options?: StreamOptions): Promise<number>;
  iterate(options?: StreamOptions): AsyncIterableIterator<Numbered, undefined>;
  batches(options?: BatchOptions): AsyncIterableIterator<Numbered[], undefined>;
  readable(options?: StreamOptions): ReadableStream<Numbered>;
  [Symbol.asyncIterator](): AsyncIterableIterator<Numbered, undefined>;
}

/** What perf event arrays have besides. */
export interface PerfStream extends Stream {
  onLost: PerfEventArray<Numbered, Numbered>["onLost"];
  readonly lost: number;
  records(options?: StreamOptions): AsyncIterableIterator<PerfRecord<Numbered>, undefined>;
}

export interface StreamFacts {
  readonly title: string;
  readonly owner: Owned;
  readonly map: Stream;
  readonly producers: readonly number[];
  /** Has a producer send so many, from that number on; how many found room. */
  readonly send: (producer: number, first: number, count: number) => number;
  /** Set for perf buffers, whose producers are CPUs. */
  readonly perf?: PerfStream;
  /** Bytes that nobody has read, for ring buffers. */
  readonly available?: () => number;
}

/** Something that gives events when it is asked. */
export interface Consumer {
  readonly text: string;
  /** Asks for more; some of it waits. */
  next(world: World): void;
  /** Leaves it. */
  leave(world: World): void;
}

/** Consumers that are kept, of one map; the oldest is left for a new one. */
const KEPT = 8;

/** What waits for events that are there hangs after so long. */
const HANGS_MS = 20_000;

/** The ways to hand events to a callback. */
const HANDED = ["consume", "poll", "listen"] as const;

export class StreamActor implements Actor {
  readonly title: string;
  readonly owner: Owned;
  readonly deliveries: Deliveries;
  readonly map: Stream;
  readonly facts: StreamFacts;
  readonly #signals = new Signals();
  readonly #consumers: Consumer[] = [];
  /** Whether streams may be given up that have taken events along: with some the count need not be exact. */
  readonly #mayLose: boolean;
  #views: Numbered[] = [];

  constructor(facts: StreamFacts, mayLose: boolean) {
    this.title = facts.title;
    this.owner = facts.owner;
    this.map = facts.map;
    this.facts = facts;
    this.deliveries = new Deliveries(facts.title);
    this.#mayLose = mayLose;
    if (facts.perf !== undefined) this.#hear(facts.perf, undefined);
  }

  resync(): void {
    // Misuse may neither lose an event nor make one up.
  }

  poke(world: World): void {
    this.#send(world.pick(this.facts.producers) ?? 0, 1);
  }

  step(world: World): Step {
    const { random } = world;
    const is = (text: string, run: () => unknown): Step => ({ text: `${this.title}: ${text}`, run });
    switch (random.below(24)) {
      case 0:
      case 1:
      case 2:
      case 3: {
        const count = random.below(random.oneIn(10) ? 600 : 8);
        const producer = world.pick(this.facts.producers) ?? 0;
        return is(`send ${count} of ${producer}`, () => this.#send(producer, count));
      }
      case 4:
      case 5:
        return this.#handOver(world, "consume");
      case 6:
      case 7:
        return this.#handOver(world, "poll");
      case 8:
        return this.#handOver(world, "listen");
      case 9:
      case 10:
        return this.#open(world);
      case 11:
      case 12:
      case 13:
      case 14: {
        if (this.#consumers.length < 3) return this.#open(world);
        const consumer = world.pick(this.#consumers);
        // So many that an iteration makes a pause.
        const times = random.oneIn(16) ? 320 : 1 + random.below(3);
        const producer = world.pick(this.facts.producers) ?? 0;
        return is(`${times} x next of ${consumer?.text}`, () => {
          if (times > 100) this.#send(producer, times);
          for (let i = 0; i < times; i++) consumer?.next(world);
        });
      }
      case 15: {
        const [consumer] = this.#consumers.splice(random.below(this.#consumers.length), 1);
        return is(`leave ${consumer?.text}`, () => consumer?.leave(world));
      }
      case 16: {
        const index = random.below(10);
        return is(`abort ${index}`, () => this.#signals.abort(index));
      }
      case 17:
        return this.#loop(world);
      case 18:
        return is("use a kept view", () => {
          for (const view of this.#views.splice(-3)) mustBeClosed(() => view.seq);
        });
      case 19:
        return is("hostile", () => this.#misuse(world));
      case 20:
      case 21:
        // Where none are lost, something else.
        if (this.facts.perf === undefined || random.oneIn(3)) return this.#relay(world);
        return this.#lose(world, this.facts.perf);
      default:
        return is("all are there", () => this.#settle(world));
    }
  }

  #send(producer: number, count: number): void {
    if (!this.owner.open) return;
    const first = this.deliveries.next(producer);
    const sent = must(() => this.facts.send(producer, first, count));
    if (sent > count) throw new Finding(`${sent} of ${count} events were sent`);
    this.deliveries.send(producer, sent);
    if (sent < count && this.facts.perf !== undefined) this.deliveries.drop(producer);
  }

  // What callbacks do

  /** What a callback does besides; its result ends the call when it is false. */
  #reaction(world: World, isDraining = true): () => unknown {
    const { random } = world;
    const index = random.below(10);
    const nested = random.below(2);
    switch (random.below(15)) {
      case 0:
        return () => {
          throw new Injected("of a callback");
        };
      case 1:
      case 2:
        return () => false;
      case 3:
        return () => {
          if (this.owner.open) world.close(this.owner);
          return undefined;
        };
      case 4:
        return () => {
          this.#signals.abort(index);
          return nested === 0 ? false : undefined;
        };
      case 5:
        return () => this.poke(world);
      case 6:
        return () => {
          const { error } = attempt(() => this.map.consume((event) => this.deliveries.see(event)));
          if (!isDraining) return undefined;
          const isRight = this.owner.open ? error instanceof TinyBpfError : error instanceof ClosedError;
          if (!isRight || (this.owner.open && error instanceof ClosedError))
            throw new Finding(`consume in a callback: ${String(error)}`);
          return undefined;
        };
      case 7:
        return () => this.#consumers[index]?.next(world);
      case 8:
        return () => this.#consumers.splice(index, 1)[0]?.leave(world);
      case 9:
        return () => this.#listen(world, nested === 0 ? "poll" : "listen", () => false, 0);
      case 10:
        return () => {
          if (this.owner.open) this.#iterate(undefined).next(world);
          return nested === 0 ? false : undefined;
        };
      case 11:
        return () => world.act();
      case 12:
        return () => globalThis.gc?.();
      default:
        return () => undefined;
    }
  }

  /** A callback that sees events, reacts to one of them, and tells what it threw. */
  #callback(
    world: World,
    isView: boolean,
    isDraining = true,
  ): { callback: Callback; count: () => number; threw: () => unknown; stopped: () => boolean } {
    const after = world.random.below(4);
    const react = this.#reaction(world, isDraining);
    const order = new Order();
    let calls = 0;
    let threw: unknown;
    let stopped = false;
    const callback: Callback = (event) => {
      if (threw !== undefined || stopped) throw new Finding("a callback that has ended is called again");
      order.see(this.deliveries, event, order.call());
      if (isView) this.#views.push(event);
      try {
        const result = calls++ === after ? react() : undefined;
        stopped = result === false;
        return result;
      } catch (error) {
        threw = error;
        throw error;
      } finally {
        // Closed meanwhile, perhaps: then it says so.
        if (isView) {
          const { error } = attempt(() => event.seq);
          expectSame("the view is open", error === undefined, this.owner.open);
        }
      }
    };
    return { callback, count: () => calls, threw: () => threw, stopped: () => stopped };
  }

  #handOver(world: World, how: (typeof HANDED)[number]): Step {
    const isView = world.random.oneIn(3);
    const { callback, count, threw, stopped } = this.#callback(world, isView);
    const timeout = [0, 0, 1, 2.5, Number.POSITIVE_INFINITY][world.random.below(5)] ?? 0;
    const signal = this.#signals.pick(world);
    const text = `${this.title}: ${how}${isView ? "Views" : ""} ${how === "poll" ? timeout : ""}`;
    if (how !== "consume")
      return {
        text,
        run: () => this.#listen(world, how, callback, timeout, { isView, signal, count, threw }),
      };
    return {
      text,
      run: () => {
        const call = (): number => (isView ? this.map.consumeViews(callback) : this.map.consume(callback));
        if (!this.owner.open) return mustBeClosed(call);
        const sent = this.deliveries.missing;
        const { error, value } = attempt(call);
        if (error === undefined) {
          if (threw() !== undefined) throw new Finding("what its callback threw is gone");
          expectSame("handed over", value, count());
          const { available } = this.facts;
          if (available === undefined || stopped() || !this.owner.open) return;
          const sentMeanwhile = this.deliveries.missing + count() > sent;
          if (!sentMeanwhile) expectSame("left by consume", must(available), 0);
        } else if (error !== threw() && !(error instanceof Injected && this.deliveries.throws))
          throw new Finding(`consume: ${error.stack}`, { cause: error });
      },
    };
  }

  #listen(
    world: World,
    how: "poll" | "listen",
    callback: Callback,
    timeout: number,
    more: {
      isView?: boolean;
      signal?: AbortSignal | undefined;
      count?: () => number;
      threw?: () => unknown;
    } = {},
  ): void {
    const { isView, signal, count, threw } = more;
    const options = signal === undefined ? undefined : { signal };
    let calls = 0;
    let isSettled = false;
    let stopped = false;
    const counting: Callback = (event) => {
      if (isSettled) throw new Finding(`${how} has ended, and its callback is called`);
      calls++;
      if (count === undefined) this.deliveries.see(event);
      const result = callback(event);
      stopped ||= result === false;
      return result;
    };
    const { map } = this;
    const promise =
      how === "poll"
        ? isView === true
          ? map.pollViews(timeout, counting, options)
          : map.poll(timeout, counting, options)
        : isView === true
          ? map.listenViews(counting, options)
          : map.listen(counting, options);
    const settle = (): void => void (isSettled = true);
    promise.then(settle, settle);
    const expected = { signal, maps: [this.deliveries], closed: !this.owner.open };
    watch(world, promise, threw === undefined ? expected : { ...expected, threw }, (value) => {
      expectSame(`handed over by ${how}`, value, calls);
      const mayEnd = stopped || !this.owner.open || (how === "poll" && (calls > 0 || timeout < 100));
      if (!mayEnd) throw new Finding(`${how} ended by itself`);
    });
  }

  // Iterations

  #open(world: World): Step {
    const signal = this.#signals.pick(world);
    const { random } = world;
    const kind = random.below(7);
    const isAsked = random.oneIn(2);
    const max = [1, 2, 7, Number.POSITIVE_INFINITY, undefined][random.below(5)];
    const open = (): Consumer => {
      switch (kind) {
        case 0:
          return this.#batches(signal, max);
        case 1:
          return this.facts.perf === undefined
            ? this.#iterate(signal)
            : this.#records(this.facts.perf, signal);
        case 2:
          return new ReadableConsumer(this, this.map.readable({ signal }), signal, this.#mayLose);
        case 3:
        case 4:
          return this.#merge(world, signal);
        default:
          return this.#iterate(signal);
      }
    };
    const name = ["batches", "records", "readable", "merge", "merge"][kind] ?? "iterate";
    return {
      text: `${this.title}: open ${name}`,
      run: () => {
        if (!this.owner.open) return mustBeClosed(open);
        const consumer = must(open);
        this.#consumers.push(consumer);
        if (isAsked) consumer.next(world);
        if (this.#consumers.length > KEPT) this.#consumers.shift()?.leave(world);
      },
    };
  }

  #iterate(signal: AbortSignal | undefined): Consumer {
    const iterator = signal === undefined ? this.map[Symbol.asyncIterator]() : this.map.iterate({ signal });
    return new Iteration("iterate", [this], iterator, signal, (event, see) => see(this.deliveries, event));
  }

  #batches(signal: AbortSignal | undefined, max: number | undefined): Consumer {
    const iterator = this.map.batches({ signal, max });
    return new Iteration(`batches of ${max}`, [this], iterator, signal, (events, see) => {
      if (events.length === 0 || events.length > (max ?? 1024))
        throw new Finding(`a batch of ${events.length}, at most ${max}`);
      for (const event of events) see(this.deliveries, event);
    });
  }

  #records(perf: PerfStream, signal: AbortSignal | undefined): Consumer {
    return new Iteration("records", [this], perf.records({ signal }), signal, (record, see) => {
      if (record.kind === "lost") {
        this.deliveries.recorded++;
        return;
      }
      expectSame("CPU", record.cpu, record.event.producer);
      this.deliveries.seeRecorded(record.event);
      see(this.deliveries, record.event);
    });
  }

  /** Some of the world's streams as one; a map may be among them twice. */
  #merge(world: World, signal: AbortSignal | undefined): Consumer {
    const all = world.actors.filter(
      (actor): actor is StreamActor => actor instanceof StreamActor && actor.owner.open,
    );
    const chosen: StreamActor[] = [this, this].slice(world.random.below(2));
    chosen.push(...Array.from({ length: world.random.below(3) }, () => world.pick(all) ?? this));
    const byName = new Map(chosen.map((actor, index) => [`map ${index}`, actor]));
    const maps = Object.fromEntries([...byName].map(([name, { map }]) => [name, map]));
    // They are ring buffers and perf event arrays, of whatever type.
    const iterator = merge(maps as unknown as Parameters<typeof merge>[0], { signal });
    return new Iteration(`merge of ${chosen.length}`, [...new Set(chosen)], iterator, signal, (one, see) => {
      const actor = byName.get(one.map);
      if (actor === undefined) throw new Finding(`merge gives an event of ${one.map}`);
      see(actor.deliveries, one.event as Numbered);
    });
  }

  /** `for await`, which is left in some way. */
  #loop(world: World): Step {
    const signal = this.#signals.pick(world);
    const { callback, threw, stopped } = this.#callback(world, false, false);
    let left = 1 + world.random.below(300);
    const loop = async (): Promise<void> => {
      for await (const event of this.map.iterate({ signal }))
        if (callback(event) === false || --left === 0) return;
    };
    return {
      text: `${this.title}: for await`,
      run: () => {
        watch(world, loop(), { signal, maps: [this.deliveries], closed: !this.owner.open, threw }, () => {
          if (this.owner.open && !stopped() && left > 0) throw new Finding("for await ended by itself");
        });
      },
    };
  }

  /**
   * Leaves events to somebody who comes while they are handed over, of which nobody tells again, or stops somebody who would
   * have been next.
   */
  #relay(world: World): Step {
    const producer = world.pick(this.facts.producers) ?? 0;
    const how = world.random.oneIn(2) ? "poll" : "listen";
    const stop = world.random.oneIn(2) ? new AbortController() : undefined;
    return {
      text: `${this.title}: relay ${how}${stop === undefined ? "" : ", abort"}`,
      run: async () => {
        if (!this.owner.open) return;
        const heir = this.#iterate(stop?.signal);
        const inherit = (): false => {
          if (stop !== undefined) stop.abort(new Injected("relayed"));
          else if (this.owner.open) heir.next(world);
          return false;
        };
        this.#listen(world, how, inherit, Number.POSITIVE_INFINITY);
        // Behind the one that listens, once that does.
        if (stop !== undefined) void Promise.resolve().then(() => this.owner.open && heir.next(world));
        await new Promise((resolve) => setImmediate(resolve));
        this.#send(producer, 3);
        await this.#settle(world);
      },
    };
  }

  /** Has more events sent than there is room for, and reacts to that while somebody may wait for them. */
  #lose(world: World, perf: PerfStream): Step {
    const reaction = world.random.oneIn(2) ? undefined : this.#reaction(world);
    const reader = world.random.below(4);
    const producer = world.pick(this.facts.producers) ?? 0;
    return {
      text: `${this.title}: lose some of ${producer}`,
      run: () => {
        this.#hear(perf, reaction);
        this.#send(producer, 2000);
        if (!this.owner.open) return;
        // The first that finds room says how many did not.
        const { error } = attempt(() =>
          this.map.consume((event) => {
            this.deliveries.see(event);
            return event.seq % 8 !== 0;
          }),
        );
        if (error !== undefined && !(error instanceof Injected && this.deliveries.throws))
          throw new Finding(`consume: ${error.stack}`, { cause: error });
        this.#send(producer, 3);
        if (!this.owner.open || reader > 1) return;
        const consumer = reader === 0 ? this.#batches(undefined, undefined) : this.#records(perf, undefined);
        for (let i = 0; i < (reader === 0 ? 3 : 200); i++) consumer.next(world);
      },
    };
  }

  // What nobody should do

  #misuse(world: World): void {
    const { map } = this;
    const signal = this.#signals.pick(world);
    const wrong = hostile(world, { signal }) as never;
    const maps = [this.deliveries];
    const see = (event: Numbered): void => this.deliveries.see(event);
    const promised = (call: () => Promise<unknown>): void =>
      watch(world, call(), { maps, signal, closed: !this.owner.open, wrong: true });
    switch (world.random.below(9)) {
      case 0:
        attempt(() => map.iterate(wrong));
        return;
      case 1:
        attempt(() => map.batches(wrong));
        return;
      case 2:
        attempt(() => map.batches({ max: wrong }));
        return;
      case 3:
        attempt(() => map.readable(wrong));
        return;
      case 4:
        attempt(() => merge(wrong));
        return;
      case 5:
        promised(() => map.poll(wrong, see));
        return;
      case 6:
        promised(() => map.poll(1, see, wrong));
        return;
      case 7:
        promised(() => map.listen(see, wrong));
        return;
      default: {
        if (typeof wrong === "function") return;
        const { error } = attempt(() => map.consume(wrong));
        if (error === undefined) throw new Finding("consume without a function ends well");
      }
    }
  }

  /** Hears of lost events from now on, and reacts to the next. */
  #hear(perf: PerfStream, reaction: (() => unknown) | undefined): void {
    let react = reaction;
    perf.onLost = (count, cpu) => {
      this.deliveries.hear(cpu, count, react === undefined);
      const once = react;
      react = undefined;
      if (once === undefined) return undefined;
      this.deliveries.throws = true;
      once();
      return undefined;
    };
  }

  /** Who waits for events gets those that are there; what nobody waits for is there, too. */
  async #settle(world: World): Promise<void> {
    if (!this.owner.open) return;
    const { deliveries } = this;
    const start = Date.now();
    for (let turn = 0; turn < 3 || (deliveries.waiting > 0 && this.#unread > 0); turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      world.assertWell();
      if (!this.owner.open) return;
      if (Date.now() - start > HANGS_MS)
        throw new Finding(
          `${deliveries.waiting} wait, and ${this.#unread} are unread of ${deliveries.missing}`,
        );
    }
    deliveries.assertNoGaps();
    while (this.owner.open) {
      const { error, value } = attempt(() => this.map.consume((event) => deliveries.see(event)));
      if (error instanceof ClosedError && !this.owner.open) return;
      if (error !== undefined && !(error instanceof Injected && deliveries.throws))
        throw new Finding(`consume: ${error.stack}`, { cause: error });
      if (value === 0) break;
      await new Promise((resolve) => setImmediate(resolve));
      world.assertWell();
    }
    if (!this.owner.open) return;
    if (this.facts.available !== undefined) expectSame("unread", must(this.facts.available), 0);
    if (deliveries.missing > deliveries.slack)
      throw new Finding(
        `${deliveries.missing} of ${this.title} are lost, at most ${deliveries.slack} may be`,
      );
    if (this.facts.perf !== undefined) expectSame("lost", this.facts.perf.lost, deliveries.told);
  }

  /** What is there to be read. */
  get #unread(): number {
    const { available } = this.facts;
    return available === undefined
      ? Math.max(0, this.deliveries.missing - this.deliveries.slack)
      : must(available);
  }
}

/** An iteration of any kind. */
class Iteration<T> implements Consumer {
  readonly text: string;
  readonly #actors: readonly StreamActor[];
  readonly #iterator: AsyncIterableIterator<T, undefined>;
  readonly #signal: AbortSignal | undefined;
  readonly #take: (item: T, see: (deliveries: Deliveries, event: Numbered) => void) => void;
  readonly #order = new Order();
  #left = false;

  constructor(
    text: string,
    actors: readonly StreamActor[],
    iterator: AsyncIterableIterator<T, undefined>,
    signal: AbortSignal | undefined,
    take: (item: T, see: (deliveries: Deliveries, event: Numbered) => void) => void,
  ) {
    this.text = text;
    this.#actors = actors;
    this.#iterator = iterator;
    this.#signal = signal;
    this.#take = take;
  }

  next(world: World): void {
    const call = this.#order.call();
    const maps = this.#actors.map(({ deliveries }) => deliveries);
    const signal = this.#signal;
    watch(world, this.#iterator.next(), { signal, maps, closed: false }, (result) => {
      if (result.done !== true) this.#take(result.value, (map, event) => this.#order.see(map, event, call));
      else if (!this.#left && signal?.aborted !== true && this.#actors.some(({ owner }) => owner.open))
        throw new Finding(`${this.text} ended by itself`);
    });
  }

  leave(world: World): void {
    this.#left = true;
    if (this.#iterator.return !== undefined)
      watch(world, this.#iterator.return(), { maps: [], closed: false }, ({ done }) =>
        expectSame("done", done, true),
      );
  }
}
