/** The model of a map that delivers events: what was sent is delivered once, to one consumer, in the order of its producer. */
import { expectSame, Finding } from "./outcome.ts";

/** Which event: each producer counts its own from 0; where there is one only, it is the first. */
export interface Numbered {
  readonly producer?: number;
  readonly seq: number;
}

interface Producer {
  sent: number;
  /** Delivered without a gap. */
  whole: number;
  /** Delivered beyond the gap. */
  readonly beyond: Set<number>;
  /** How many found no room in front of an event, by its number, and were not told of yet. */
  readonly lost: Map<number, number>;
  /** Events in front of which some were lost, and told of. */
  readonly quiet: Set<number>;
}

export class Deliveries {
  readonly title: string;
  /** Promises that want events. */
  waiting = 0;
  /** Events that streams which were given up may have taken along. */
  slack = 0;
  /** Whether what hears of lost events may throw. */
  throws = false;
  /** How many were dropped. */
  dropped = 0;
  /** How often records told of some. */
  recorded = 0;
  #toRecord = 0;
  readonly #producers = new Map<number, Producer>();

  constructor(title: string) {
    this.title = title;
  }

  /** The number of a producer's next event. */
  next(producer: number): number {
    return this.#of(producer).sent;
  }

  /** So many events found room. */
  send(producer: number, count: number): void {
    this.#of(producer).sent += count;
  }

  /** The kernel dropped one, which the producer sends again. */
  drop(producer: number): void {
    const { lost, sent } = this.#of(producer);
    lost.set(sent, (lost.get(sent) ?? 0) + 1);
    this.dropped++;
  }

  see({ producer = 0, seq }: Numbered): void {
    const one = this.#of(producer);
    if (seq >= one.sent) throw new Finding(`${this.title}: nobody sent event ${seq} of ${producer}`);
    if (seq < one.whole || one.beyond.has(seq))
      throw new Finding(`${this.title}: event ${seq} of ${producer} comes twice`);
    one.beyond.add(seq);
    while (one.beyond.delete(one.whole)) one.whole++;
  }

  /**
   * Told of `count` lost events of a producer: those in front of the next one that found room.
   *
   * @param isQuiet - whether who hears of it goes on reading
   */
  hear(producer: number, count: number, isQuiet: boolean): void {
    const { lost, sent, quiet } = this.#of(producer);
    const [first] = lost;
    if (first === undefined || first[0] >= sent)
      throw new Finding(`${this.title}: none of ${producer} were lost, and ${count} are told of`);
    expectSame(`${this.title}: lost in front of event ${first[0]} of ${producer}`, count, first[1]);
    lost.delete(first[0]);
    if (isQuiet) quiet.add(first[0]);
  }

  /**
   * An event that records have: whoever is told of lost events reads the one behind them as well, but for records, which have
   * told of them first.
   */
  seeRecorded({ producer = 0, seq }: Numbered): void {
    if (this.#of(producer).quiet.delete(seq)) this.#toRecord++;
  }

  /** How many must have been told of, once all is read: those with an event behind them. */
  get told(): number {
    let untold = 0;
    for (const { lost, sent } of this.#producers.values()) untold += lost.get(sent) ?? 0;
    return this.dropped - untold;
  }

  /** Sent, and not delivered. */
  get missing(): number {
    let count = 0;
    for (const { sent, whole, beyond } of this.#producers.values()) count += sent - whole - beyond.size;
    return count;
  }

  /** When nobody is being served, all that is missing is behind what was delivered. */
  assertNoGaps(): void {
    let gaps = 0;
    for (const { whole, beyond } of this.#producers.values()) {
      let last = whole - 1;
      for (const seq of beyond) last = Math.max(last, seq);
      gaps += last + 1 - whole - beyond.size;
    }
    if (this.recorded < this.#toRecord) throw new Finding(`${this.title}: records do not tell what was lost`);
    if (gaps > this.slack) throw new Finding(`${this.title}: ${gaps} events are lost between others`);
  }

  #of(producer: number): Producer {
    let one = this.#producers.get(producer);
    if (one === undefined) {
      one = { sent: 0, whole: 0, beyond: new Set(), lost: new Map(), quiet: new Set() };
      this.#producers.set(producer, one);
    }
    return one;
  }
}

/** Calls further apart than this are not compared. */
const COMPARED = 64;

/** One consumer's events: later calls get later ones, whichever promise is settled first. */
export class Order {
  readonly #seen = new Map<string, { readonly call: number; readonly seq: number }[]>();
  #calls = 0;

  /** The number of a call. */
  call(): number {
    return this.#calls++;
  }

  see(deliveries: Deliveries, event: Numbered, call: number): void {
    deliveries.see(event);
    const key = `${deliveries.title}/${event.producer ?? 0}`;
    const seen = this.#seen.get(key) ?? [];
    this.#seen.set(key, seen);
    let at = seen.length;
    while (at > 0 && (seen[at - 1]?.call ?? 0) > call) at--;
    const before = seen[at - 1]?.seq ?? -1;
    const after = seen[at]?.seq ?? Number.POSITIVE_INFINITY;
    if (event.seq < before || event.seq > after)
      throw new Finding(`${key}: event ${event.seq} comes between ${before} and ${after}`);
    seen.splice(at, 0, { call, seq: event.seq });
    if (seen.length > COMPARED) seen.shift();
  }
}
