import { ClosedError, ReadOnlyError, SkeletonError, ValueError } from "tinybpf";
import { beforeEach, expect, test } from "vitest";
import { Globals, type GlobalsBss } from "../golden/globals.skel.ts";
import { describeKernel, needsLibbpf } from "./require-kernel.ts";

/** A value of `struct config` that calls back when it is read. */
const closing = (close: () => void): GlobalsBss["zeroed"] => ({
  get limit() {
    close();
    return 1;
  },
  mask: 1n,
  name: "x",
  table: new Int16Array(3),
});

describeKernel("globals", () => {
  beforeEach((context) => needsLibbpf(context, "1.1", "sections of .bss by other names"));

  test("start with the values of the C source", () => {
    using open = Globals.open();
    expect(open.data.seeded).toBe(0x1122334455667788n);
    expect(open.data.settings).toMatchObject({ limit: 10, mask: 0xff00ff00ff00ff00n, name: "config" });
    expect(open.data.label).toBe("label");
    expect(open.data.ratio).toBe(0.5);
    expect(open.rodata.target_pid).toBe(42);
    expect(open.rodata.negative).toBe(-1n);
    expect(open.bss.counter).toBe(0n);
    expect(open.bss.enabled).toBe(false);
    expect(open.data_custom.custom).toBe(77);
    expect(open.rodata_tuning.tuning).toBe(99);
    expect(open.bss_quiet.quiet).toBe(0n);
  });

  test("set between open and load, they are what the program sees", () => {
    using open = Globals.open();
    open.rodata.target_pid = 1000;
    open.rodata_tuning.tuning = 0;
    open.data.seeded = 5;
    open.data_custom.custom = 1;
    open.bss.counter = 41n;
    using globals = open.load();
    expect(globals.rodata.target_pid).toBe(1000);
    expect(globals.rodata_tuning.tuning).toBe(0);
    expect(globals.bss.counter).toBe(41n);
    using unchanged = Globals.load();
    // What differs: target_pid by 958, tuning by -99, seeded % 100 by 5 - 8, custom by -76.
    const difference = globals.programs.sum.testRun().retval - unchanged.programs.sum.testRun().retval;
    expect(difference).toBe(958 - 99 + (5 - Number(0x1122334455667788n % 100n)) - 76);
    expect(globals.bss.counter).toBe(42n);
  });

  test("are shared with the program while it is loaded, both ways", () => {
    using globals = Globals.load();
    globals.programs.sum.testRun();
    globals.programs.sum.testRun();
    expect(globals.bss.counter).toBe(2n);
    expect(globals.bss_quiet.quiet).toBe(2n);
    expect([...globals.bss.histogram]).toEqual([4, 0, 0, 0, 0, 0, 0, 0]);
    expect(globals.bss.enabled).toBe(true);
    expect(globals.data.label).toBe("aabel");
    expect(globals.data_custom.custom_config.limit).toBe(80);

    globals.bss.counter = 100n;
    globals.data.mode = 0;
    globals.programs.sum.testRun();
    expect(globals.bss.counter).toBe(101n);
    expect(globals.bss.enabled).toBe(false);
  });

  test("load sets them by section and name", () => {
    using globals = Globals.load({
      rodata: { target_pid: 7, limits: { limit: 1, mask: 2, name: "x", table: [1, 2, 3] } },
      bss: { counter: 9 },
    });
    expect(globals.rodata.target_pid).toBe(7);
    expect(globals.rodata.limits).toMatchObject({ limit: 1, mask: 2n, name: "x" });
    expect(globals.bss.counter).toBe(9n);
  });

  test("constants are frozen once loaded: writing is a ReadOnlyError, and the process lives", () => {
    using open = Globals.open();
    const { rodata } = open;
    using globals = open.load();
    const write = (): void => {
      rodata.target_pid = 1;
    };
    expect(write).toThrow(ReadOnlyError);
    expect(write).toThrow(/\.rodata of globals\.bpf\.o is read-only once loaded/);
    expect(() => {
      rodata.limits = { limit: 1, mask: 2, name: "x", table: [1, 2, 3] };
    }).toThrow(ReadOnlyError);
    // @ts-expect-error not assignable in a loaded skeleton
    expect(() => (globals.rodata.target_pid = 1)).toThrow(ReadOnlyError);
    expect(globals.rodata.target_pid).toBe(42);
  });

  test("a value that does not fit is a ValueError with its path", () => {
    using globals = Globals.load();
    expect(() => {
      globals.bss.counter = -1;
    }).toThrow(/^counter: -1 is out of range/);
    expect(() => {
      globals.data.label = "too long for it";
    }).toThrow(ValueError);
    expect(globals.data.label).toBe("label");
    expect(() => Globals.load({ rodata: { target_pid: -1 } })).toThrow(/target_pid: -1 is out of range/);
  });

  test("a name that is not there is a SkeletonError", () => {
    // @ts-expect-error no such variable
    expect(() => Globals.load({ rodata: { target_pidd: 1 } })).toThrow(SkeletonError);
    // @ts-expect-error no such section
    expect(() => Globals.load({ rodataa: {} })).toThrow(/no option rodataa .*rodata/);
    // @ts-expect-error a method of every object is no variable
    expect(() => Globals.load({ bss: { toString: 1 } })).toThrow(/no variable toString/);
  });

  test("a value whose getter closes the skeleton does no harm", () => {
    const open = Globals.open();
    expect(() => {
      open.bss.zeroed = closing(() => open.close());
    }).toThrow(ClosedError);
    const globals = Globals.load();
    expect(() => {
      globals.bss.zeroed = closing(() => globals.close());
    }).toThrow(ClosedError);
    expect(() => globals.bss.zeroed).toThrow(ClosedError);
    expect(() => open.bss.zeroed).toThrow(ClosedError);
  });

  test("closed, they cannot be read or written", () => {
    const globals = Globals.load();
    const { bss, data, rodata } = globals;
    globals.close();
    expect(() => bss.counter).toThrow(ClosedError);
    expect(() => data.settings).toThrow(ClosedError);
    expect(() => rodata.target_pid).toThrow(ClosedError);
    expect(() => {
      bss.counter = 1n;
    }).toThrow(ClosedError);

    const open = Globals.open();
    const opened = open.rodata;
    open.close();
    expect(() => opened.target_pid).toThrow(ClosedError);
    expect(() => {
      opened.target_pid = 1;
    }).toThrow(ClosedError);
  });
});
