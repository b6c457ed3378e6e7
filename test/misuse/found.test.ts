/** What the misuse and leak tests have found, each by itself. */
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  arrayMap,
  BpfError,
  ClosedError,
  createMap,
  formatValue,
  hashMap,
  le,
  openPinnedMap,
  perCpuArrayMap,
  possibleCpus,
  SkeletonError,
  ValueError,
} from "tinybpf";
import * as dynamic from "tinybpf/dynamic";
import { Arrays } from "../golden/arrays.skel.ts";
import { Iterators } from "../golden/iterators.skel.ts";
import { Key, Maps, Value } from "../golden/maps.skel.ts";
import { PerfEvents } from "../golden/perf_events.skel.ts";
import { Syscall } from "../golden/syscall.skel.ts";
import { UserRingbuf } from "../golden/user_ringbuf.skel.ts";
import { Xdp } from "../golden/xdp.skel.ts";
import { countDescriptors } from "../kernel/descriptors.ts";
import { enterNamespaces, mountBpffs } from "../kernel/namespaces.ts";
import { describeKernel } from "../kernel/require-kernel.ts";

const globalsObject = new URL("../../fixtures/globals.bpf.o", import.meta.url);
/** In the place of what the compiler would not let through. */
const wrongly = (value: unknown): never => value as never;
const BPF_F_MMAPABLE = 1024;

describe("values", () => {
  test("a typed array that lies about its length writes nothing beside its field", () => {
    const bytes = Object.defineProperty(new Uint8Array(40).fill(0xff), "length", { value: 4 });
    expect(() => le.bytes(4).encode(bytes)).toThrow(ValueError);
    const words = Object.defineProperty(new Uint16Array(200).fill(0xffff), "length", { value: 40 });
    const record = new Uint8Array(120);
    le.numbers("u16", 40).write(new DataView(record.buffer), 0, words);
    expect(record.subarray(80).every((byte) => byte === 0)).toBe(true);
  });

  test("what cannot be shown is shown all the same", () => {
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    expect(() => le.u32.encode(wrongly(proxy))).toThrow(
      new ValueError("an object is not an integer (__u32)"),
    );
    expect(() => le.u64.encode(2n ** 100_000n)).toThrow(/^0x…0{8} is out of range for __u64$/);
    expect(() => le.u64.encode(2n ** 64n)).toThrow("18446744073709551616 is out of range for __u64");
  });

  test.each([
    ["no codec", () => formatValue(wrongly(null), 1)],
    ["a value for a codec", () => formatValue(wrongly({}), 1)],
    ["what has a type, but is no codec", () => formatValue(wrongly({ type: "hash" }), 1)],
    ["bytes of a buffer that is gone", () => le.bytes(16).toJSON(detached())],
  ])("%s is a ValueError", (_, call) => expect(call).toThrow(ValueError));
});

