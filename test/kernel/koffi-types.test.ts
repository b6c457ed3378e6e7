import { afterAll, expect, test } from "vitest";
import { type CompiledRuntime, compileRuntime } from "../runtime/compiled.ts";
import { describeKernel } from "./require-kernel.ts";

describeKernel("a program that uses koffi itself", () => {
  let runtime: CompiledRuntime | undefined;
  afterAll(() => runtime?.remove());

  // koffi counts types, its own included, and names those without a name by that count.
  test.each([
    ["nothing before", ""],
    ["a function with a pointer", 'koffi.load(null).func("bind", "int", ["int", "void *", "uint32_t"]);'],
    [
      "types without names",
      'koffi.pointer(koffi.struct({ a: "int" })); koffi.pointer(koffi.struct({ b: "int" }));',
    ],
  ])("finds the runtime's types to be its own: %s", (_, before) => {
    runtime ??= compileRuntime();
    const { stdout, stderr } = runtime.run(`
      import koffi from "koffi";
      ${before}
      const { BpfObject } = await import("%runtime%/bpf-object.js");
      try {
        new BpfObject("x.bpf.o", new Uint8Array(100), {});
      } catch (error) {
        console.log(error.name, error.code);
      }`);
    expect({ stdout, stderr }).toEqual({ stdout: "BpfError LIBBPF_ERRNO__FORMAT\n", stderr: "" });
  });
});
