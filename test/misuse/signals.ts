/** AbortSignals of all kinds, and what may come of a promise that has one. */
import { ClosedError } from "tinybpf";
import type { Deliveries } from "./deliveries.ts";
import { allowed, Finding, Injected } from "./outcome.ts";
import type { World } from "./world.ts";

/** The reason of the test's own signals. */
class Stopped extends Injected {}

export class Signals {
  readonly #controllers: AbortController[] = [];

  /** One that is aborted before, in, or after; or none. */
  pick(world: World): AbortSignal | undefined {
    switch (world.random.below(10)) {
      case 0:
        return AbortSignal.abort();
      case 1:
        return AbortSignal.timeout(world.random.below(3));
      case 2:
        return world.pick(this.#controllers)?.signal;
      case 3:
      case 4:
      case 5: {
        const controller = new AbortController();
        this.#controllers.push(controller);
        if (this.#controllers.length > 10) this.#controllers.shift();
        return controller.signal;
      }
      default:
        return undefined;
    }
  }

  /** Aborts one of them. */
  abort(index: number): void {
    this.#controllers[index % Math.max(this.#controllers.length, 1)]?.abort(new Stopped("aborted"));
  }
}

/** What is known of a promise beforehand. */
export interface Expected {
  readonly signal?: AbortSignal | undefined;
  /** Whose events it gives. */
  readonly maps: readonly Deliveries[];
  /** Set where it waits for none of them. */
  readonly idle?: boolean;
  /** Whether what is closed was so when it was called. */
  readonly closed: boolean;
  /** What its own callback threw; undefined as long as it has not. */
  readonly threw?: () => unknown;
  /** Whether arguments were wrong, or did something: any typed error will do. */
  readonly wrong?: boolean;
}

/** Watches a promise of events, which must end as it should. */
export function watch<T>(
  world: World,
  promise: PromiseLike<T>,
  expected: Expected,
  then?: (value: T) => void,
): void {
  const wanting = expected.idle === true ? [] : expected.maps;
  for (const map of wanting) map.waiting++;
  const settle = (): void => {
    for (const map of wanting) map.waiting--;
  };
  world.track(
    promise.then(
      (value) => {
        settle();
        if (expected.closed && expected.wrong !== true) throw new Finding("it was closed, and is fulfilled");
        if (expected.threw?.() !== undefined) throw new Finding("what its callback threw is gone");
        then?.(value);
      },
      (error: unknown) => {
        settle();
        assertExpected(error, expected);
      },
    ),
  );
}

function assertExpected(error: unknown, { signal, maps, closed, threw, wrong }: Expected): void {
  if (error instanceof Finding) throw error;
  if (signal?.aborted === true && error === signal.reason) return;
  if (error instanceof Stopped) throw new Finding("it got another signal's reason", { cause: error });
  if (error instanceof Injected && (maps.some((map) => map.throws) || threw?.() === error)) return;
  if (error instanceof ClosedError && closed) return;
  if (wrong === true) {
    allowed(error);
    return;
  }
  const text = error instanceof Error ? (error.stack ?? String(error)) : String(error);
  throw new Finding(`rejected, and should not be: ${text}`, { cause: error });
}
