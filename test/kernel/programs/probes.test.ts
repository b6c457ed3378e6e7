/**
 * Programs on functions of the kernel's, which many kernels refuse: what each says then. Where they can be attached they are.
 */
import { existsSync } from "node:fs";
import { getPriority } from "node:os";
import { BpfError, type Link, ValueError } from "tinybpf";
import { beforeAll, describe, expect, test } from "vitest";
import { Probes, type ProbesConfig } from "../../golden/probes.skel.ts";
import { countDescriptors } from "../descriptors.ts";
import { enterNamespaces, mountTracefs } from "../namespaces.ts";
import { describeKernel } from "../require-kernel.ts";
import { config, type KernelFeature, lacking, linux, needsKernel } from "../this-kernel.ts";

type Name = keyof Probes["programs"];

/** Loads one of the programs, with `more` said of it. */
function load(name: Name, more: object = {}): Probes {
  const programs: NonNullable<ProbesConfig["programs"]> = { [name]: { autoload: true, ...more } };
  return Probes.load({ programs });
}

const hasKprobes = existsSync("/sys/bus/event_source/devices/kprobe");
/** Since 6.6 a link of a perf event tells what it is of, since 6.9 its cookie. */
const tellsEvent = lacking(linux("6.9")) === undefined;
const hasCookies = lacking(linux("5.15")) === undefined;
/** Spoils a name by one letter. */
const misspelt = "vfs_unlinkk";

/** Attaches and detaches, or gets the error that says what the kernel lacks. */
function attachOrSay(attach: () => Link, lack: RegExp): void {
  if (hasKprobes) attach().close();
  else {
    expect(attach).toThrow(BpfError);
    expect(attach).toThrow(lack);
  }
}

