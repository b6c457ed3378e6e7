/** Names of options that are none, which JavaScript lets through: refused, with the one that was meant. */
import { createMap, formatValue, hashMap, le, merge, SkeletonError, ValueError } from "tinybpf";
import { load, open, openPinnedMap } from "tinybpf/dynamic";
import { expect, test } from "vitest";
import { Cgroup } from "../golden/cgroup.skel.ts";
import { Exec } from "../golden/exec.skel.ts";
import { PerfEvents } from "../golden/perf_events.skel.ts";
import { RawTp } from "../golden/raw_tp.skel.ts";
import { Tc } from "../golden/tc.skel.ts";
import { TpBtf } from "../golden/tp_btf.skel.ts";
import { Uprobe } from "../golden/uprobe.skel.ts";
import { Usdt } from "../golden/usdt.skel.ts";
import { Xdp } from "../golden/xdp.skel.ts";
import { describeKernel } from "./require-kernel.ts";

const object = new URL("../../fixtures/exec.bpf.o", import.meta.url);

/** What the compiler refuses, and only it. */
type Untyped = (...args: readonly unknown[]) => unknown;
const untyped = (call: unknown): Untyped => call as Untyped;

/** Calls a method with what is none of its options. */
function calling(target: object, method: string, ...args: readonly unknown[]): () => unknown {
  return () => untyped(Reflect.get(target, method)).apply(target, [...args]);
}

describeKernel("options that are none", () => {
  test.each<readonly [string, () => unknown, string]>([
    ["open", calling(Exec, "open", { pinRootPth: "/" }), "pinRootPath"],
    [
      "open, with what load takes",
      calling(Exec, "open", { maps: {} }),
      "there are: pinRootPath, kernelBtf, kconfig",
    ],
    ["dynamic open", () => untyped(open)(object, { kernelBTF: "/" }), "did you mean kernelBtf?"],
    ["dynamic load", () => untyped(load)(object, { program: {} }), "did you mean programs?"],
    [
      "dynamic openPinnedMap",
      () => untyped(openPinnedMap)("/x", undefined, { values: le.u32 }),
      "did you mean value?",
    ],
    [
      "createMap",
      () => untyped(createMap)(hashMap(le.u32, le.u32), { maxEntrys: 1 }),
      "did you mean maxEntries?",
    ],
    ["formatValue", () => untyped(formatValue)(le.u32, 1, { ident: 2 }), "did you mean indent?"],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(ValueError);
    expect(call).toThrow(message);
  });

  test("waiting for events", () => {
    using exec = Exec.load();
    const { events } = exec.maps;
    const calls: readonly (() => unknown)[] = [
      () => untyped(events.iterate.bind(events))({ signl: undefined }),
      () => untyped(events.batches.bind(events))({ maximum: 1 }),
      () => untyped(events.readable.bind(events))({ max: 1 }),
      () => untyped(merge)({ events }, { sgnal: undefined }),
    ];
    for (const call of calls) {
      expect(call, String(call)).toThrow(ValueError);
      expect(call, String(call)).toThrow(/^options: there is no option /);
    }
  });

  test("load: of the object, of a map, of a program", () => {
    const calls: readonly (readonly [object, string])[] = [
      [{ logLevl: 1 }, "there is no option logLevl in exec.bpf.o; did you mean logLevel?"],
      [{ rodat: {} }, "there is no option rodat in exec.bpf.o; did you mean rodata?"],
      [
        { maps: { events: { maxEntrys: 1 } } },
        "no option maxEntrys of map events in exec.bpf.o; did you mean maxEntries?",
      ],
      [{ maps: { event: {} } }, "there is no map event in exec.bpf.o; did you mean events?"],
      [
        { programs: { on_exec: { autoLoad: true } } },
        "of program on_exec in exec.bpf.o; did you mean autoload",
      ],
    ];
    for (const [config, message] of calls) {
      expect(calling(Exec, "load", config)).toThrow(SkeletonError);
      expect(calling(Exec, "load", config)).toThrow(message);
    }
  });

  const skeletons: readonly (readonly [
    string,
    () => Disposable & { readonly programs: object },
    readonly unknown[],
    string,
  ])[] = [
    ["uprobe", () => Uprobe.load(), [{ binary: "/x", symbl: "y" }], "symbol"],
    ["usdt", () => Usdt.load(), [{ binary: "/x", providr: "y" }], "provider"],
    ["xdp", () => Xdp.load(), ["lo", { mod: "skb" }], "mode"],
    ["tc", () => Tc.load(), ["lo", { dirction: "ingress" }], "direction"],
    ["cgroup", () => Cgroup.load(), ["/sys/fs/cgroup", { befor: "all" }], "before"],
    ["raw_tp", () => RawTp.load(), ["sys_enter", { cooky: 1 }], "cookie"],
    ["tp_btf", () => TpBtf.load(), [{ cooky: 1 }], "cookie"],
    ["tracepoint", () => Exec.load(), [{ category: "sched", nam: "x" }], "name"],
  ];
  test.each(skeletons)("attach of %s", (_, make, args, meant) => {
    using skeleton = make();
    const [program] = Object.values(skeleton.programs) as object[];
    if (program === undefined) throw new Error("no program");
    expect(calling(program, "attach", ...args)).toThrow(ValueError);
    expect(calling(program, "attach", ...args)).toThrow(`did you mean ${meant}?`);
  });

  test("a test run, and the buffers of perf events", () => {
    using xdp = Xdp.load();
    using perf = PerfEvents.load();
    const [program] = Object.values(xdp.programs);
    if (program === undefined) throw new Error("no program");

    expect(calling(program, "testRun", { dat: new Uint8Array(14) })).toThrow("did you mean data?");
    expect(calling(perf.maps.samples, "open", { page: 1 })).toThrow("did you mean pages?");
  });
});
