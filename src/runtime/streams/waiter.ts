/** One promise of something that is read when its turn comes. */

/**
 * What settles a promise whose result is read from a buffer. What ends it while somebody reads for it takes effect only
 * afterwards, so that nothing that was read gets lost.
 *
 * @typeParam R - the result
 */
export class Waiter<R> {
  readonly promise: Promise<R>;
  #resolve: (result: R) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  #reading = false;
  #outcome: (() => void) | undefined;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /**
   * Reads for it, and settles it with what was read.
   *
   * @param read - gives undefined when there was nothing
   * @returns whether there was something
   */
  serve(read: () => R | undefined): boolean {
    this.#reading = true;
    let result: R | undefined;
    try {
      result = read();
    } finally {
      this.#reading = false;
    }
    if (result === undefined) return false;
    this.#resolve(result);
    return true;
  }

  /** Ends it, with what there is by then. */
  end(result: () => R): void {
    this.#settle(() => this.#resolve(result()));
  }

  /** Ends it with an error. */
  abort(reason: unknown): void {
    this.#settle(() => this.#reject(reason));
  }

  /** What it waited for failed. */
  fail(error: unknown): void {
    this.#reject(error);
  }

  /** Lets what ended it meanwhile take effect. */
  finish(): void {
    this.#outcome?.();
  }

  #settle(outcome: () => void): void {
    if (this.#reading) this.#outcome ??= outcome;
    else outcome();
  }
}

/** Whom a signal is to stop. With one listener for all of them: Node warns of more than ten. */
interface Stops {
  readonly all: Set<(reason: unknown) => void>;
  readonly listener: () => void;
}

const stopsOf = new WeakMap<AbortSignal, Stops>();

/**
 * Calls `stop` once the signal is aborted; at once when it is, as getters of a value and listeners of lost events may have
 * aborted it since it was looked at: it tells nobody who comes later.
 *
 * @returns takes it back
 */
export function onAbort(signal: AbortSignal | undefined, stop: (reason: unknown) => void): () => void {
  if (signal === undefined) return () => undefined;
  if (signal.aborted) {
    stop(signal.reason);
    return () => undefined;
  }
  const { all, listener } = stopsOf.get(signal) ?? listen(signal);
  // The same function may wait twice.
  const own = (reason: unknown): void => stop(reason);
  all.add(own);
  return () => {
    if (!all.delete(own) || all.size > 0) return;
    signal.removeEventListener("abort", listener);
    stopsOf.delete(signal);
  };
}

function listen(signal: AbortSignal): Stops {
  const all = new Set<(reason: unknown) => void>();
  const listener = (): void => {
    for (const stop of all) if (all.delete(stop)) stop(signal.reason);
  };
  signal.addEventListener("abort", listener, { once: true });
  const stops = { all, listener };
  stopsOf.set(signal, stops);
  return stops;
}