describeKernel("probes of the kernel", () => {
  beforeAll(() => {
    enterNamespaces();
    mountTracefs();
  });

  test("kprobe: by its section, by name, with more", () => {
    using probes = load("on_entry");
    const { on_entry } = probes.programs;
    const lack = /cannot attach program on_entry to .*\n[^]*A kprobe needs CONFIG_KPROBES/;
    attachOrSay(() => on_entry.attach(), lack);
    attachOrSay(() => on_entry.attach("vfs_unlink"), lack);
    if (hasCookies)
      attachOrSay(() => on_entry.attach({ function: "vfs_unlink", cookie: 7n, retprobe: true }), lack);
    expect(() => on_entry.attach({ function: "vfs_unlink", offset: 1 })).toThrow(/to vfs_unlink\+0x1: /);
  });

  test("kretprobe: the section names no function", () => {
    using probes = load("on_return");
    expect(() => probes.programs.on_return.attach()).toThrow(
      /EOPNOTSUPP[^]*section does not say where.*as in attach\(/,
    );
    attachOrSay(
      () => probes.programs.on_return.attach("vfs_unlink"),
      /to the return of vfs_unlink: [^]*CONFIG_KPROBES/,
    );
  });

  test("a function that does not exist", () => {
    using probes = load("on_entry");
    const attach = (): Link => probes.programs.on_entry.attach(misspelt);
    expect(attach).toThrow(BpfError);
    if (hasKprobes) expect(attach).toThrow(/ENOENT[^]*no function vfs_unlinkk; did you mean vfs_unlink/);
  });

  test("numbers and names that are none never reach C", () => {
    using probes = load("on_entry");
    const { on_entry } = probes.programs;
    for (const wrong of [
      { function: "a\0b" },
      { function: 5 },
      {},
      { function: "f", offset: -1 },
      { function: "f", offset: 0.5 },
      { function: "f", cookie: -1n },
      { function: "f", cookie: 2n ** 64n },
      { function: "f", retprobe: "yes" },
    ] as Parameters<typeof on_entry.attach>[0][])
      expect(() => on_entry.attach(wrong), Object.keys(wrong as object).join()).toThrow(ValueError);
  });

  test("kprobe.multi: loads where the kernel has it, or says what is missing", () => {
    let probes: Probes;
    try {
      probes = load("on_many");
    } catch (error) {
      // Without it the kernel refuses to load programs of this attach type.
      expect(error).toBeInstanceOf(BpfError);
      return;
    }
    using _probes = probes;
    const { on_many } = probes.programs;
    const attach = (): Link => on_many.attach({ functions: ["vfs_unlink", "vfs_read"], cookies: [1, 2n] });
    if (lacking(config("CONFIG_FPROBE"), linux("5.18")) === undefined) attach().close();
    else expect(attach).toThrow(/kprobe\.multi needs (?:CONFIG_FPROBE|Linux 5\.18)/);
    const wrong: object[] = [
      {},
      { pattern: "a", functions: ["b"] },
      { functions: [] },
      { functions: ["a"], cookies: [1, 2] },
      { functions: [5] },
      { functions: "vfs_read" },
      { pattern: "vfs_*", cookies: [1] },
    ];
    for (const target of wrong)
      expect(() => on_many.attach(target as { pattern: string }), JSON.stringify(target)).toThrow(ValueError);
  });

  test("ksyscall: by its section, by name", () => {
    using probes = load("on_syscall");
    const { on_syscall } = probes.programs;
    attachOrSay(() => on_syscall.attach(), /ksyscall\/unlinkat: [^]*CONFIG_KPROBES/);
    attachOrSay(() => on_syscall.attach("openat"), /system call openat: [^]*CONFIG_KPROBES/);
    expect(() => on_syscall.attach({ syscall: "openat", cookie: -5 })).toThrow(ValueError);
  });

  test.for<readonly [Name, readonly KernelFeature[], (programs: Probes["programs"]) => Link]>([
    [
      "on_tracepoint",
      [],
      ({ on_tracepoint }) => on_tracepoint.attach({ category: "sched", name: "sched_switch", cookie: 1 }),
    ],
    [
      "on_entry",
      [config("CONFIG_KPROBES")],
      ({ on_entry }) => on_entry.attach({ function: "vfs_unlink", cookie: 1 }),
    ],
    ["on_sample", [], ({ on_sample }) => on_sample.attach({ event: "cpu-clock", frequency: 99, cookie: 1 })],
  ])(
    "a cookie for %s that the kernel does not know is an error that says which does",
    ([name, features, attach], context) => {
      needsKernel(context, ...features);
      using probes = load(name);
      const withCookie = (): Link => attach(probes.programs);
      if (hasCookies) expect(withCookie).not.toThrow();
      else expect(withCookie).toThrow(/EOPNOTSUPP[^]*A cookie needs Linux 5\.15; this is/);
    },
  );

  test("a tracepoint gets its cookie; a misspelt one is named", (context) => {
    needsKernel(context, linux("5.15"));
    using probes = load("on_tracepoint");
    const { on_tracepoint } = probes.programs;
    using link = on_tracepoint.attach({
      category: "syscalls",
      name: "sys_enter_getpriority",
      cookie: 2n ** 63n,
    });
    getPriority();
    expect(probes.bss.hits).toBeGreaterThan(0n);
    expect(probes.bss.cookie).toBe(2n ** 63n);
    expect(link.info).toMatchObject(
      tellsEvent ? { type: "perf_event", event: "tracepoint", cookie: 2n ** 63n } : { type: "perf_event" },
    );
    expect(() => on_tracepoint.attach({ category: "syscalls", name: "sys_enter_getpriorty" })).toThrow(
      /no tracepoint syscalls\/sys_enter_getpriorty; did you mean syscalls\/sys_enter_getpriority/,
    );
    expect(() => on_tracepoint.attach({ category: "sched", name: "sys_enter_getpriority" })).toThrow(
      /did you mean syscalls\/sys_enter_getpriority/,
    );
  });

  test.each(["on_function", "refuse_nice_as_lsm"] as const)("%s attaches, or says why not", (name) => {
    let probes: Probes;
    try {
      probes = load(name);
    } catch (error) {
      expect(error).toBeInstanceOf(BpfError);
      return;
    }
    using _probes = probes;
    try {
      probes.programs[name].attach({ cookie: 5 }).close();
    } catch (error) {
      expect(error).toBeInstanceOf(BpfError);
      expect(String(error)).toMatch(new RegExp(`^BpfError: cannot attach program ${name} to `));
    }
  });

  test("attachTarget takes the place of the section's function", () => {
    expect(() => load("on_function", { attachTarget: misspelt })).toThrow(/vfs_unlinkk/);
    expect(() => load("on_function", { attachTarget: 5 })).toThrow(ValueError);
    using open = Probes.open();
    const { on_function } = open.programs;
    on_function.attachTarget = "vfs_read";
    expect(on_function.attachTarget).toBe("vfs_read");
  });

  describe("perf events", () => {
    test.each([
      ["a frequency", { event: "cpu-clock", frequency: 997 }],
      ["a period, of one process", { event: "task-clock", period: 100_000n, pid: process.pid }],
      ["numbers, on one CPU", { event: { type: 1, config: 0 }, period: 1_000_000, cpu: 0 }],
    ] as const)("%s", async (_, target) => {
      using probes = load("on_sample");
      const descriptors = countDescriptors();
      using link = probes.programs.on_sample.attach(hasCookies ? { ...target, cookie: 42 } : target);
      await expect.poll(() => probes.bss.hits, { interval: 1 }).toBeGreaterThan(0n);
      expect(probes.bss.cookie).toBe(hasCookies ? 42n : 0n);
      if (hasCookies && ("pid" in target || "cpu" in target))
        expect(link.info).toMatchObject(
          tellsEvent ? { type: "perf_event", event: "event", cookie: 42n } : { type: "perf_event" },
        );
      link.close();
      expect(countDescriptors()).toBe(descriptors);
      const { hits } = probes.bss;
      for (const end = Date.now() + 5; Date.now() < end;);
      expect(probes.bss.hits).toBe(hits);
    });

    test("what is wrong is named, and leaves nothing open", () => {
      using probes = load("on_sample");
      const { on_sample } = probes.programs;
      const descriptors = countDescriptors();
      const wrong: [object, RegExp][] = [
        [{ event: "cpu-clock" }, /either a frequency or a period/],
        [{ event: "cpu-clock", frequency: 1, period: 1 }, /either a frequency or a period/],
        [{ event: "cpu-clock", frequency: 0 }, /^frequency: must be more than 0/],
        [{ event: "cpu-clocks", frequency: 1 }, /^event: "cpu-clocks" is none of cpu-cycles/],
        [{ event: "cpu-clock", period: 1, pid: -7 }, /^pid/],
        [{ event: "cpu-clock", period: 1, cpu: -1 }, /^cpu/],
      ];
      for (const [target, message] of wrong)
        expect(() => on_sample.attach(target as Parameters<typeof on_sample.attach>[0])).toThrow(message);
      expect(() => on_sample.attach({ event: "cpu-clock", period: 1, cpu: 4096 })).toThrow(BpfError);
      expect(() => on_sample.attach({ event: "cpu-clock", frequency: 2 ** 40 })).toThrow(
        /EINVAL[^]*perf_event_max_sample_rate/,
      );
      expect(countDescriptors()).toBe(descriptors);
    });
  });
});
