import { afterAll, beforeAll, expect, test } from "vitest";
import { compileRuntime, type CompiledRuntime } from "../runtime/compiled.ts";
import { enterNamespaces, mountBpffs } from "./namespaces.ts";
import { describeKernel } from "./require-kernel.ts";
import { linux, needsKernel } from "./this-kernel.ts";

const fixture = (name: string): string => new URL(`../../fixtures/${name}`, import.meta.url).pathname;

/** Defines `Test`, a class for emit.bpf.o, and `Rejected`, which the verifier refuses. */
const classes = `
  const { skeleton, ringBuffer, le, rawTracepoint } = await import("%runtime%/gen-v1.js");
  const { readFileSync } = await import("node:fs");
  const make = (source, object, maps, programs) =>
    skeleton({ name: "Test", source, object: () => readFileSync(object), maps, programs });
  const Test = make(
    "emit.bpf.o",
    ${JSON.stringify(fixture("emit.bpf.o"))},
    { events: ringBuffer(le.bytes(24)) },
    { emit: rawTracepoint },
  );
  const Rejected = make("verifier_reject.bpf.o", ${JSON.stringify(fixture("verifier_reject.bpf.o"))}, {}, {});
`;

/** Defines `thread(body)`, which runs code in a worker thread, where `post` sends a message. */
const threads = `
  const { Worker } = await import("node:worker_threads");
  const { once } = await import("node:events");
  const { readdirSync, readlinkSync } = await import("node:fs");
  const thread = (body) => new Worker(
    \`(async () => {
      const { parentPort, threadId } = await import("node:worker_threads");
      const post = (message) => parentPort.postMessage(message);
      \${${JSON.stringify(classes)}}
      \${body}
    })()\`,
    { eval: true },
  );
`;

/** Bytes of the ring buffer of syscall.bpf.o, whose data is mapped twice. */
const RING = 256 * 1024;

/** How often something is tried that goes wrong now and then; an emulated machine is slow. */
const rounds = process.env["TINYBPF_VM"] === "1" ? 3 : 10;

