/** The ways of reading events, each with a ring buffer and with a perf event array. */
import { afterEach, describe, expect, test } from "vitest";
import { ClosedError, TinyBpfError, ValueError } from "tinybpf";
import { describeKernel } from "../require-kernel.ts";
import { drain, numbers, SUBJECTS, type Subject, turns, within } from "./subjects.ts";

const stopping = (): boolean => false;

const byFirst = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : 1;

/** Takes the even ones. */
const throwing = ({ seq }: { readonly seq: number }): void => {
  if (seq % 2 === 1) throw new Error(`mine ${seq}`);
};

describe.each(Object.entries(SUBJECTS))("%s", (_kind, load) => {
  describeKernel("consumers", () => {
    let subject: Subject | undefined;

    function loaded(events = 0): Subject {
      subject = load();
      if (events > 0) subject.emit(events);
      return subject;
    }

    afterEach(() => subject?.close());

    describe("lifecycle", () => {
      test("one that was never read closes; closing twice is fine", () => {
        const { close } = loaded(3);
        close();
        close();
      });

      test("reading, closing, and loading again start from the first event", () => {
        for (let round = 0; round < 3; round++) {
          const { stream, close } = loaded(2);
          expect(drain(stream)).toEqual([0, 1]);
          close();
        }
      });

      test("use after close: each way of reading is a ClosedError", async () => {
        const { stream, close } = loaded(1);
        close();
        expect(() => stream.consume(() => {})).toThrow(ClosedError);
        expect(() => stream.consumeViews(() => {})).toThrow(ClosedError);
        expect(() => stream.iterate()).toThrow(ClosedError);
        expect(() => stream[Symbol.asyncIterator]()).toThrow(ClosedError);
        expect(() => stream.batches()).toThrow(ClosedError);
        expect(() => stream.readable()).toThrow(ClosedError);
        await expect(stream.poll(0, () => {})).rejects.toThrow(ClosedError);
        await expect(stream.pollViews(0, () => {})).rejects.toThrow(ClosedError);
        await expect(stream.listen(() => {})).rejects.toThrow(ClosedError);
        await expect(stream.listenViews(() => {})).rejects.toThrow(ClosedError);
      });

      test("drain after close: what was read ahead is nothing, so iterations that wait or go on just end", async () => {
        const { stream, close } = loaded(3);
        const events = stream.iterate();
        const batches = stream.batches({ max: 1 });
        expect((await events.next()).value?.seq).toBe(0);
        expect((await batches.next()).value).toHaveLength(1);
        close();
        const done = { done: true, value: undefined };
        expect(await Promise.all([events.next(), batches.next(), events.next()])).toEqual([done, done, done]);
      });
    });

    describe("mode rules", () => {
      test("inside of a callback the map cannot be consumed: its events are that callback's", () => {
        const { stream } = loaded(2);
        for (const read of [() => stream.consume(() => {}), () => stream.consumeViews(() => {})]) {
          stream.consume(() => {
            expect(read).toThrow(TinyBpfError);
            return false;
          });
        }
        expect(drain(stream)).toEqual([]);
      });

      test("who asks for an event inside of a callback, by next, poll or listen, gets what the callback leaves", async () => {
        const { stream } = loaded(3);
        const seen: [by: string, seq: number | undefined][] = [];
        let next: Promise<IteratorResult<{ readonly seq: number }, undefined>> | undefined;
        let polled: Promise<number> | undefined;
        stream.consume(({ seq }) => {
          seen.push(["consume", seq]);
          next = stream.iterate().next();
          polled = stream.poll(1000, (event) => {
            seen.push(["poll", event.seq]);
          });
          return false;
        });
        seen.push(["next", (await next)?.value?.seq]);
        expect(await polled).toBe(1);
        expect(seen.toSorted(byFirst)).toEqual([
          ["consume", 0],
          ["next", 1],
          ["poll", 2],
        ]);
      });

      test("who begins to wait inside of a listener's callback gets what that leaves, although nothing new comes", async () => {
        const { stream } = loaded(4);
        const pending: Promise<IteratorResult<{ readonly seq: number }, undefined>>[] = [];
        const listened = await stream.listen(() => {
          pending.push(stream.iterate().next(), stream.iterate().next());
          return false;
        });
        expect(listened).toBe(1);
        const results = await within(Promise.all(pending));
        expect(results.map(({ value }) => value?.seq)).toEqual([1, 2]);
      });

      test("consuming while an iteration waits is fine: each event goes to one of them", async () => {
        const { stream, emit } = loaded();
        const pending = stream.iterate().next();
        emit(2);
        expect(stream.consume(() => false)).toBe(1);
        expect((await pending).value?.seq).toBe(1);
      });

      test("all kinds of consumers at once: every event to exactly one of them, and none is left out", async () => {
        const { stream, emit, close } = loaded();
        const seen: number[] = [];
        const counts = { events: 0, batches: 0, listen: 0, readable: 0 };
        const ends = [
          (async () => {
            for await (const { seq } of stream) {
              counts.events++;
              seen.push(seq);
            }
          })(),
          (async () => {
            for await (const batch of stream.batches({ max: 2 })) {
              counts.batches++;
              seen.push(...batch.map(({ seq }) => seq));
            }
          })(),
          (async () => {
            for await (const { seq } of stream.readable()) {
              counts.readable++;
              seen.push(seq);
            }
          })(),
          stream.listen(({ seq }) => {
            counts.listen++;
            seen.push(seq);
          }),
        ];
        for (let round = 0; round < 200; round++) {
          emit(1 + (round % 7));
          await turns(3);
        }
        const sent = numbers(0, 200).reduce((sum, round) => sum + 1 + (round % 7), 0);
        for (let round = 0; seen.length < sent && round < 1000; round++) await turns(1);
        close();
        await Promise.all(ends);
        expect(seen.toSorted((a, b) => a - b)).toEqual(numbers(0, sent));
        for (const count of Object.values(counts)) expect(count).toBeGreaterThan(20);
      });

      test.each([undefined, null, 1, {}, "consume"])(
        "a callback that is %s is a ValueError",
        async (callback) => {
          const { stream } = loaded(1);
          const wrong = callback as () => void;
          expect(() => stream.consume(wrong)).toThrow(ValueError);
          expect(() => stream.consumeViews(wrong)).toThrow(ValueError);
          await expect(stream.poll(0, wrong)).rejects.toThrow(ValueError);
          await expect(stream.listen(wrong)).rejects.toThrow(ValueError);
          expect(drain(stream)).toEqual([0]);
        },
      );
    });

    describe("early stop from a callback", () => {
      test("false ends consume, poll and listen after that event, and leaves the others", async () => {
        const { stream } = loaded(12);
        expect(stream.consume(stopping)).toBe(1);
        expect(stream.consumeViews(stopping)).toBe(1);
        expect(await stream.poll(1000, stopping)).toBe(1);
        expect(await stream.pollViews(1000, stopping)).toBe(1);
        expect(await stream.listen(stopping)).toBe(1);
        expect(await stream.listenViews(stopping)).toBe(1);
        expect(drain(stream)).toEqual(numbers(6, 6));
      });

      test("a callback that aborts its own signal ends listening after that event", async () => {
        const { stream } = loaded(5);
        const stop = new AbortController();
        const seen: number[] = [];
        const listening = stream.listen(
          ({ seq }) => {
            seen.push(seq);
            if (seq === 1) stop.abort(new Error("enough"));
          },
          { signal: stop.signal },
        );
        await expect(listening).rejects.toThrow("enough");
        expect(seen).toEqual([0, 1]);
        expect(drain(stream)).toEqual([2, 3, 4]);
      });

      test("a callback that aborts its own signal ends polling after that event, with the count", async () => {
        const { stream, emit } = loaded(2);
        const poll = async (): Promise<number> => {
          const stop = new AbortController();
          return await stream.poll(1000, () => stop.abort(), { signal: stop.signal });
        };
        expect(await poll()).toBe(1);
        expect(drain(stream)).toEqual([1]);
        const waiting = poll();
        await turns(3);
        emit(2);
        expect(await waiting).toBe(1);
        expect(drain(stream)).toEqual([3]);
      });

      test("a callback that closes the skeleton ends poll and listen, with the count", async () => {
        const first = loaded(3);
        expect(await first.stream.listen(() => first.close())).toBe(1);
        const second = loaded(3);
        expect(await second.stream.poll(1000, () => second.close())).toBe(1);
      });
    });

    describe("exceptions in callbacks", () => {
      test("reach the caller of consume, poll and listen, and no other event is lost", async () => {
        const { stream } = loaded(14);
        expect(() => stream.consume(throwing)).toThrow("mine 1");
        expect(() => stream.consumeViews(throwing)).toThrow("mine 3");
        await expect(stream.poll(1000, throwing)).rejects.toThrow("mine 5");
        await expect(stream.pollViews(1000, throwing)).rejects.toThrow("mine 7");
        await expect(stream.listen(throwing)).rejects.toThrow("mine 9");
        await expect(stream.listenViews(throwing)).rejects.toThrow("mine 11");
        expect(drain(stream)).toEqual([12, 13]);
      });

      test("of a listener reach that listener and nobody else, and others get the events behind", async () => {
        const { stream, emit } = loaded();
        const listening = stream.listen(throwing);
        await turns(2);
        const pending = [stream.iterate().next(), stream.iterate().next()];
        emit(4);
        await expect(listening).rejects.toThrow("mine 1");
        expect((await Promise.all(pending)).map(({ value }) => value?.seq)).toEqual([2, 3]);
      });

      test("thrown after the callback closed the skeleton or aborted, reach the caller all the same", async () => {
        const { stream, close } = loaded(2);
        const stop = new AbortController();
        const aborting = stream.listen(
          () => {
            stop.abort();
            throw new Error("after abort");
          },
          { signal: stop.signal },
        );
        await expect(aborting).rejects.toThrow("after abort");
        const closing = stream.listen(() => {
          close();
          throw new Error("after close");
        });
        await expect(closing).rejects.toThrow("after close");
      });
    });

    describe("batches", () => {
      test("give all that is there, at most max, then wait for what comes", async () => {
        const { stream, emit } = loaded(5);
        const batches = stream.batches({ max: 3 });
        const seqs = async (): Promise<number[] | undefined> =>
          (await batches.next()).value?.map(({ seq }) => seq);
        expect(await seqs()).toEqual([0, 1, 2]);
        expect(await seqs()).toEqual([3, 4]);
        const pending = seqs();
        await turns(2);
        emit(2);
        expect(await pending).toEqual([5, 6]);
      });

      test("hold 1024 events unless told otherwise", async () => {
        const { stream } = loaded(1500);
        const lengths: number[] = [];
        for await (const batch of stream.batches()) {
          lengths.push(batch.length);
          if (lengths.length === 2) break;
        }
        expect(lengths).toEqual([1024, 476]);
        const all = stream.batches({ max: Number.POSITIVE_INFINITY });
        const pending = all.next();
        await all.return?.();
        expect(await pending).toEqual({ done: true, value: undefined });
      });

      test("leaving the loop loses nothing", async () => {
        const { stream } = loaded(5);
        for await (const batch of stream.batches({ max: 2 })) {
          expect(batch.map(({ seq }) => seq)).toEqual([0, 1]);
          break;
        }
        expect(drain(stream)).toEqual([2, 3, 4]);
      });

      test("let timers run, however many there are", async () => {
        const { stream, emit } = loaded(1);
        let ticks = 0;
        const timer = setInterval(() => ticks++, 1);
        let count = 0;
        try {
          for await (const batch of stream.batches()) {
            count += batch.length;
            emit(10);
            if (ticks > 2 || count > 2_000_000) break;
          }
        } finally {
          clearInterval(timer);
        }
        expect(ticks).toBeGreaterThan(2);
      });

      test.each([0, -1, 1.5, Number.NaN, "3"])("not of at most %s events", (max) => {
        const { stream } = loaded();
        expect(() => stream.batches({ max: max as number })).toThrow(ValueError);
      });
    });

    describe("poll", () => {
      test("hands over what is there at once, and counts it", async () => {
        const { stream } = loaded(3);
        const seen: number[] = [];
        expect(await stream.poll(60_000, ({ seq }) => void seen.push(seq))).toBe(3);
        expect(seen).toEqual([0, 1, 2]);
      });

      test("waits for what comes, and no longer than it is told", async () => {
        const { stream, emit } = loaded();
        const pending = stream.poll(60_000, () => {});
        await turns(3);
        emit(2);
        expect(await pending).toBe(2);
        expect(await stream.poll(5, () => {})).toBe(0);
        expect(await stream.poll(0, () => {})).toBe(0);
      });

      test("calls nothing before its caller has the promise", async () => {
        const { stream } = loaded(1);
        let called = false;
        const pending = stream.poll(0, () => void (called = true));
        expect(called).toBe(false);
        expect(await pending).toBe(1);
      });

      test("closing ends it with 0, aborting with the reason", async () => {
        const { stream, close } = loaded();
        const stop = new AbortController();
        const aborted = stream.poll(Number.POSITIVE_INFINITY, () => {}, { signal: stop.signal });
        const closed = stream.poll(Number.POSITIVE_INFINITY, () => {});
        const reason = new Error("enough");
        setImmediate(() => stop.abort(reason));
        await expect(aborted).rejects.toBe(reason);
        setImmediate(close);
        expect(await closed).toBe(0);
      });

      test.each([-1, Number.NaN, 2 ** 31, "5", undefined])("not for %s milliseconds", async (timeout) => {
        const { stream } = loaded(1);
        await expect(stream.poll(timeout as number, () => {})).rejects.toThrow(ValueError);
        expect(drain(stream)).toEqual([0]);
      });
    });

    describe("listen", () => {
      test("hands over events as they come, until it is aborted", async () => {
        const { stream, emit } = loaded(2);
        const stop = new AbortController();
        const seen: number[] = [];
        const listening = stream.listen(({ seq }) => void seen.push(seq), { signal: stop.signal });
        for (let round = 0; round < 50; round++) {
          emit(3);
          await turns(3);
        }
        for (let round = 0; seen.length < 152 && round < 1000; round++) await turns(1);
        expect(seen).toEqual(numbers(0, 152));
        stop.abort();
        await expect(listening).rejects.toThrow(expect.objectContaining({ name: "AbortError" }));
        emit(1);
        await turns(5);
        expect(drain(stream)).toEqual([152]);
      });

      test("with views, which die with each call", async () => {
        const { stream, emit } = loaded(2);
        const kept = new Set<{ readonly seq: number }>();
        const seen: number[] = [];
        const listening = stream.listenViews((view) => {
          kept.add(view);
          return seen.push(view.seq) < 4;
        });
        await turns(5);
        for (const view of kept) expect(() => view.seq).toThrow(ClosedError);
        emit(2);
        expect(await listening).toBe(4);
        expect(seen).toEqual([0, 1, 2, 3]);
        expect(kept.size).toBe(1);
      });

      test("closing ends it, with the count", async () => {
        const { stream, close } = loaded(3);
        const listening = stream.listen(() => {});
        await turns(5);
        close();
        expect(await listening).toBe(3);
      });
    });

    describe("AbortSignal", () => {
      test("rejects the iteration that waits, with the reason, and then ends it; no event is lost", async () => {
        const { stream, emit } = loaded();
        const stop = new AbortController();
        const iterator = stream.iterate({ signal: stop.signal });
        const pending = [iterator.next(), iterator.next()];
        const reason = new Error("enough");
        stop.abort(reason);
        const [first, second] = await Promise.allSettled(pending);
        expect(first).toEqual({ status: "rejected", reason });
        expect(second).toMatchObject({ status: "fulfilled", value: { done: true } });
        expect(await iterator.next()).toEqual({ done: true, value: undefined });
        emit(1);
        await turns(3);
        expect(drain(stream)).toEqual([0]);
      });

      test("that was aborted before rejects at once", async () => {
        const { stream } = loaded(2);
        const signal = AbortSignal.abort(new Error("never"));
        const iterator = stream.iterate({ signal });
        await expect(iterator.next()).rejects.toThrow("never");
        expect((await iterator.next()).done).toBe(true);
        await expect(stream.batches({ signal }).next()).rejects.toThrow("never");
        await expect(stream.poll(0, () => {}, { signal })).rejects.toThrow("never");
        await expect(stream.listen(() => {}, { signal })).rejects.toThrow("never");
        await expect(stream.readable({ signal }).getReader().read()).rejects.toThrow("never");
        expect(drain(stream)).toEqual([0, 1]);
      });

      test("in the midst of a loop ends it with the reason", async () => {
        const { stream } = loaded(5);
        const stop = new AbortController();
        const seen: number[] = [];
        const loop = async (): Promise<void> => {
          for await (const { seq } of stream.iterate({ signal: stop.signal })) {
            seen.push(seq);
            if (seq === 1) stop.abort(new Error("enough"));
          }
        };
        await expect(loop()).rejects.toThrow("enough");
        expect(seen).toEqual([0, 1]);
        expect(drain(stream)).toEqual([2, 3, 4]);
      });

      test.each([
        ["null", () => null],
        ["an object", () => ({ aborted: false })],
        ["text", () => "abort"],
        ["what only looks like one", () => Object.create(AbortSignal.prototype) as unknown],
      ])("not %s", async (_name, make) => {
        const { stream } = loaded();
        const options = { signal: make() as AbortSignal };
        expect(() => stream.iterate(options)).toThrow(ValueError);
        expect(() => stream.batches(options)).toThrow(ValueError);
        expect(() => stream.readable(options)).toThrow(ValueError);
        await expect(stream.poll(0, () => {}, options)).rejects.toThrow(ValueError);
        await expect(stream.listen(() => {}, options)).rejects.toThrow(ValueError);
      });
    });

    describe("ReadableStream", () => {
      test("gives the events, and ends when the skeleton is closed", async () => {
        const { stream, emit, close } = loaded(2);
        const seen: number[] = [];
        for await (const { seq } of stream.readable()) {
          seen.push(seq);
          if (seq === 1) emit(1);
          if (seq === 2) setImmediate(close);
        }
        expect(seen).toEqual([0, 1, 2]);
      });

      test("reads nothing ahead: cancelling loses no event", async () => {
        const { stream } = loaded(3);
        const readable = stream.readable();
        await turns(3);
        const reader = readable.getReader();
        expect((await reader.read()).value?.seq).toBe(0);
        await turns(3);
        await reader.cancel();
        expect(drain(stream)).toEqual([1, 2]);
      });

      test("cancelling right after asking loses no event", async () => {
        const { stream } = loaded(3);
        const reader = stream.readable().getReader();
        expect((await reader.read()).value?.seq).toBe(0);
        await turns(3);
        const asked = reader.read();
        await reader.cancel();
        expect((await asked).done).toBe(true);
        expect(drain(stream)).toEqual([1, 2]);
      });

      test("cancelling one that waits ends its waiting", async () => {
        const { stream, emit } = loaded();
        const reader = stream.readable().getReader();
        const pending = reader.read();
        await turns(2);
        await reader.cancel();
        expect((await pending).done).toBe(true);
        emit(1);
        expect(drain(stream)).toEqual([0]);
      });

      test("aborting the signal makes it fail with the reason", async () => {
        const { stream } = loaded();
        const stop = new AbortController();
        const reader = stream.readable({ signal: stop.signal }).getReader();
        const pending = reader.read();
        await turns(2);
        stop.abort(new Error("enough"));
        await expect(pending).rejects.toThrow("enough");
      });
    });

    describe("async iteration with several consumers", () => {
      test("each event goes to one, in the order in which they wait, whichever way they read", async () => {
        const { stream, emit } = loaded();
        const pending = [stream.iterate().next(), stream.batches({ max: 2 }).next(), stream.iterate().next()];
        emit(4);
        const values = (await Promise.all(pending)).map(({ value }) => value);
        expect(values).toMatchObject([{ seq: 0 }, [{ seq: 1 }, { seq: 2 }], { seq: 3 }]);
      });

      test("one that leaves or aborts while it waits takes no event along", async () => {
        const { stream, emit } = loaded();
        const stop = new AbortController();
        const [leaving, aborting, staying] = [
          stream.iterate(),
          stream.iterate({ signal: stop.signal }),
          stream.iterate(),
        ];
        const left = leaving.next();
        const aborted = aborting.next();
        const stayed = staying.next();
        emit(1);
        await leaving.return?.();
        stop.abort(new Error("enough"));
        expect((await left).done).toBe(true);
        await expect(aborted).rejects.toThrow("enough");
        expect((await stayed).value?.seq).toBe(0);
      });

      test("closing ends all who wait, in whatever way", async () => {
        const { stream, close } = loaded();
        const pending = [
          stream.iterate().next(),
          stream.batches().next(),
          stream.readable().getReader().read(),
          stream.poll(60_000, () => {}),
          stream.listen(() => {}),
        ];
        setTimeout(close, 10);
        const done = { done: true, value: undefined };
        expect(await Promise.all(pending)).toEqual([done, done, done, 0, 0]);
      });
    });
  });
});
