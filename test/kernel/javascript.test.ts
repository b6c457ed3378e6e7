/** A skeleton in JavaScript does in the kernel what one in TypeScript does. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type * as Golden from "../golden/syscall.skel.ts";
import { scriptFolder, writeScripts } from "../codegen/javascript.ts";
import { describeKernel } from "./require-kernel.ts";

describeKernel("a skeleton in JavaScript", () => {
  let folder = "";
  beforeAll(async () => {
    folder = scriptFolder();
    await writeScripts(folder, [{ stem: "syscall", source: "syscall.bpf.o", options: {} }]);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("is loaded, and its program run", async () => {
    const { Syscall } = (await import(join(folder, "syscall.skel.js"))) as typeof Golden;
    using syscall = Syscall.load();
    const result = syscall.programs.echo.run({ number: 5, length: 0, text: "Hello", calls: 0 });
    expect(result).toEqual({ retval: 5, ctx: { number: -5, length: 5, text: "HELLO", calls: 1n } });
  });
});
