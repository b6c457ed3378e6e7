import { type AttachTarget, BpfError, type Link, ValueError } from "tinybpf";
import { expect, test, type TestContext } from "vitest";
import { Freplace } from "../../golden/freplace.skel.ts";
import { describeKernel } from "../require-kernel.ts";
import { lacking, linux } from "../this-kernel.ts";

const XDP_DROP = 1;
const XDP_PASS = 2;
const data = new Uint8Array(64);

type Config = NonNullable<Parameters<typeof Freplace.load>[0]>;

/**
 * Loads the object again, on a function of another. A kernel may refuse such programs altogether: then the error is a typed
 * one, and there is nothing to attach.
 */
function loadOn({ skip }: TestContext, target: AttachTarget, name: "refuse" | "watch"): Freplace {
  const programs: NonNullable<Config["programs"]> = { [name]: { autoload: true, attachTarget: target } };
  try {
    return Freplace.load({ programs });
  } catch (error) {
    expect(error).toBeInstanceOf(BpfError);
    expect(String(error)).toMatch(
      /cannot load program \w+ of freplace\.bpf\.o: .*\(EPERM\)[^]*something else forbids it/,
    );
    return skip("needs a host that does not forbid such programs");
  }
}

/** Loads `refuse` with whatever for a target. */
const load = (attachTarget: object): unknown =>
  Freplace.load({ programs: { refuse: { autoload: true, attachTarget: attachTarget as never } } });

describeKernel("programs on another program's function", () => {
  test("freplace takes its place, until it is closed", (context) => {
    using base = Freplace.load();
    const target = { program: base.programs.filter, function: "decide" };
    using plugin = loadOn(context, target, "refuse");
    expect(base.programs.filter.testRun({ data }).retval).toBe(XDP_PASS);
    const link = plugin.programs.refuse.attach();
    expect(link.info).toMatchObject({ type: "tracing", programId: plugin.programs.refuse.info.id });
    expect(base.programs.filter.testRun({ data }).retval).toBe(XDP_DROP);
    link.close();
    expect(base.programs.filter.testRun({ data }).retval).toBe(XDP_PASS);
    expect(() => plugin.programs.refuse.attach()).toThrow(
      /(?:EINVAL|ENOENT)[^]*attaching again takes \{ program, function \}$/,
    );
    const again = plugin.programs.refuse.attach(target);
    expect(base.programs.filter.testRun({ data }).retval).toBe(XDP_DROP);
    again.close();

    // Another program of the same kind than the one it was verified for.
    using other = Freplace.load();
    using _other = plugin.programs.refuse.attach({ program: other.programs.filter, function: "decide" });
    expect(other.programs.filter.testRun({ data }).retval).toBe(XDP_DROP);
    expect(base.programs.filter.testRun({ data }).retval).toBe(XDP_PASS);
  });

  test("fexit sees it", (context) => {
    using base = Freplace.load();
    const attachTarget = { program: base.programs.filter, function: "decide" };
    using plugin = loadOn(context, attachTarget, "watch");
    const attach = (): Link => plugin.programs.watch.attach({ cookie: 3 });
    const hasCookies = lacking(linux("5.19")) === undefined;
    if (!hasCookies) expect(attach).toThrow(/EINVAL[^]*A cookie for program watch needs Linux 5\.19/);
    using link = hasCookies ? attach() : plugin.programs.watch.attach();
    expect(link.info).toMatchObject({ type: "tracing", attachType: "trace_fexit" });
    base.programs.filter.testRun({ data, repeat: 4 });
    expect(plugin.bss.seen).toBe(4n);
  });

  test("what is wrong is named", (context) => {
    using base = Freplace.load();
    const { filter } = base.programs;
    expect(() => load({ program: filter, function: "nothing" })).toThrow(BpfError);
    expect(() => load({ program: filter })).toThrow(ValueError);
    expect(() => load({ function: "decide" })).toThrow(ValueError);
    expect(() => load({ program: { fd: -1 }, function: "decide" })).toThrow(ValueError);
    using plugin = loadOn(context, { program: filter, function: "decide" }, "refuse");
    const { refuse } = plugin.programs;
    expect(() => refuse.attach({ program: filter, function: "nothing" })).toThrow(BpfError);
    expect(() => refuse.attach({ program: filter, function: "a\0b" })).toThrow(ValueError);
    // @ts-expect-error no program
    expect(() => refuse.attach({ program: 5, function: "decide" })).toThrow(ValueError);
  });
});
