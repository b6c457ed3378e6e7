/** A user ring buffer: what was written comes to the program, once, in order, also when its writers had to wait. */
import { ClosedError } from "tinybpf";
import type { CommandInput, UserRingbuf } from "../golden/user_ringbuf.skel.ts";
import { hostile } from "./hostile.ts";
import { attempt, expectSame, Finding, Injected, must, mustBeClosed } from "./outcome.ts";
import type { Actor, Owned, Step, World } from "./world.ts";

/** Bytes of a record, with its header. */
const SPACE = 48;
const ROOM = Math.floor(4096 / SPACE);

// bpf.h
const BPF_RB_NO_WAKEUP = 1;
const BPF_RB_FORCE_WAKEUP = 2;

/** What waits for room that is there hangs after so long. */
const HANGS_MS = 20_000;

/** A record, from when it was encoded. */
interface Entry {
  readonly seq: number;
  readonly weight: number;
  readonly value: bigint;
  /** What takes it back when it is aborted, if it waits by then. */
  readonly signal: AbortSignal | undefined;
  isWritten: boolean;
}

/** A record to be written, which tells when it is encoded. */
interface Offered {
  readonly record: CommandInput;
  /** Set once it is encoded. */
  entry: Entry | undefined;
}

export class UserRingActor implements Actor {
  readonly title = "user ring";
  readonly owner: Owned;
  readonly #skeleton: UserRingbuf;
  /** Written, and not drained. */
  readonly #ring: Entry[] = [];
  /** Those who wait for room. */
  #waiting: Entry[] = [];
  #written = 0;
  /** Whether there may be room that no program told of. */
  #untold = false;
  readonly #seen = { next: 0, outOfOrder: 0, sum: 0n };
  #next = 0;
  readonly #stops: AbortController[] = [];
  readonly #writers: {
    readonly writer: WritableStreamDefaultWriter<CommandInput>;
    readonly stop: AbortController;
  }[] = [];

  constructor(owner: Owned, skeleton: UserRingbuf) {
    this.owner = owner;
    this.#skeleton = skeleton;
  }

  resync(): void {
    // Only this writes to the map.
  }

  poke(world: World): void {
    this.#write(world, false);
  }

  step(world: World): Step {
    const { random } = world;
    const count = 1 + random.below(random.oneIn(4) ? 100 : 6);
    switch (random.below(14)) {
      case 0:
      case 1:
        return is(`write ${count}`, () => {
          for (let i = 0; i < count; i++) this.#write(world, false);
        });
      case 2:
        return is("write acting", () => this.#write(world, true));
      case 3:
      case 4:
        return is(`send ${count}`, () => {
          for (let i = 0; i < count; i++) this.#send(world, i % 8 === 7);
        });
      case 5:
      case 6: {
        const limit = random.oneIn(3) ? 0 : 1 + random.below(30);
        return is(`drain ${limit}`, () => this.#drain(limit, random.oneIn(5) ? BPF_RB_FORCE_WAKEUP : 0));
      }
      case 7:
        return is("drain, and tell nobody", () => this.#drain(1 + random.below(3), BPF_RB_NO_WAKEUP));
      case 8:
        return is("abort", () => this.#abort(world.pick(this.#stops)));
      case 9:
        return is("write to a stream", () => this.#stream(world));
      case 10:
        return is("abort a stream", () => this.#abortStream(world));
      case 11:
        return is("hostile", () => this.#misuse(world));
      default:
        return is("all are there", () => this.#settle(world));
    }
  }

  get #map(): UserRingbuf["maps"]["commands"] {
    return this.#skeleton.maps.commands;
  }

  #offer(world: World, isActing: boolean, signal?: AbortSignal, within?: () => void): Offered {
    const seq = this.#next++;
    const weight = world.random.below(7) - 3;
    const value = BigInt(world.random.next());
    const offered: Offered = {
      entry: undefined,
      record: {
        seq,
        weight,
        get value() {
          if (isActing) world.act();
          within?.();
          return value;
        },
        get text() {
          return enter();
        },
      },
    };
    // The last member that is read: what follows is what is done with the record.
    const enter = (): string => {
      if (!this.owner.open) return "closed";
      this.#sync();
      const entry = { seq, weight, value, signal, isWritten: false };
      offered.entry = entry;
      if (this.#waiting.length > 0 || this.#ring.length >= ROOM) return "waits";
      this.#push(entry);
      return "is written";
    };
    return offered;
  }

  #push(entry: Entry): void {
    entry.isWritten = true;
    this.#ring.push(entry);
    this.#written++;
  }

  /** Takes down who has got room since the last time. */
  #sync(): void {
    const { producerPosition, available } = must(() => this.#map.info);
    const written = Number(producerPosition) / SPACE;
    while (this.#written < written) {
      const first = this.#waiting.shift();
      if (first === undefined) throw new Finding(`${written} records, of which ${this.#written} are known`);
      this.#push(first);
    }
    expectSame("written", written, this.#written);
    expectSame("available", available, this.#ring.length * SPACE);
  }

  #write(world: World, isActing: boolean): void {
    const offered = this.#offer(world, isActing);
    if (!this.owner.open) return mustBeClosed(() => this.#map.write(offered.record));
    const { error, value } = attempt(() => this.#map.write(offered.record));
    if (!this.owner.open) {
      if (!(error instanceof ClosedError)) throw new Finding(`write, and closed: ${String(error)}`);
      return;
    }
    if (error !== undefined) throw new Finding(`write: ${error.stack}`, { cause: error });
    expectSame("write", value, offered.entry?.isWritten);
    this.#sync();
  }

  #send(world: World, isActing: boolean): void {
    const stop = this.#stop(world);
    const aborts = isActing && world.random.oneIn(2) ? (): void => this.#abort(stop) : undefined;
    const offered = this.#offer(world, isActing, stop?.signal, aborts);
    const wasOpen = this.owner.open;
    const sending =
      stop === undefined
        ? this.#map.send(offered.record)
        : this.#map.send(offered.record, { signal: stop.signal });
    this.#wait(world, offered, sending, wasOpen);
  }

  #wait(world: World, offered: Offered, promise: Promise<unknown>, wasOpen: boolean): void {
    const { entry } = offered;
    const waits = entry !== undefined && !entry.isWritten && entry.signal?.aborted !== true;
    if (this.owner.open && waits) this.#waiting.push(entry);
    if (this.owner.open) this.#sync();
    world.track(
      promise.then(
        () => {
          if (!wasOpen) throw new Finding("it was closed, and a record was sent");
          if (!this.owner.open) return;
          this.#sync();
          expectSame("sent, and written", entry?.isWritten, true);
        },
        (error: unknown) => {
          if (error instanceof ClosedError && !this.owner.open) return;
          if (entry?.isWritten === true) throw new Finding("written, and rejected", { cause: error });
          if (!(error instanceof Injected)) throw error;
        },
      ),
    );
  }

  /** A signal for a record: one of its own, one of several's, one that is aborted already. */
  #stop(world: World): AbortController | undefined {
    switch (world.random.below(6)) {
      case 0:
      case 1: {
        const stop = new AbortController();
        this.#stops.push(stop);
        if (this.#stops.length > 5) this.#stops.shift();
        return stop;
      }
      case 2:
        return world.pick(this.#stops);
      default:
        return undefined;
    }
  }

  #abort(stop: AbortController | undefined): void {
    if (stop === undefined) return;
    if (this.owner.open) this.#sync();
    stop.abort(new Injected("aborted"));
    this.#waiting = this.#waiting.filter(({ signal }) => signal !== stop.signal);
    if (this.owner.open) this.#sync();
  }

  #stream(world: World): void {
    if (!this.owner.open) return mustBeClosed(() => this.#map.writable());
    let one = world.random.oneIn(2) ? world.pick(this.#writers) : undefined;
    if (one === undefined) {
      one = { writer: must(() => this.#map.writable()).getWriter(), stop: new AbortController() };
      this.#writers.push(one);
    }
    const { writer, stop } = one;
    for (let i = 0; i < 3; i++) {
      const offered = this.#offer(world, i === 2, stop.signal);
      const { record } = offered;
      // It is sent some time later.
      const later = Object.defineProperty({ ...shown(record) }, "text", {
        enumerable: true,
        get: () => {
          const text = record.text;
          const { entry } = offered;
          if (entry !== undefined && !entry.isWritten) this.#waiting.push(entry);
          return text;
        },
      });
      world.track(
        writer.write(later).then(
          () => {
            if (!this.owner.open) return;
            this.#sync();
            expectSame("written by a stream", offered.entry?.isWritten, true);
          },
          (error: unknown) => {
            const isRight = stop.signal.aborted || !this.owner.open;
            if (!isRight) throw new Finding(`write to a stream: ${String(error)}`, { cause: error });
          },
        ),
      );
    }
  }

  #abortStream(world: World): void {
    const [one] = this.#writers.splice(world.random.below(this.#writers.length), 1);
    if (one === undefined) return;
    if (this.owner.open) this.#sync();
    one.stop.abort();
    const aborting = one.writer.abort(new Injected("given up"));
    this.#waiting = this.#waiting.filter(({ signal }) => signal !== one.stop.signal);
    if (this.owner.open) this.#sync();
    world.track(
      aborting.catch((error: unknown) => {
        // It had failed before.
        if (this.owner.open) throw error;
      }),
    );
  }

  #drain(limit: number, flags: number): void {
    const { programs, bss } = this.#skeleton;
    const run = (): number => programs.drain_commands.run({ flags, limit, drained: 0 }).ctx.drained;
    if (!this.owner.open) return mustBeClosed(run);
    this.#sync();
    const drained = this.#ring.splice(0, limit === 0 ? this.#ring.length : limit);
    expectSame("drained", must(run), drained.length);
    for (const { seq, weight, value } of drained) {
      if (this.#seen.next !== seq) this.#seen.outOfOrder++;
      this.#seen.next = seq + 1;
      this.#seen.sum = BigInt.asUintN(64, this.#seen.sum + value * BigInt(weight));
    }
    const { next_seq: next, out_of_order: outOfOrder, sum } = bss;
    expectSame("what the program saw", { next, outOfOrder, sum }, this.#seen);
    if (drained.length > 0 || flags === BPF_RB_FORCE_WAKEUP) this.#untold = flags === BPF_RB_NO_WAKEUP;
  }

  #misuse(world: World): void {
    const wrong = hostile(world, {
      seq: 1,
      weight: 2 ** 40,
      value: 1n,
      text: "does not fit",
    }) as CommandInput;
    const { error } = attempt(() => this.#map.write(wrong));
    if (error === undefined) throw new Finding("write of anything ends well");
    world.track(
      this.#map.send(wrong).then(() => {
        throw new Finding("send of anything ends well");
      }),
    );
    if (this.owner.open) this.#sync();
  }

  /** Who waits gets the room that a program told of. */
  async #settle(world: World): Promise<void> {
    const start = Date.now();
    await turn();
    while (this.owner.open) {
      world.assertWell();
      this.#sync();
      if (this.#waiting.length === 0 || this.#ring.length >= ROOM || this.#untold) return;
      if (Date.now() - start > HANGS_MS)
        throw new Finding(`${this.#waiting.length} wait, and ${ROOM - this.#ring.length} have room`);
      await turn();
    }
  }
}

/** A record without its text; its value is asked for later. */
function shown(record: CommandInput): CommandInput {
  const { seq, weight } = record;
  return {
    seq,
    weight,
    get value() {
      return record.value;
    },
    text: "",
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function is(text: string, run: () => unknown): Step {
  return { text: `user ring: ${text}`, run };
}
