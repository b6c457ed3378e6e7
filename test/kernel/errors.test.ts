import { readFileSync } from "node:fs";
import { BpfError, VerifierError } from "tinybpf";
import { skeleton } from "tinybpf/gen-v1";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BitfieldsBe } from "../golden/bitfields.be.skel.ts";
import { Emit } from "../golden/emit.skel.ts";
import { VerifierReject } from "../golden/verifier_reject.skel.ts";
import { compileRuntime, type CompiledRuntime } from "../runtime/compiled.ts";
import { describeKernel } from "./require-kernel.ts";
import { lacking, linux, needsKernel } from "./this-kernel.ts";

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

const fixture = (name: string): string => new URL(`../../fixtures/${name}`, import.meta.url).pathname;

/** A module that has the class of a fixture, with nothing of it named. */
const load = (object: string): string => `
  import { readFileSync } from "node:fs";
  import { skeleton } from "%runtime%/gen-v1.js";
  const object = () => readFileSync(${JSON.stringify(fixture(object))});
  const Test = skeleton({ name: "Test", source: ${JSON.stringify(object)}, object, maps: {}, programs: {} });
`;

/** Code for a thread: is refused 20 times, one after the other, and posts the errors' common name. */
const rejected = `
  import("%runtime%/gen-v1.js").then(async ({ skeleton }) => {
    const { readFileSync } = await import("node:fs");
    const object = () => readFileSync(${JSON.stringify(fixture("verifier_reject.bpf.o"))});
    const Test = skeleton({ name: "Test", source: "verifier_reject.bpf.o", object, maps: {}, programs: {} });
    const names = new Set();
    for (let i = 0; i < 20; i++) {
      try { Test.load(); } catch (error) { names.add(error.name); }
    }
    (await import("node:worker_threads")).parentPort.postMessage([...names].join());
  });
`;

