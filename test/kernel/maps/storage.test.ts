/** Values that hang on sockets, tasks, inodes and cgroups; and stacks. */
import { mkdirSync, rmdirSync } from "node:fs";
import { getpid } from "./self.ts";
import { join } from "node:path";
import { BpfError, ClosedError, readKernelSymbols, type StackTraceMap, ValueError } from "tinybpf";
import { beforeAll, describe, expect, test } from "vitest";
import { MapKinds } from "../../golden/map_kinds.skel.ts";
import { loadMapKinds } from "./map-kinds.ts";
import { enterNamespaces, mountCgroups } from "../namespaces.ts";
import { describeKernel } from "../require-kernel.ts";
import { linux, needsKernel } from "../this-kernel.ts";
import { listener } from "./sockets.ts";

/** Calls the kernel until it has a place for the stack: two with the same hash are an EEXIST (bpf_get_stackid). */
function stackId(stacks: StackTraceMap, id: () => number): number {
  for (let tries = 0; tries < 100; tries++) {
    stacks.clear();
    getpid();
    const found = id();
    if (found >= 0) return found;
  }
  return id();
}

describeKernel("storage", () => {
  beforeAll(enterNamespaces);

  test("of sockets", () => {
    using kinds = loadMapKinds();
    using socket = listener();
    const { of_sockets: storage } = kinds.maps;
    expect(storage.get(socket)).toBeUndefined();
    expect(storage.update(socket, { count: 1, last: 2 }, "exist")).toBe(false);
    expect(storage.set(socket, { count: 1, last: 2 })).toBe(storage);
    expect(storage.get(socket.fd)).toEqual({ count: 1n, last: 2 });
    expect(storage.update(socket, { count: 9, last: 2 }, "noexist")).toBe(false);
    expect(storage.delete(socket)).toBe(true);
    expect(storage.delete(socket)).toBe(false);
    expect(() => storage.get(storage)).toThrow(BpfError);
    // @ts-expect-error no descriptor
    expect(() => storage.get("eth0")).toThrow(ValueError);
  });

  test("of tasks, which a program shares", (context) => {
    needsKernel(context, linux("5.12"));
    using kinds = loadMapKinds({ rodata: { target_pid: process.pid } });
    const { of_tasks: storage } = kinds.maps;
    storage.set(process.pid, { count: 1000, last: 0 });
    kinds.attach();
    for (let i = 0; i < 10; i++) getpid();
    const counter = storage.get(process.pid);
    expect(counter?.count).toBeGreaterThanOrEqual(1010n);
    expect(storage.delete(process.pid)).toBe(true);
    expect(() => storage.get(0x7fff_fff0)).toThrow(/cannot find process 2147483632: .*ESRCH/);
    expect(() => storage.get(-1)).toThrow(ValueError);
  });

  test("of inodes", () => {
    using kinds = loadMapKinds();
    const { of_inodes: storage } = kinds.maps;
    expect(storage.get("/")).toBeUndefined();
    storage.set("/", { count: 5, last: 6 });
    expect(storage.get("/")).toEqual({ count: 5n, last: 6 });
    expect(storage.delete("/")).toBe(true);
    expect(() => storage.get("/no/such")).toThrow(/cannot open file \/no\/such: .*ENOENT/);
  });

  test("of cgroups", (context) => {
    needsKernel(context, linux("6.2"));
    const folder = join(mountCgroups(), `tinybpf-storage-${process.pid}`);
    mkdirSync(folder);
    try {
      using kinds = loadMapKinds();
      const { of_cgroups: storage } = kinds.maps;
      expect(storage.has(folder)).toBe(false);
      storage.set(folder, { count: 5, last: 6 });
      expect(storage.get(folder)).toEqual({ count: 5n, last: 6 });
      expect(storage.delete(folder)).toBe(true);
      expect(() => storage.get("/proc")).toThrow(/EBADF/);
    } finally {
      rmdirSync(folder);
    }
  });

  test("once closed, everything is a ClosedError", () => {
    const kinds = loadMapKinds();
    const { of_sockets: sockets, of_tasks: tasks, of_cgroups: cgroups, stacks } = kinds.maps;
    kinds.close();
    for (const use of [
      () => sockets.get(0),
      () => tasks.get(process.pid),
      () => cgroups.get("/"),
      () => stacks.get(0),
      () => [...stacks.keys()],
    ])
      expect(use, String(use)).toThrow(ClosedError);
  });

  describe("stack traces", () => {
    test("of the kernel have addresses, which have names", () => {
      using kinds = loadMapKinds({ rodata: { target_pid: process.pid } });
      const { stacks } = kinds.maps;
      kinds.attach();
      const id = stackId(stacks, () => kinds.data.kernel_stack);
      expect(id).toBeGreaterThanOrEqual(0);
      expect(stacks.depth).toBe(32);
      const addresses = stacks.get(id) ?? [];
      expect(addresses.length).toBeGreaterThan(0);
      expect(addresses).not.toContain(0n);
      const names = stacks.symbolise(id, readKernelSymbols())?.map(({ symbol }) => symbol?.name) ?? [];
      expect(names.join(" ")).toMatch(/syscall/);
      expect([...stacks.keys()]).toContain(id);
      for (const link of kinds.links) link.close();
      expect(stacks.delete(id)).toBe(true);
      expect(stacks.delete(id)).toBe(false);
      expect(stacks.get(id)).toBeUndefined();
      stacks.clear();
      expect([...stacks.keys()]).toEqual([]);
      expect(() => stacks.buildIds(id)).toThrow(/BPF_F_STACK_BUILD_ID/);
    });

    test("are as deep as was asked for", () => {
      using kinds = loadMapKinds({
        rodata: { target_pid: process.pid },
        maps: { stacks: { valueSize: 2 * 8, maxEntries: 1024 } },
      });
      const { stacks } = kinds.maps;
      kinds.attach();
      const id = stackId(stacks, () => kinds.data.kernel_stack);
      expect(id).toBeGreaterThanOrEqual(0);
      expect(stacks).toMatchObject({ depth: 2, valueSize: 16, maxEntries: 1024 });
      const { length } = stacks.get(id) ?? [];
      expect([1, 2]).toContain(length);
    });

    test("have a size to choose, and values of other maps have none", () => {
      using open = MapKinds.open();
      open.maps.stacks.valueSize = 1016;
      expect(open.maps.stacks.valueSize).toBe(1016);
      expect(() => (open.maps.of_sockets.valueSize = 8)).toThrow(
        new ValueError(
          "map of_sockets has the values that the C source says: only a stack_trace map's have a size to choose",
          "valueSize",
        ),
      );
      expect(() => MapKinds.load({ maps: { of_sockets: { valueSize: 8 } } })).toThrow(
        "maps.of_sockets.valueSize",
      );
      expect(() => (open.maps.stacks.valueSize = -1)).toThrow(ValueError);
    });

    test("of a process can have build ids", () => {
      using kinds = loadMapKinds({ rodata: { target_pid: process.pid } });
      const { user_stacks: stacks } = kinds.maps;
      kinds.attach();
      const id = stackId(stacks, () => kinds.data.user_stack);
      for (const link of kinds.links) link.close();
      expect(id).toBeGreaterThanOrEqual(0);
      const frames = stacks.buildIds(id) ?? [];
      expect(frames.length).toBeGreaterThan(0);
      for (const { buildId } of frames) expect(buildId?.length ?? 20).toBe(20);
      expect(() => stacks.get(id)).toThrow(/use buildIds\(\)/);
    });
  });
});
