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
  const listener = (): void => stop(signal.reason);
  signal.addEventListener("abort", listener, { once: true });
  return () => signal.removeEventListener("abort", listener);
}