describeKernel("errors", () => {
  test("a rejected program: the whole log, the decisive lines, the place in the C source", () => {
    const error = thrownBy(() => VerifierReject.load());
    expect(error).toBeInstanceOf(VerifierError);
    expect(error).toBeInstanceOf(BpfError);
    expect(error).toMatchObject({
      name: "VerifierError",
      program: "unchecked_packet",
      code: "EACCES",
      errno: 13,
    });
    const { message, log } = error as VerifierError;
    expect(message).toMatch(
      /^cannot load program unchecked_packet of verifier_reject\.bpf\.o: permission denied/,
    );
    expect(message).toMatch(/; return data\[0\] /);
    // The kernel adds the place since 6.9.
    if (lacking(linux("6.9")) === undefined)
      expect(message).toMatch(/; return data\[0\] .* @ verifier_reject\.bpf\.c:\d+/);
    expect(message).toContain("invalid access to packet");
    expect(message).not.toContain("processed");
    expect(log).toMatch(/^\d+: \(61\) r\d = \*\(u32 \*\)\(r1 \+0\)/m);
    // Older kernels show registers from log level 2 on.
    if (lacking(linux("6.1")) === undefined) expect(log).toMatch(/^.*R1=ctx\(?\)?/m);
    expect(log).toMatch(/processed \d+ insns/);
    expect(log).not.toContain("PROG LOAD LOG");
  });

  test("a log of half a megabyte survives whole", () => {
    using emit = Emit.load({ programs: { emit: { logLevel: 2 } } });
    const { log } = emit.programs.emit;
    expect(log.length).toBeGreaterThan(400_000);
    expect(log).toMatch(/^(func#0|0: R1=ctx)/);
    expect(log.trimEnd().split("\n").at(-1)).toMatch(/^processed \d+ insns/);
  });

  test("an object of the other byte order says so", () => {
    expect(() => BitfieldsBe.load()).toThrow(/LIBBPF_ERRNO__ENDIAN[^]*-target bpfel/);
  });

  describe("in a process of its own", () => {
    let runtime: CompiledRuntime;
    beforeAll(() => {
      runtime = compileRuntime();
    });
    afterAll(() => runtime.remove());

    test("nothing is printed, neither for success nor for failure", () => {
      const { status, stdout, stderr } = runtime.run(`${load("verifier_reject.bpf.o")}
        Test.open().close();
        try { Test.load(); } catch (error) { process.exitCode = error.name === "VerifierError" ? 7 : 1; }
      `);
      expect({ status, stdout, stderr }).toEqual({ status: 7, stdout: "", stderr: "" });
    });

    test("without the right to load: EPERM, and which capabilities would help", () => {
      const { status, stdout, stderr } = runtime.run(`${load("emit.bpf.o")}
        (await import("%runtime%/index.js")).init(); // the library may be where only root can look
        process.setgroups([]); process.setgid(65534); process.setuid(65534);
        try { Test.load(); } catch (error) { console.log(error.name, error.code, error.message); }
      `);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(stdout).toMatch(/^BpfError EPERM cannot load emit\.bpf\.o: operation not permitted/);
      expect(stdout).toMatch(/root.*lacks CAP_BPF.*CAP_PERFMON.*CAP_NET_ADMIN/);
    });

    test("without the right to trace: EACCES says so, too", () => {
      const { status, stdout, stderr } = runtime.run(`
        import { BpfError } from "%runtime%/index.js";
        const attempt = () => console.log(new BpfError({ operation: "attach", errno: 13 }).message);
        attempt();
        process.setgroups([]); process.setgid(65534); process.setuid(65534);
        attempt();
      `);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(stdout).toMatch(
        /^cannot attach: permission denied \(EACCES\)\ncannot attach: permission denied \(EACCES\)\nRun as root.*lacks CAP_BPF/,
      );
    });

    const globals = `
      const { load } = await import("%runtime%/dynamic.js");
      const object = load(${JSON.stringify(fixture("exec.bpf.o"))});
      object.globals.set("hits", 3n);
      console.log(object.globals.get("hits"), object.globals.get("hits") + 1n);
      object.close();
    `;

    test("where addresses are limited, memory is mapped all the same", () => {
      const few = ["sh", "-c", 'ulimit -v 8000000; exec "$@"', "sh"];
      const { status, stdout, stderr } = runtime.run(globals, {}, few);
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "3n 4n\n", stderr: "" });
    });

    test("where V8 has no addresses left, it is asked once: it collects all garbage in search of some", () => {
      const none = `
        let asked = 0;
        WebAssembly.Memory = function () { asked++; throw new RangeError("could not allocate memory"); };
        process.on("exit", () => console.log(asked));
      `;
      const { status, stdout, stderr } = runtime.run(`${none}${globals}`);
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "3n 4n\n1\n", stderr: "" });
    });

    test("a skeleton that is not closed does not keep the process alive, nor outlive it", () => {
      const { status, stderr } = runtime.run(`${load("emit.bpf.o")}
        globalThis.kept = Test.load();
      `);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    });

    test("threads do not disturb each other, nor each other's logs", () => {
      const { status, stdout, stderr } = runtime.run(`
        import { Worker } from "node:worker_threads";
        const source = ${JSON.stringify(rejected)};
        const results = await Promise.all([1, 2, 3].map(() => new Promise((resolve, reject) => {
          const worker = new Worker(source, { eval: true });
          worker.once("message", resolve);
          worker.once("error", reject);
        })));
        console.log(JSON.stringify(results));
      `);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(JSON.parse(stdout)).toEqual(["VerifierError", "VerifierError", "VerifierError"]);
    });
  });

  test("a tracepoint in a section that is misspelt is named, with the one that was meant", (context) => {
    needsKernel(context, linux("5.10"));
    const text = readFileSync(fixture("tp_btf.bpf.o"), "latin1");
    const bytes = Buffer.from(text.replaceAll("tp_btf/task_rename", "tp_btf/task_renamf"), "latin1");
    const misspelt = { name: "T", source: "t.bpf.o", object: () => bytes, maps: {}, programs: {} };
    expect(() => skeleton(misspelt).load()).toThrow(
      /cannot load program on_rename of t\.bpf\.o[^]*no tracepoint task_renamf; did you mean task_rename\? Correct its section, or give load/,
    );
  });
});
