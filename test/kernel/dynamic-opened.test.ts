/** Maps opened by pin or id, and by the name of their kind: typed from the BTF of the kernel. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import {
  BpfError,
  ClosedError,
  createMap,
  hashMap,
  le,
  queueMap,
  ringBuffer,
  SkeletonError,
  stackMap,
  TypeMismatchError,
  ValueError,
} from "tinybpf";
import { load, openMapById, openPinnedMap } from "tinybpf/dynamic";
import { ExecEvent, ExecStats } from "../golden/exec.skel.ts";
import { countDescriptors } from "./descriptors.ts";
import { enterNamespaces, mountBpffs } from "./namespaces.ts";
import { describeKernel } from "./require-kernel.ts";

const fixture = (stem: string): Uint8Array =>
  readFileSync(fileURLToPath(new URL(`../../fixtures/${stem}.bpf.o`, import.meta.url)));

describeKernel("maps opened by name of their kind", () => {
  let bpffs = "";
  beforeAll(() => {
    enterNamespaces();
    bpffs = mountBpffs();
  });

  function pinned(map: { pin(path: string): void }, name: string): string {
    const path = join(bpffs, name);
    map.pin(path);
    return path;
  }

  test("a hash map, with keys and values from the kernel's BTF", () => {
    using exec = load(fixture("exec"));
    const map = exec.map("per_pid", "HashMap");
    map.set(7, { execs: 1, last_ts: 2 });
    const path = pinned(map, "per_pid");
    const before = countDescriptors();
    {
      using opened = openPinnedMap(path, "HashMap");
      expect([...opened]).toEqual([[7, { execs: 1n, last_ts: 2n }]]);
      opened.set(8, { execs: 3, last_ts: 4 });
      expect(map.get(8)).toEqual({ execs: 3n, last_ts: 4n });
      expect(() => opened.set(8, { execs: -1, last_ts: 4 })).toThrow("execs: -1 is out of range for __u64");
      opened.close();
      expect(() => opened.get(7)).toThrow(ClosedError);
    }
    expect(openPinnedMap(path).constructor.name).toBe("HashMap");
    using typed = openPinnedMap(path, "HashMap", { key: le.u32, value: ExecStats });
    expect(typed.get(7)).toEqual({ execs: 1n, last_ts: 2n });
    expect(countDescriptors() - before).toBe(2);
  });

  test("by id, and with a descriptor as in tinybpf", () => {
    using exec = load(fixture("exec"));
    const map = exec.map("per_pid", "HashMap");
    map.set(7, { execs: 1, last_ts: 2 });
    const before = countDescriptors();
    {
      using byId = openMapById(map.id, "HashMap");
      expect([...byId]).toEqual([[7, { execs: 1n, last_ts: 2n }]]);
      using typed = openMapById(map.id, hashMap(le.u32, ExecStats));
      expect(typed.get(7)?.execs).toBe(1n);
      using pin = openPinnedMap(pinned(map, "by_descriptor"), hashMap(le.u32, ExecStats));
      expect(pin.get(7)?.execs).toBe(1n);
      expect(openMapById(map.id).constructor.name).toBe("HashMap");
    }
    expect(countDescriptors()).toBe(before + 1);
    expect(() => openMapById(map.id, "RingBuffer")).toThrow(
      `the map ${map.id} is a HashMap, and no RingBuffer`,
    );
    expect(() => openMapById(map.id, hashMap(le.u32, le.u32))).toThrow(SkeletonError);
    expect(() => openMapById(map.id, "HashMap", { value: ExecEvent })).toThrow(TypeMismatchError);
    expect(() => openMapById(0xffff_fff0)).toThrow(BpfError);
    // @ts-expect-error no descriptor
    expect(() => openMapById(map.id, null)).toThrow(ValueError);
    expect(countDescriptors()).toBe(before + 1);
  });

  test("a codec that does not describe it is refused, with all that differs", () => {
    using exec = load(fixture("exec"));
    const path = pinned(exec.map("per_pid", "HashMap"), "mismatch");
    const before = countDescriptors();
    expect(() => openPinnedMap(path, "HashMap", { value: ExecEvent })).toThrow(TypeMismatchError);
    expect(() => openPinnedMap(path, "HashMap", { key: le.i32 })).toThrow(
      "the key, __u32 for the kernel, is not what it is said to be:\n  it is unsigned in BTF, but signed here",
    );
    expect(() => openPinnedMap(path, "RingBuffer")).toThrow("is a HashMap, and no RingBuffer");
    expect(countDescriptors()).toBe(before);
  });

  describe("without BTF", () => {
    test("a queue and a stack: bytes, or what they are said to be", () => {
      using queue = createMap(queueMap(le.u32), { maxEntries: 4 });
      using stack = createMap(stackMap(le.u64), { maxEntries: 4 });
      queue.push(5);
      stack.push(6n);
      using bytes = openPinnedMap(pinned(queue, "queue"), "QueueMap");
      expect(bytes.peek()).toEqual(Uint8Array.of(5, 0, 0, 0));
      using typed = openPinnedMap(pinned(stack, "stack"), "StackMap", { value: le.u64 });
      expect(typed.pop()).toBe(6n);
      expect(() => openPinnedMap(join(bpffs, "stack"), "StackMap", { value: le.u32 })).toThrow(SkeletonError);
    });

    test("a ring buffer", () => {
      using exec = createMap(ringBuffer(), { maxEntries: 4096 });
      using opened = openPinnedMap(pinned(exec, "ring"), "RingBuffer", { value: ExecEvent });
      expect(opened.consume(() => {})).toBe(0);
    });
  });

  test("nothing, and what is no map", () => {
    using exec = load(fixture("exec"));
    expect(() => openPinnedMap(join(bpffs, "nothing"))).toThrow("Nothing is pinned there");
    const path = pinned(exec.program("on_exec", "TracepointProgram"), "program");
    expect(() => openPinnedMap(path)).toThrow(`what is pinned at ${path} is no map`);
    expect(() => openPinnedMap("/etc/hostname")).toThrow(BpfError);
  });
});
