/** Objects by name, without generated code, in the kernel. */
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { ClosedError, le, ReadOnlyError, SkeletonError, TypeMismatchError, ValueError } from "tinybpf";
import { struct } from "tinybpf/gen-v1";
import { type LoadedObject, load, lookupType, type ObjectConfig, open, registerType } from "tinybpf/dynamic";
import { Exec, ExecEvent, ExecStats } from "../golden/exec.skel.ts";
import { Globals } from "../golden/globals.skel.ts";
import { enterNamespaces, mountTracefs } from "./namespaces.ts";
import { describeKernel, needsLibbpf } from "./require-kernel.ts";

const fixture = (stem: string): string =>
  fileURLToPath(new URL(`../../fixtures/${stem}.bpf.o`, import.meta.url));

let loaded: LoadedObject | undefined;

function loadFixture(stem: string, config?: ObjectConfig): LoadedObject {
  loaded = load(fixture(stem), config);
  return loaded;
}

/** The events of one start and one stop. */
function lifecycle(events: Readonly<Record<string, string>>): unknown[] {
  loaded = load(fixture("ringbufs"), { events });
  const ringbufs = loaded;
  expect(ringbufs.program("start_and_stop", "RawTracepointProgram").testRun().retval).toBe(0);
  const seen: unknown[] = [];
  ringbufs.map("lifecycle", "RingBuffer").consume((event) => void seen.push(event));
  return seen;
}