function detached(): Uint8Array {
  const bytes = new Uint8Array(16);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

describeKernel("found by misuse", () => {
  const open: { close(): void }[] = [];
  function closing<T extends { close(): void }>(thing: T): T {
    open.push(thing);
    return thing;
  }
  let pins = "";
  beforeAll(() => {
    enterNamespaces();
    pins = mountBpffs();
  });
  afterEach(() => {
    for (const thing of open.splice(0)) thing.close();
  });

  test.each<[string, (maps: Maps) => unknown]>([
    ["forEach of a map", ({ maps }) => maps.hash.forEach(wrongly(undefined))],
    ["forEach of an array", ({ maps }) => maps.array.forEach(wrongly({}))],
    ["consume", ({ maps }) => maps.raw_events.consume(wrongly(undefined))],
    ["consumeViews", ({ maps }) => maps.raw_events.consumeViews(wrongly("f"))],
    ["getMany", ({ maps }) => maps.hash.getMany(wrongly(5))],
    ["setMany", ({ maps }) => maps.hash.setMany(wrongly(undefined))],
    ["setMany of what are no pairs", ({ maps }) => maps.hash.setMany(wrongly([1]))],
    ["deleteMany", ({ maps }) => maps.hash.deleteMany(wrongly({ length: 1 }))],
    ["update", ({ maps }) => maps.lru.update(1n, 1n, wrongly(Object.create(null)))],
    ["push", ({ maps }) => maps.stack.push(1, wrongly(Object.create(null)))],
    ["sum", ({ maps }) => maps.percpu_array.sum(0, wrongly(5))],
    ["reduce", ({ maps }) => maps.percpu_array.reduce(0, wrongly(null), 0)],
    ["reduce of a hash map", ({ maps }) => maps.percpu_hash.reduce(0, wrongly(null), 0)],
    ["open", ({ maps }) => maps.perf.open({ pages: wrongly(Object.create(null)) })],
    ["testRun", ({ programs }) => programs.touch.testRun(wrongly(null))],
  ])("a wrong argument of %s is a ValueError", (_, call) => {
    const maps = closing(Maps.load());
    expect(() => call(maps)).toThrow(ValueError);
  });

  test.each([
    ["createMap without a map", () => createMap(arrayMap(le.u32), wrongly(undefined))],
    ["createMap without a descriptor", () => createMap(wrongly(le.u32), { maxEntries: 1 })],
    ["openPinnedMap without a descriptor", () => openPinnedMap("/sys/fs/bpf/map", wrongly(undefined))],
    ["load with null for a section", () => Syscall.load({ bss: wrongly(null) })],
    ["load with a number for a section", () => Syscall.load({ bss: wrongly(5) })],
    ["load from a URL that is no file's", () => dynamic.load(new URL("http://localhost/x.bpf.o"))],
    ["registerType", () => dynamic.registerType("value", wrongly({ read: () => 1 }))],
  ])("%s is a ValueError", (_, call) => expect(call).toThrow(ValueError));

  test("an index that is no number is an IndexError that can show it", () => {
    const { array } = closing(Maps.load()).maps;
    expect(() => array.get(wrongly(Object.create(null)))).toThrow("has no element an object");
    expect(() => array.get(wrongly(Symbol("s")))).toThrow("has no element Symbol(s)");
  });

  test("structs are not added up as text", () => {
    using map = createMap(perCpuArrayMap(Value), { maxEntries: 1 });
    expect(() => map.sum(0, wrongly(undefined))).toThrow(ValueError);
    expect(map.sum(0, ({ packets }) => packets)).toBe(0n);
  });

  test("a list of fields is checked before it is compared", () => {
    const object = closing(dynamic.load(new URL("../../fixtures/maps.bpf.o", import.meta.url)));
    for (const like of [undefined, {}, { fields: { id: 1 } }, { fields: { id: { offset: 0 } } }])
      expect(() => object.btf.validate("key", wrongly(like))).toThrow(ValueError);
    object.btf.validate("key", Key);
  });

  test("a codec of the user's own that closes its object finds empty memory", () => {
    let object: dynamic.LoadedObject | undefined;
    using _registered = dynamic.registerType("mode", {
      ...le.u32,
      name: "enum mode",
      type: { kind: "enum", values: {} },
      read(view: DataView, at: number) {
        object?.close();
        return view.getUint32(at, true);
      },
      write(view: DataView, at: number, value: number) {
        object?.close();
        view.setUint32(at, value, true);
      },
    });
    object = closing(dynamic.load(globalsObject));
    expect(object.globals.get("mode")).toBe(0);
    expect(() => object?.globals.get("mode")).toThrow(ClosedError);
    object = closing(dynamic.load(globalsObject));
    object.globals.set("mode", 1);
    expect(object.closed).toBe(true);
  });

  test("an event codec that keeps its memory can look at it after closing", () => {
    let kept: DataView | undefined;
    const codec = {
      ...le.bytes(32),
      read(view: DataView): number {
        kept = view;
        return 0;
      },
    };
    using _registered = dynamic.registerType("event", codec);
    const file = new URL("../../fixtures/syscall.bpf.o", import.meta.url);
    const object = closing(dynamic.load(file, { events: { events: "event" } }));
    object.program("emit", "SyscallProgram").run({ count: 1, emitted: 0, flags: 0 });
    expect(object.map("events", "RingBuffer").consume(() => undefined)).toBe(1);
    object.close();
    expect(kept?.getUint32(0, true)).toBe(0);
  });

  test("the same with perf buffers", () => {
    let kept: DataView | undefined;
    const read = (view: DataView): number => {
      kept = view;
      return 0;
    };
    using _registered = dynamic.registerType("sample", { ...le.bytes(28), read });
    const perf = closing(dynamic.load(new URL("../../fixtures/perf_events.bpf.o", import.meta.url)));
    const samples = perf.map("samples", "PerfEventArray");
    samples.open({ pages: 1 });
    const context = new Uint8Array(BigUint64Array.of(1n).buffer);
    perf.program("send_samples", "RawTracepointProgram").testRun({ context });
    expect(samples.consume(() => perf.close())).toBe(1);
    expect(kept?.getUint32(0, true)).toBe(0);
  });

  test("a pinned program is no map", () => {
    const xdp = closing(Xdp.load());
    const path = join(pins, "program");
    xdp.programs.drop_all.pin(path);
    const descriptors = countDescriptors();
    // Its info, read as a map's: type 6 with keys of its tag.
    for (const descriptor of [hashMap(le.u32, le.u32), perCpuArrayMap(le.u32)])
      expect(() => openPinnedMap<object>(path, descriptor)).toThrow(
        new SkeletonError(`what is pinned at ${path} is no map`),
      );
    expect(countDescriptors()).toBe(descriptors);
    xdp.programs.drop_all.unpin(path);
  });

  test("a frozen array in mapped memory can be read, and says why it cannot be written", () => {
    using map = createMap(arrayMap(le.u32), { maxEntries: 4, flags: BPF_F_MMAPABLE });
    map.freeze();
    expect([...map]).toEqual([0, 0, 0, 0]);
    for (const write of [() => map.set(0, 1), () => map.set(4, 1)]) expect(write).toThrow();
    expect(() => map.set(0, 1)).toThrow(BpfError);
    expect(() => map.set(0, 1)).toThrow("The map is frozen");
  });

  test("perf buffers that are closed in a callback leave alone who takes the map's descriptor", () => {
    const perf = closing(PerfEvents.load());
    const { samples } = perf.maps;
    samples.open({ pages: 1 });
    perf.programs.send_samples.testRun({ context: new Uint8Array(BigUint64Array.of(1n).buffer) });
    const { fd } = samples;
    const made = Array.from({ length: 0 }, () => newMap());
    samples.consume(() => {
      perf.close();
      while (made.every((map) => map.fd !== fd) && made.length < 50) made.push(newMap());
    });
    const taker = made.find((map) => map.fd === fd);
    expect(taker?.size).toBe(possibleCpus());
  });

  function newMap() {
    const map = closing(createMap(hashMap(le.u32, le.u32), { maxEntries: 64 }));
    for (let cpu = 0; cpu < possibleCpus(); cpu++) map.set(cpu, 1);
    return map;
  }

  test("readings of an iterator that nobody ends are closed with its link", () => {
    const iterators = closing(Iterators.load());
    const before = countDescriptors();
    const link = iterators.programs.dump_task.attach();
    const chunks = link.chunks();
    chunks.next();
    link.lines().next();
    void link.stream();
    link.close();
    expect(countDescriptors()).toBe(before);
    expect(() => chunks.next()).toThrow(ClosedError);
    expect(chunks.next().done).toBe(true);
  });

  test("a loop without a pause takes no more and more memory", () => {
    const { maps } = closing(Maps.load());
    const round = (): void => {
      for (let i = 0; i < 3000; i++) {
        maps.hash.setMany([
          [
            { id: i % 100, zone: 1, flags: 1 },
            { packets: 1, bytes: 1 },
          ],
        ]);
        maps.hash.deleteMany([{ id: i % 100, zone: 1, flags: 1 }]);
        if (maps.hash.size !== 0) throw new Error("not deleted");
        maps.stack.peek();
      }
    };
    round();
    const before = process.memoryUsage().rss;
    round();
    // It was 24 KB a turn and more.
    expect(process.memoryUsage().rss - before).toBeLessThan(30e6);
  });

  test("who asks an object how it is shown, as console.log does, is answered whatever the depth", () => {
    const { hash } = closing(Maps.load()).maps;
    const show: unknown = Reflect.get(hash, inspect.custom);
    if (typeof show !== "function") throw new Error("it says nothing of itself");
    for (const depth of [undefined, Symbol("s"), Object.create(null), 3n])
      expect(Reflect.apply(show, hash, [depth, {}])).toContain("HashMap {");
  });

  test("a record whose getter aborts its own signal does not wait", async () => {
    const { commands } = closing(UserRingbuf.load()).maps;
    const command = { seq: 0, weight: 0, value: 0n, text: "" };
    while (commands.write(command));
    const stop = new AbortController();
    const aborting = Object.defineProperty(command, "text", {
      get() {
        stop.abort(new Error("enough"));
        return "";
      },
    });
    await expect(commands.send(aborting, { signal: stop.signal })).rejects.toThrow("enough");
    expect(commands.write({ ...command, text: "" })).toBe(false);
  });

  test("other values of arrays stay as they are", () => {
    const arrays = closing(Arrays.load());
    expect(() =>
      arrays.maps.by_name.set(
        "x",
        wrongly(Object.defineProperty(new Uint32Array(40), "length", { value: 4 })),
      ),
    ).not.toThrow();
    expect([...(arrays.maps.by_name.get("x") ?? [])]).toEqual([0, 0, 0, 0]);
  });
});
