import { ValueError } from "tinybpf";
import { expect, test } from "vitest";
import { Globals } from "../../golden/globals.skel.ts";
import { Syscall } from "../../golden/syscall.skel.ts";
import { describeKernel, needsLibbpf } from "../require-kernel.ts";

describeKernel("syscall program", () => {
  test("takes its context typed, and gives it back as the program left it", () => {
    using syscall = Syscall.load();
    const result = syscall.programs.echo.run({ number: 5, length: 0, text: "Hello", calls: 0 });
    expect(result).toEqual({ retval: 5, ctx: { number: -5, length: 5, text: "HELLO", calls: 1n } });
  });

  test("a context that does not fit is a ValueError", () => {
    using syscall = Syscall.load();
    const context = { number: 5, length: 0, text: "x".repeat(25), calls: 0 };
    expect(() => syscall.programs.echo.run(context)).toThrow(ValueError);
    expect(() => syscall.programs.echo.run(context)).toThrow(/text: 25 bytes .* too long for char\[24\]/);
    // @ts-expect-error the context is not optional
    expect(() => syscall.programs.echo.run()).toThrow(ValueError);
  });

  test("one without a typed context runs on bytes, or on none", (context_) => {
    needsLibbpf(context_, "1.1", "sections of .bss by other names");
    using globals = Globals.load();
    expect(globals.programs.sum.run().ctx).toEqual(new Uint8Array());
    const context = new Uint8Array([1, 2, 3, 4]);
    const { ctx } = globals.programs.sum.run(context);
    expect(ctx).toEqual(context);
    expect(ctx).not.toBe(context);
    expect(globals.bss.counter).toBe(2n);
  });
});