describeKernel("objects by name", () => {
  beforeAll(() => {
    enterNamespaces();
    mountTracefs();
  });

  afterEach(() => loaded?.close());

  const target = { target_ppid: process.pid, target_pidns: statSync("/proc/self/ns/pid").ino };

  test("events, maps and variables of a tracepoint program, as the skeleton has them", () => {
    const exec = loadFixture("exec", { globals: target });
    using skeleton = Exec.load({ rodata: target });
    expect(exec.attach()).toHaveLength(1);
    expect(exec.links).toHaveLength(1);
    skeleton.attach();
    execFileSync("/bin/true");
    const byName: unknown[] = [];
    expect(exec.map("events", "RingBuffer").consume((event) => void byName.push(event))).toBe(1);
    const [event] = byName;
    skeleton.maps.events.consume((generated) => {
      // Each of the two programs asks for the time.
      expect(event).toEqual({ ...generated, ts: (event as typeof generated).ts });
      expect((event as typeof generated).ts).toBeTypeOf("bigint");
    });
    expect(exec.globals.get("hits")).toBe(1n);
    const perPid = exec.map("per_pid", "HashMap");
    expect([...perPid.values()]).toEqual([{ execs: 1n, last_ts: (event as { ts: bigint }).ts }]);
    expect([...perPid.keys()]).toEqual([...skeleton.maps.per_pid.keys()]);
  });

  test("views of events", () => {
    const exec = loadFixture("exec", { globals: target });
    exec.attach();
    execFileSync("/bin/true");
    let comm: unknown;
    exec.map("events", "RingBuffer").consumeViews((view) => {
      comm = view["comm"];
    });
    expect(comm).toBe("true");
  });

  describe("hash maps", () => {
    test("set, get, update, delete, iterate, with values that are checked", () => {
      const map = loadFixture("exec").map("per_pid", "HashMap");
      map.set(1, { execs: 5, last_ts: 2n ** 63n });
      expect(map.get(1)).toEqual({ execs: 5n, last_ts: 2n ** 63n });
      expect(map.update(1, { execs: 0, last_ts: 0 }, "noexist")).toBe(false);
      expect(() => map.set(2, { execs: -1, last_ts: 0 })).toThrow("execs: -1 is out of range for __u64");
      expect(() => map.set("a", { execs: 1, last_ts: 0 })).toThrow(ValueError);
      expect([...map]).toEqual([[1, { execs: 5n, last_ts: 2n ** 63n }]]);
      expect(map.delete(1)).toBe(true);
      expect(map.has(1)).toBe(false);
    });
  });

  describe("what events are", () => {
    test("several types, told apart by a field", () => {
      const [start, stop] = lifecycle({ lifecycle: "start_event|stop_event:kind" });
      expect(start).toMatchObject({ kind: 1, pid: process.pid });
      expect(stop).toEqual({ kind: 2, exit_code: -1, runtime: 1000n });
    });

    test("bytes, when nobody says", () => {
      const [start] = lifecycle({});
      expect(start).toBeInstanceOf(Uint8Array);
    });

    test("a type or map that is not there", () => {
      expect(() => loadFixture("ringbufs", { events: { lifecycle: "stat_event" } })).toThrow(
        /no type stat_event.*did you mean start_event\?/,
      );
      expect(() => loadFixture("ringbufs", { events: { lifecycles: "start_event" } })).toThrow(SkeletonError);
      expect(() => loadFixture("ringbufs", { events: { lifecycle: 5 as never } })).toThrow(
        "events.lifecycle: 5 is not a string",
      );
    });

    test.each(["tags", "perf_events"])("what the object %s says itself", (stem) => {
      const { maps } = loadFixture(stem);
      expect(Object.keys(maps).length).toBeGreaterThan(0);
    });
  });

  describe("global variables", () => {
    test("read and written by name, before and after load, as the skeleton has them", (context) => {
      needsLibbpf(context, "1.1", "sections of .bss by other names");
      using opened = open(fixture("globals"));
      using skeleton = Globals.open();
      expect(opened.globals.get("settings")).toEqual(skeleton.data.settings);
      expect(opened.globals.get("mode")).toBe(3);
      expect(opened.globals.get("label")).toBe("label");
      expect(opened.globals.get("pair")).toEqual(skeleton.data.pair);
      opened.globals.set("target_pid", 1);
      const globals = opened.load();
      loaded = globals;
      expect(globals.globals.get("target_pid")).toBe(1);
      expect(() => globals.globals.set("target_pid", 2)).toThrow(ReadOnlyError);
      globals.globals.set("counter", 5);
      globals.program("sum", "RawTracepointProgram").testRun();
      expect(globals.globals.get("counter")).toBe(6n);
      expect(() => globals.globals.set("counter", -1)).toThrow("counter: -1 is out of range for __u64");
      expect(globals.globals.names).not.toContain("hidden_from_users");
      globals.close();
      expect(() => globals.globals.get("counter")).toThrow(ClosedError);
      expect(() => opened.load()).toThrow(ClosedError);
    });

    test("a configuration that does not fit", () => {
      expect(() => loadFixture("exec", { globals: { target_pid: 1 } })).toThrow(
        "there is no variable target_pid in exec.bpf.o; there are: target_ppid, target_pidns, hits, dropped",
      );
      expect(() => loadFixture("exec", { globals: { target_ppid: -1 } })).toThrow(
        "globals.target_ppid: -1 is out of range for __u32",
      );
    });
  });

  describe("names and classes that are not there", () => {
    test.each<[string, (exec: LoadedObject) => unknown, string]>([
      ["a map", (exec) => exec.map("event", "RingBuffer"), "there is no map event; did you mean events?"],
      [
        "another class",
        (exec) => exec.map("events", "HashMap"),
        "map events is a RingBuffer, and no HashMap",
      ],
      [
        "a program",
        (exec) => exec.program("nothing", "Program"),
        "there is no program nothing; there are: on_exec",
      ],
      [
        "its class",
        (exec) => exec.program("on_exec", "XdpProgram"),
        "program on_exec is a TracepointProgram, and no XdpProgram",
      ],
      ["a type", (exec) => exec.btf.type("exec_stat"), "did you mean exec_stats?"],
      ["what every object has", (exec) => exec.map("toString", "HashMap"), "there is no map toString"],
    ])("%s", (_, use, message) => {
      const exec = loadFixture("exec");
      expect(() => use(exec)).toThrow(SkeletonError);
      expect(() => use(exec)).toThrow(message);
    });

    test("a file", () => {
      expect(() => load("/nonexistent.bpf.o")).toThrow(
        "cannot read /nonexistent.bpf.o: ENOENT: no such file or directory",
      );
      expect(() => load(new Uint8Array(3))).toThrow(SkeletonError);
      expect(() => load(5 as never)).toThrow(ValueError);
    });
  });

  test("an object in memory, with maps and programs configured", () => {
    const bytes = readFileSync(fixture("exec"));
    loaded = load(bytes, {
      maps: { events: { maxEntries: 4096 } },
      programs: { on_exec: { autoload: false } },
    });
    expect(loaded.map("events", "RingBuffer").maxEntries).toBe(4096);
    expect(loaded.program("on_exec", "TracepointProgram").loaded).toBe(false);
    expect(loaded.closed).toBe(false);
    loaded.close();
    expect(loaded.closed).toBe(true);
    expect(() => loaded?.maps["events"]?.fd).toThrow(ClosedError);
  });

  test("an object without types has programs, and says what it lacks", () => {
    const object = open(fixture("no_btf"));
    expect(() => object.btf).toThrow("no_btf.bpf.o has no type information: compile it with clang -g");
    object.close();
  });

  describe("registered types", () => {
    test("read and write the values of their type, wherever it is", () => {
      const seen: string[] = [];
      const codec = struct({
        ...ExecStats,
        read: (view, at) => {
          seen.push("read");
          return ExecStats.read(view, at);
        },
      });
      using _ = registerType("struct exec_stats", codec);
      expect(lookupType("exec_stats")).toBe(codec);
      const map = loadFixture("exec").map("per_pid", "HashMap");
      expect(map.set(1, { execs: 1n, last_ts: 2n }).get(1)).toEqual({ execs: 1n, last_ts: 2n });
      expect(seen).toEqual(["read"]);
    });

    test("one that describes something else is refused before anything is read, with all that differs", () => {
      using _ = registerType("exec_stats", ExecEvent);
      expect(() => loadFixture("exec")).toThrow(TypeMismatchError);
      expect(() => loadFixture("exec")).toThrow(
        "struct exec_stats, for which struct exec_event is registered, is not what it is said to be:\n" +
          "  size is 16 in BTF, but 160 here",
      );
      const same = struct({ ...ExecStats, fields: { a: { offset: 0, size: 8, type: le.i64 } } });
      expect(() => registerType("exec_stats", same)).toThrow(
        "there is another codec for the C type exec_stats",
      );
    });

    test("a typedef's name counts, too", () => {
      using _ = registerType("__u64", le.safeU64);
      const exec = loadFixture("exec");
      expect(exec.globals.get("dropped")).toBe(0);
      const map = exec.map("per_pid", "HashMap");
      expect(map.set(1, { execs: 1, last_ts: 2 }).get(1)).toEqual({ execs: 1, last_ts: 2 });
    });

    test("they are taken back", () => {
      registerType("exec_stats", ExecStats)[Symbol.dispose]();
      expect(lookupType("exec_stats")).toBeUndefined();
      expect(() => registerType("exec_stats", {} as never)).toThrow(ValueError);
    });
  });
});
