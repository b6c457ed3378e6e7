/** What waiting does to the process: it lives for as long as somebody waits, and does nothing meanwhile. */
import { readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { compileRuntime, type CompiledRuntime } from "../../runtime/compiled.ts";
import { describeKernel } from "../require-kernel.ts";
import { linux, needsKernel } from "../this-kernel.ts";

/** Code that opens an object of `fixtures`. */
function objectFile(name: string): string {
  const path = fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url));
  const digest = createHash("sha256").update(readFileSync(path)).digest("hex");
  return `source: ${JSON.stringify(name)}, object: objectFile(${JSON.stringify(path)}, "file:///", "${digest}")`;
}

/** Defines `map`, and `emit()` for one event of it. */
const MAPS = {
  "ring buffer": `
    const skel = skeleton({
      name: "Emit", ${objectFile("emit.bpf.o")},
      maps: { events: ringBuffer(le.bytes(32)) },
      programs: { emit: rawTracepoint },
      globals: {},
    }).load();
    const map = skel.maps.events;
    const emit = () => skel.programs.emit.testRun({ context: new Uint8Array([1, ...new Uint8Array(15)]) });`,
  "perf event array": `
    const skel = skeleton({
      name: "PerfEvents", ${objectFile("perf_events.bpf.o")},
      maps: { samples: perfEventArray(le.bytes(28)) },
      programs: { send_samples: rawTracepoint },
      globals: {},
    }).load();
    const map = skel.maps.samples;
    map.open();
    const emit = () => skel.programs.send_samples.testRun({ context: new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]) });`,
};

/** Ways to wait for one event. */
const WAYS = `{
  iterate: () => map.iterate().next(),
  batches: () => map.batches().next(),
  listen: () => map.listen(() => false),
  poll: () => map.poll(Infinity, () => {}),
  readable: () => map.readable().getReader().read(),
  merge: () => merge({ map }).next(),
}`;

/** Counts what the process does while it waits: milliseconds of CPU, and how often it slept. */
const USAGE = `
  const usage = () => {
    const { user, system } = process.cpuUsage();
    return { cpu: (user + system) / 1000, sleeps: process.resourceUsage().voluntaryContextSwitches };
  };
  const since = (before) => {
    const now = usage();
    return { cpu: now.cpu - before.cpu, sleeps: now.sleeps - before.sleeps };
  };`;

interface Usage {
  readonly cpu: number;
  readonly sleeps: number;
}

/** Asking every millisecond is a thousand sleeps in a second, and some tens of milliseconds of CPU; looping is all of it. */
function expectIdle({ cpu, sleeps }: Usage): void {
  expect(sleeps).toBeLessThan(200);
  // An emulated CPU takes long for what Node does by itself.
  expect(cpu).toBeLessThan(process.env["TINYBPF_VM"] === "1" ? 500 : 100);
}

/** Where a module runs, as a module of its own. */
const THREADS: Readonly<Record<string, (module: string) => string>> = {
  "on the main thread": (module) => module,
  "in a worker thread": (module) => `
    import { Worker } from "node:worker_threads";
    const worker = new Worker(new URL("data:text/javascript," + encodeURIComponent(${JSON.stringify(module)})));
    worker.on("exit", (code) => (process.exitCode = code));`,
};

describe.each(Object.entries(THREADS))("%s", (_thread, onThread) =>
  describeKernel("the process", () => {
    let runtime: CompiledRuntime;

    beforeAll(() => {
      runtime = compileRuntime();
    });
    afterAll(() => runtime.remove());

    function run(body: string): string {
      const { status, signal, stdout, stderr } = runtime.run(
        onThread(`
        import { le, objectFile, perfEventArray, rawTracepoint, ringBuffer, skeleton, syscallProgram, userRingBuffer }
          from "%runtime%/gen-v1.js";
        import { merge } from "%runtime%/index.js";
        ${USAGE}
        ${body}`),
      );
      expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: "" });
      return stdout;
    }

    describe.each(Object.entries(MAPS))("with a %s", (_kind, map) => {
      test("lives while somebody waits, in whatever way, and no longer", () => {
        // The timer does not keep it alive; only what waits does. Were it to end early, its exit code would be 13.
        const seen = run(`${map}
        for (const [name, wait] of Object.entries(${WAYS})) {
          setTimeout(emit, 30).unref();
          await wait();
          console.log(name);
        }`);
        expect(seen.trim().split("\n")).toEqual([
          "iterate",
          "batches",
          "listen",
          "poll",
          "readable",
          "merge",
        ]);
      });

      test("ends by itself when nobody waits, whatever is open, left or timed out", () => {
        expect(
          run(`${map}
          emit();
          const iterator = map.iterate();
          await iterator.next();
          const open = [map.batches(), map.readable(), map.readable().getReader(), merge({ map })];
          const left = map.iterate();
          void left.next();
          await left.return();
          await map.poll(1, () => {});
          const stop = new AbortController();
          const listening = map.listen(() => {}, { signal: stop.signal });
          stop.abort();
          await listening.catch(() => {});
          console.log(open.length);`),
        ).toBe("4\n");
      });

      test("one signal may stop as many as there are, without a warning", () => {
        expect(
          run(`${map}
          const stop = new AbortController();
          const { signal } = stop;
          const waiting = Array.from({ length: 12 }, () => [
            map.poll(Infinity, () => {}, { signal }),
            map.iterate({ signal }).next(),
          ]).flat();
          const last = map.poll(Infinity, () => {}, { signal: AbortSignal.any([signal]) });
          await map.poll(1, () => {}, { signal });
          stop.abort(new Error("enough"));
          const ends = await Promise.allSettled([...waiting, last]);
          console.log(ends.filter(({ reason }) => reason?.message === "enough").length);`),
        ).toBe("25\n");
      });

      test("uses no CPU while somebody waits: nothing is asked again and again", () => {
        const printed = run(`${map}
        emit();
        await map.iterate().next();
        const waiting = Object.values(${WAYS}).map((wait) => wait());
        await new Promise((resolve) => setTimeout(resolve, 200));
        const before = usage();
        await new Promise((resolve) => setTimeout(resolve, 1000));
        console.log(JSON.stringify(since(before)));
        skel.close();
        await Promise.all(waiting);`);
        expectIdle(JSON.parse(printed) as Usage);
      });
    });

    describe("with a user ring buffer", () => {
      beforeEach((context) => needsKernel(context, linux("6.1")));

      const full = `
      const skel = skeleton({
        name: "UserRingbuf", ${objectFile("user_ringbuf.bpf.o")},
        maps: { raw: userRingBuffer() },
        programs: { drain_raw: syscallProgram(le.bytes(16)) },
        globals: {},
      }).load();
      const { raw } = skel.maps;
      const drain = () => skel.programs.drain_raw.run(new Uint8Array(16));
      while (raw.write(new Uint8Array(1000)));
      const send = raw.send(new Uint8Array(1000));`;

      test("lives while a record waits for room", () => {
        expect(run(`${full} setTimeout(drain, 30).unref(); await send; console.log("sent");`)).toBe("sent\n");
      });

      test("uses no CPU while a record waits for room, although some is left", () => {
        const printed = run(`${full}
        await new Promise((resolve) => setTimeout(resolve, 200));
        const before = usage();
        await new Promise((resolve) => setTimeout(resolve, 1000));
        const used = since(before);
        drain();
        await send;
        console.log(JSON.stringify({ ...used, room: raw.info.size - raw.info.available }));`);
        const used = JSON.parse(printed) as Usage & { readonly room: number };
        expectIdle(used);
        expect(used.room).toBe(4096 - 1008);
      });
    });
  }),
);