describeKernel("worker threads", () => {
  let runtime: CompiledRuntime;
  beforeAll(() => {
    enterNamespaces();
    mountBpffs();
    runtime = compileRuntime();
  });
  afterAll(() => runtime.remove());

  function run(body: string): unknown {
    const { status, stdout, stderr } = runtime.run(`${threads}${classes}${body}`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return JSON.parse(stdout);
  }

  test("one that is terminated in the middle of loading stops no other, nor hears what those print", () => {
    const result = run(`
      const names = [];
      let longest = 0;
      for (let i = 0; i < ${rounds}; i++) {
        // The first call makes functions; koffi aborts the process when a thread is terminated in that.
        const worker = thread(\`
          const load = () => Test.load({ logLevel: 2 }).close();
          load();
          post();
          for (;;) load();
        \`);
        await once(worker, "message");
        await new Promise((resolve) => setTimeout(resolve, 5 + 5 * i));
        const stopped = worker.terminate();
        const start = performance.now();
        try { Rejected.load() } catch (error) { names.push(error.name) }
        longest = Math.max(longest, performance.now() - start);
        await stopped;
        try { Rejected.load() } catch (error) { names.push(error.name) }
      }
      console.log(JSON.stringify({ names, inTime: longest < 10_000 }));
    `);
    expect(result).toEqual({
      names: Array.from({ length: 2 * rounds }, () => "VerifierError"),
      inTime: true,
    });
  });

  test.for([
    ["awaits events, which keep coming", "for await (const _ of events) count++;"],
    ["awaits batches of them", "for await (const batch of events.batches()) count += batch.length;"],
  ] as const)("one that %s, can be terminated", ([, reading], context) => {
    needsKernel(context, linux("5.14")); // for syscall programs
    const result = run(`
      let ready = 0;
      for (let i = 0; i < ${rounds}; i++) {
        const worker = thread(\`
          const { load } = await import("%runtime%/dynamic.js");
          const object = load(${JSON.stringify(fixture("syscall.bpf.o"))});
          const events = object.map("events", "RingBuffer");
          const program = object.program("emit", "SyscallProgram");
          let count = 0;
          const emit = () => {
            program.run({ count: 10, emitted: 0, flags: 0n });
            if (count > 0) post();
            setImmediate(emit);
          };
          emit();
          ${reading}
        \`);
        await once(worker, "message");
        ready++;
        await new Promise((resolve) => setTimeout(resolve, i));
        await worker.terminate();
      }
      // Of rings: libbpf 1.5 maps global variables, too, and keeps them.
      const size = (line) => {
        const [start, end] = line.split(" ")[0].split("-").map((address) => Number.parseInt(address, 16));
        return end - start;
      };
      const mapped = readFileSync("/proc/self/maps", "utf8").split("\\n")
        .filter((line) => line.includes("bpf-map") && size(line) > 2 * ${RING}).length;
      console.log(JSON.stringify({ ready, mapped }));
    `);
    expect(result).toEqual({ ready: rounds, mapped: 0 });
  });

  test("one that ends closes what it left open", () => {
    const result = run(`
      const left = () => readdirSync("/proc/self/fd").flatMap((fd) => {
        try { return /bpf|btf/.exec(readlinkSync("/proc/self/fd/" + fd)) ?? [] } catch { return [] }
      });
      const mapped = () => readFileSync("/proc/self/maps", "utf8").split("bpf-map").length - 1;
      const codes = [];
      for (const end of ["", "process.exit(5)"]) {
        const worker = thread(\`
          const { createMap, openPinnedLink, openProgramById } = await import("%runtime%/index.js");
          const { hashMap } = await import("%runtime%/gen-v1.js");
          globalThis.a = Test.open();
          globalThis.b = Test.load();
          b.maps.events.consume(() => {});
          globalThis.c = createMap(hashMap(le.u32, le.u32), { maxEntries: 1 });
          const object = ${JSON.stringify(fixture("raw_tp.bpf.o"))};
          const tracing = make("raw_tp.bpf.o", object, {}, { on_rename: rawTracepoint }).load();
          const pin = "/sys/fs/bpf/link" + threadId;
          tracing.programs.on_rename.attach().pin(pin);
          tracing.close();
          globalThis.d = openPinnedLink(pin);
          globalThis.e = openProgramById(d.info.programId);
        \` + end);
        codes.push((await once(worker, "exit"))[0]);
      }
      console.log(JSON.stringify({ codes, left: left(), mapped: mapped() }));
    `);
    expect(result).toEqual({ codes: [0, 5], left: [], mapped: 0 });
  });

  test("one that ends gives its callback back", () => {
    const result = run(`
      const { default: koffi } = await import("koffi");
      const type = koffi.pointer(koffi.proto("void", []));
      // All callbacks that a process can have, but for one.
      const taken = [];
      try { for (;;) taken.push(koffi.register(() => {}, type)) } catch {}
      koffi.unregister(taken.pop());
      const failures = [];
      for (let i = 0; i < 3; i++) {
        const worker = thread("Test.open().close(); post()");
        worker.on("error", (error) => failures.push(error.message));
        await once(worker, "exit");
      }
      console.log(JSON.stringify({ taken: taken.length > 100, failures }));
    `);
    expect(result).toEqual({ taken: true, failures: [] });
  });

  test("one that ends closes no descriptor that it closed before", () => {
    const result = run(`
      const { openSync, fstatSync } = await import("node:fs");
      const worker = thread(\`
        const { createMap, cgroupArray } = await import("%runtime%/index.js");
        const map = createMap(cgroupArray, { maxEntries: 1 });
        try { map.set(0, "/") } catch {} // opens the folder, which is no cgroup
        map.close();
        parentPort.once("message", () => parentPort.close());
        post();
      \`);
      await once(worker, "message");
      const ours = Array.from({ length: 20 }, () => openSync("/", "r"));
      worker.postMessage("");
      await once(worker, "exit");
      for (const fd of ours) fstatSync(fd);
      console.log(JSON.stringify(ours.length));
    `);
    expect(result).toBe(20);
  });

  test("a map that a thread opened is closed when it ends", () => {
    const result = run(`
      const bpf = () => readdirSync("/proc/self/fd").filter((fd) => {
        try { return readlinkSync("/proc/self/fd/" + fd).includes("bpf"); } catch { return false; }
      }).length;
      const worker = thread(\`
        const { createMap, hashMap } = await import("%runtime%/index.js");
        for (let i = 0; i < 3; i++) createMap(hashMap(le.u32, le.u32), { maxEntries: 1 });
        createMap(hashMap(le.u32, le.u32), { maxEntries: 1 }).close();
        post();
      \`);
      await once(worker, "message");
      await once(worker, "exit");
      console.log(JSON.stringify(bpf()));
    `);
    expect(result).toBe(0);
  });
});
