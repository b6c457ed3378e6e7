/** Web streams of events: read, given up, doubled, led elsewhere. */
import { Order, type Numbered } from "./deliveries.ts";
import { expectSame, Finding, Injected } from "./outcome.ts";
import { watch } from "./signals.ts";
import type { Consumer, StreamActor } from "./streams.ts";
import type { World } from "./world.ts";

export class ReadableConsumer implements Consumer {
  readonly text = "readable";
  readonly #actor: StreamActor;
  readonly #stream: ReadableStream<Numbered>;
  readonly #signal: AbortSignal | undefined;
  readonly #mayLose: boolean;
  readonly #order = new Order();
  #readers: readonly ReadableStreamDefaultReader<Numbered>[] = [];
  /** What both halves of a doubled stream give, and how far each was read. */
  readonly #chunks: number[] = [];
  readonly #read = [0, 0];
  #pending = 0;
  #left = false;

  /** @param mayLose - whether it may be given up in ways that may lose what it has taken */
  constructor(
    actor: StreamActor,
    stream: ReadableStream<Numbered>,
    signal: AbortSignal | undefined,
    mayLose: boolean,
  ) {
    this.#actor = actor;
    this.#stream = stream;
    this.#signal = signal;
    this.#mayLose = mayLose;
  }

  next(world: World): void {
    if (this.#left) return;
    if (this.#readers.length === 0 && this.#mayLose && world.random.oneIn(3)) this.#pipe(world);
    else this.#readOne(world);
  }

  leave(world: World): void {
    if (this.#left) return;
    const wasRead = this.#readers.length > 0;
    const readers = wasRead ? this.#readers : [this.#stream.getReader()];
    // What nobody waits for was not taken: then giving it up loses nothing.
    if (this.#pending > 0 && !this.#mayLose) return;
    this.#left = true;
    if (this.#pending > 0) this.#actor.deliveries.slack++;
    for (const reader of readers)
      watch(world, reader.cancel(new Injected("given up")), {
        maps: [this.#actor.deliveries],
        idle: true,
        closed: false,
        signal: this.#signal,
      });
  }

  #readOne(world: World): void {
    if (this.#readers.length === 0) {
      const isDoubled = this.#mayLose && world.random.oneIn(3);
      // The one that is not read keeps what the other got; and one is read ahead.
      if (isDoubled) this.#actor.deliveries.slack++;
      this.#readers = (isDoubled ? this.#stream.tee() : [this.#stream]).map((stream) => stream.getReader());
    }
    const half = world.random.below(this.#readers.length);
    const reader = this.#readers[half];
    if (reader === undefined) return;
    this.#pending++;
    const settled = (): void => void this.#pending--;
    const reading = reader.read();
    reading.then(settled, settled);
    watch(
      world,
      reading,
      { signal: this.#signal, maps: [this.#actor.deliveries], closed: false },
      (result) => {
        if (result.done) {
          if (!this.#left && this.#signal?.aborted !== true && this.#actor.owner.open)
            throw new Finding("a readable ended by itself");
          return;
        }
        const at = this.#read[half] ?? 0;
        this.#read[half] = at + 1;
        const known = this.#chunks[at];
        const { producer = 0, seq } = result.value;
        const chunk = seq * 1024 + producer;
        if (known !== undefined) return expectSame("in both halves", chunk, known);
        this.#chunks.push(chunk);
        this.#order.see(this.#actor.deliveries, result.value, at);
      },
    );
  }

  /** Leads it to where it ends, by itself or by a signal. */
  #pipe(world: World): void {
    this.#left = true;
    const { deliveries } = this.#actor;
    let left = world.random.below(20);
    let threw: unknown;
    const stop = new AbortController();
    const isAborted = world.random.oneIn(2);
    const sink = new WritableStream<Numbered>({
      write: (event) => {
        this.#order.see(deliveries, event, this.#order.call());
        if (left-- > 0) return;
        threw = new Injected("of a sink");
        // What is on its way is gone.
        deliveries.slack += 2;
        if (isAborted) stop.abort(threw);
        else throw threw;
      },
    });
    watch(world, this.#stream.pipeTo(sink, { signal: stop.signal }), {
      signal: this.#signal,
      maps: [deliveries],
      closed: false,
      threw: () => threw,
    });
  }
}
