/** Worker threads that end at any time, while they load, attach, read and wait: the process must live, and lose nothing. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { compileRuntime, type CompiledRuntime } from "../runtime/compiled.ts";
import { describeKernel } from "./require-kernel.ts";

const fixture = (name: string): string => new URL(`../../fixtures/${name}`, import.meta.url).pathname;

/** What a worker does until it is told to stop, which it hears between two of these. */
const work = `
  import("%runtime%/gen-v1.js").then(async ({ skeleton, ringBuffer, le, rawTracepoint }) => {
    const { readFileSync } = await import("node:fs");
    const { parentPort } = await import("node:worker_threads");
    parentPort.on("message", (how) => (how === "exit" ? process.exit() : parentPort.close()));
    const make = (name, maps, programs) => skeleton({
      name: "Test", source: name, object: () => readFileSync(${JSON.stringify(fixture(""))} + name), maps, programs,
    });
    const Test = make("emit.bpf.o", { events: ringBuffer(le.bytes(24)) }, { emit: rawTracepoint });
    const Raw = make("raw_tp.bpf.o", {}, {});
    let stopped = false;
    parentPort.once("close", () => (stopped = true));
    while (!stopped) {
      const test = Test.load();
      const iteration = (async () => { for await (const _ of test.maps.events); })();
      const raw = Raw.load();
      raw.attach();
      test.maps.events.consume(() => {});
      await new Promise((resolve) => setTimeout(resolve, 2));
      raw.close();
      test.close();
      await iteration;
    }
  });
`;

/** An emulated machine takes seconds to start a thread. */
const threads = process.env["TINYBPF_VM"] === "1" ? 8 : 20;

describeKernel("worker threads under stress", () => {
  let runtime: CompiledRuntime;
  beforeAll(() => {
    runtime = compileRuntime();
  });
  afterAll(() => runtime.remove());

  test(`${threads} that are told to end at random moments`, () => {
    const { status, signal, stdout, stderr } = runtime.run(`
      import { once } from "node:events";
      import { readdirSync, readFileSync, readlinkSync } from "node:fs";
      import { Worker } from "node:worker_threads";
      let seed = 42;
      const random = (below) => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % below;
      const codes = new Set();
      const errors = [];
      const one = async (how) => {
        const worker = new Worker(${JSON.stringify(work)}, { eval: true });
        worker.on("error", (error) => errors.push(String(error)));
        setTimeout(() => worker.postMessage(how), random(250));
        codes.add((await once(worker, "exit"))[0]);
      };
      for (let i = 0; i < ${threads / 4}; i++) await Promise.all(["exit", "close", "exit", "close"].map(one));
      const left = readdirSync("/proc/self/fd").flatMap((fd) => {
        try { return /bpf|btf/.exec(readlinkSync("/proc/self/fd/" + fd)) ?? [] } catch { return [] }
      });
      const mapped = readFileSync("/proc/self/maps", "utf8").split("bpf-map").length - 1;
      console.log(JSON.stringify({ codes: [...codes], errors, left, mapped }));
    `);
    expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: "" });
    expect(JSON.parse(stdout)).toEqual({ codes: [0], errors: [], left: [], mapped: 0 });
  });

  // koffi is loaded in the workers alone: Node would unload it with the last of them.
  test(`${threads} that are terminated while they wait for events`, () => {
    const waiting = `
      import("%runtime%/gen-v1.js").then(async ({ skeleton, ringBuffer, le, rawTracepoint }) => {
        const { readFileSync } = await import("node:fs");
        const object = () => readFileSync(${JSON.stringify(fixture("emit.bpf.o"))});
        const maps = { events: ringBuffer(le.bytes(24)) };
        const Test = skeleton({ name: "Test", source: "emit.bpf.o", object, maps, programs: { emit: rawTracepoint } });
        const test = Test.load();
        setTimeout(async () => (await import("node:worker_threads")).parentPort.postMessage("waiting"), 10);
        for await (const _ of test.maps.events);
      });
    `;
    const { status, signal, stdout, stderr } = runtime.run(`
      import { once } from "node:events";
      import { Worker } from "node:worker_threads";
      for (let i = 0; i < ${threads}; i++) {
        const worker = new Worker(${JSON.stringify(waiting)}, { eval: true });
        await once(worker, "message");
        await worker.terminate();
      }
      console.log("alive");
    `);
    expect({ status, signal, stdout, stderr }).toEqual({
      status: 0,
      signal: null,
      stdout: "alive\n",
      stderr: "",
    });
  });
});
