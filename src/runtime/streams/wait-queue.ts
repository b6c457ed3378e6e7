/** Who waits for the events of one map, and whose turn it is. */

/** Somebody who waits. */
export interface Waiting {
  /**
   * Reads what it waits for. It may be taken out of the queue meanwhile, by who hears of lost events.
   *
   * @param wanted - whether it is still in the queue
   * @returns whether there was something
   */
  serve(wanted: () => boolean): boolean;
  /** It is out of the queue, because of an error. */
  fail(error: unknown): void;
  /** It is out of the queue, because the map was closed. */
  end(): void;
}

/** How a queue gets to hear of events; only while somebody waits. */
export interface Waker {
  start(): void;
  stop(): void;
}

/** Those who wait, the longest waiting first. */
export class WaitQueue {
  readonly #waker: Waker;
  /** In the order in which they came. */
  readonly #waiting = new Set<Waiting>();

  constructor(waker: Waker) {
    this.#waker = waker;
  }

  /** Whether nobody waits: who comes now need not queue up. */
  get empty(): boolean {
    return this.#waiting.size === 0;
  }

  add(waiting: Waiting): void {
    // Who cannot be woken does not wait.
    this.#waker.start();
    this.#waiting.add(waiting);
  }

  /** Takes it out; nothing when it is not in. */
  delete(waiting: Waiting): void {
    if (this.#waiting.delete(waiting)) this.#rest();
  }

  /** It has had its turn, and goes on waiting behind the others. */
  requeue(waiting: Waiting): void {
    if (this.#waiting.delete(waiting)) this.#waiting.add(waiting);
  }

  /**
   * There may be events: gives each who waits its turn, for as long as there are any.
   *
   * What it throws had nobody to hear it.
   */
  serve(): void {
    const round = [...this.#waiting];
    for (const waiting of round) {
      const wanted = (): boolean => this.#waiting.has(waiting);
      if (!wanted()) continue;
      try {
        // Nothing for this one, nothing for those behind it; unless it was the one that left.
        if (!waiting.serve(wanted) && wanted()) break;
      } catch (error) {
        // What hears of lost events may throw, having ended who waited: the next one is who reads now.
        const [next] = this.#waiting;
        if (next === undefined) throw error;
        this.delete(next);
        next.fail(error);
      }
    }
    this.#again(round);
  }

  /** The map was closed. */
  end(): void {
    const ended = [...this.#waiting];
    this.#waiting.clear();
    for (const waiting of ended) waiting.end();
  }

  /** Those who came in the midst of a turn may have been left events that nobody will tell of again. */
  #again(round: readonly Waiting[]): void {
    const known = new Set(round);
    for (const waiting of this.#waiting) {
      if (known.has(waiting)) continue;
      setImmediate(() => this.serve());
      return;
    }
  }

  #rest(): void {
    if (this.#waiting.size === 0) this.#waker.stop();
  }
}
