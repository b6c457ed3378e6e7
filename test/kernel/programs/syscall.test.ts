import { ClosedError, ValueError } from "tinybpf";
import { beforeEach, expect, test } from "vitest";
import { KconfigKsyms } from "../../golden/kconfig_ksyms.skel.ts";
import { Syscall } from "../../golden/syscall.skel.ts";
import { describeKernel } from "../require-kernel.ts";
import { linux, needsKernel } from "../this-kernel.ts";

describeKernel("syscall program", () => {
  beforeEach((context) => needsKernel(context, linux("5.14")));

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
    syscall.close();
    expect(() => syscall.programs.echo.run({ ...context, text: "" })).toThrow(ClosedError);
  });

  test("one without a typed context runs on bytes, or on none", () => {
    using skeleton = KconfigKsyms.load({
      kconfig: "CONFIG_HZ=1",
      programs: { call_externs: { autoload: true } },
    });
    const { call_externs: program } = skeleton.programs;
    expect(program.run()).toEqual({ retval: 0, ctx: new Uint8Array() });
    const context = new Uint8Array([1, 2, 3, 4]);
    const { ctx } = program.run(context);
    expect(ctx).toEqual(context);
    expect(ctx).not.toBe(context);
  });
});
