/** Maps that are opened by their pin or id, made on their own, or pinned by name. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  arrayMap,
  BpfError,
  ClosedError,
  createMap,
  hashMap,
  le,
  lpmTrieMap,
  openMapById,
  openPinnedMap,
  queueMap,
  ringBuffer,
  SkeletonError,
  skStorage,
  stackMap,
  TakeError,
  ValueError,
} from "tinybpf";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { Exec } from "../../golden/exec.skel.ts";
import { Key, Maps, Value } from "../../golden/maps.skel.ts";
import { MapsPinned } from "../../golden/maps_pinned.skel.ts";
import { countDescriptors } from "../descriptors.ts";
import { enterNamespaces, mountBpffs } from "../namespaces.ts";
import { describeKernel } from "../require-kernel.ts";
import { lacking, linux } from "../this-kernel.ts";

function failureOf(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}

/** What an action gives, or the message of its error. */
function attempt<T>(action: () => T): { readonly value?: T; readonly hint: string } {
  try {
    return { value: action(), hint: "" };
  } catch (error) {
    return { hint: String(error) };
  }
}

describeKernel("maps apart from a skeleton", () => {
  let bpffs = "";
  beforeAll(() => {
    enterNamespaces();
    bpffs = mountBpffs();
  });

  describe("pinned by name", () => {
    test("lie below the chosen root, and the next load uses them", () => {
      const pinRootPath = join(bpffs, "chosen");
      mkdirSync(pinRootPath);
      const before = countDescriptors();
      {
        using first = MapsPinned.load({ pinRootPath });
        first.maps.shared.set(1, 11n);
        expect(existsSync(join(pinRootPath, "shared"))).toBe(true);
        expect(existsSync(join(bpffs, "shared"))).toBe(false);
        using second = MapsPinned.load({ pinRootPath });
        expect(second.maps.shared.get(1)).toBe(11n);
        expect(second.maps.shared.id).toBe(first.maps.shared.id);
      }
      {
        using opened = openPinnedMap(join(pinRootPath, "shared"), hashMap(le.u32, le.u64));
        expect(opened.get(1)).toBe(11n);
        opened.unpin();
        expect(existsSync(join(pinRootPath, "shared"))).toBe(false);
        expect(opened.get(1)).toBe(11n);
      }
      using fresh = MapsPinned.load({ pinRootPath });
      expect(fresh.maps.shared.size).toBe(0);
      fresh.maps.shared.unpin();
      fresh.close();
      expect(countDescriptors()).toBeLessThanOrEqual(before + 2); // the process's lock and epoll, at most
    });

    test("a pinned map that is another one is not reused", () => {
      const path = join(bpffs, "other");
      using other = createMap(hashMap(le.u32, le.u32), { maxEntries: 8 });
      other.pin(path);
      expect(() => MapsPinned.load({ maps: { shared: { pinPath: path } } })).toThrow(BpfError);
      other.unpin();
    });
  });

  describe("opened", () => {
    test("by pin and by id, with the skeleton's codecs", () => {
      using maps = Maps.load();
      const key = { id: 1, zone: 2, flags: 3 };
      maps.maps.hash.set(key, { packets: 1, bytes: 2 });
      const path = join(bpffs, "hash");
      maps.maps.hash.pin(path);
      using pinned = openPinnedMap(path, hashMap(Key, Value));
      using byId = openMapById(maps.maps.hash.id, hashMap(Key, Value));
      expect(pinned.id).toBe(maps.maps.hash.id);
      for (const map of [pinned, byId]) {
        expect(map.get(key)).toEqual({ packets: 1n, bytes: 2n });
        expect({ name: map.name, type: map.type, maxEntries: map.maxEntries }).toEqual({
          name: "hash",
          type: "hash",
          maxEntries: 128,
        });
      }
      byId.delete(key);
      expect(pinned.size).toBe(0);
      maps.maps.hash.unpin();
    });

    test("queues, stacks, tries and ring buffers too", () => {
      using maps = Maps.load();
      const { queue, stack, routes, raw_events: events } = maps.maps;
      using openedQueue = openMapById(queue.id, queueMap(Value));
      openedQueue.push({ packets: 1, bytes: 2 });
      expect(queue.pop()?.packets).toBe(1n);
      using openedStack = openMapById(stack.id, stackMap(le.u32));
      openedStack.push(5);
      expect(stack.pop()).toBe(5);
      using openedRoutes = openMapById(routes.id, lpmTrieMap(le.bytes(8), le.u32));
      openedRoutes.set("10.0.0.0/8", 7);
      expect(routes.get("10.9.9.9")).toBe(7);
      expect(openedRoutes.key("10.0.0.0/8")).toEqual(new Uint8Array([8, 0, 0, 0, 10, 0, 0, 0]));
      using openedEvents = openMapById(events.id, ringBuffer());
      expect(openedEvents.consume(() => true)).toBe(0);
    });

    test("an array in mapped memory stays readable when its skeleton is closed", () => {
      const maps = Maps.load();
      maps.maps.array.set(1, { packets: 5, bytes: 6 });
      const opened = openMapById(maps.maps.array.id, arrayMap(Value));
      maps.close();
      expect(opened.get(1)).toEqual({ packets: 5n, bytes: 6n });
      opened.close();
      opened.close();
      expect(() => opened.get(1)).toThrow(ClosedError);
      expect(opened.closed).toBe(true);
    });

    test("as another kind or size is an error before anything is read, and leaves no descriptor", () => {
      using maps = Maps.load();
      const { id } = maps.maps.hash;
      maps.maps.array.get(0);
      const before = countDescriptors();
      expect(() => openMapById(id, arrayMap(Value))).toThrow(SkeletonError);
      expect(() => openMapById(id, arrayMap(Value))).toThrow(
        `map ${id} is of type hash, and not array as it was to be opened`,
      );
      expect(() => openMapById(id, hashMap(le.u32, Value))).toThrow(/has keys of 8 bytes, and not 4/);
      expect(() => openMapById(id, hashMap(Key, le.u64))).toThrow(/has values of 16 bytes, and not 8/);
      expect(countDescriptors()).toBe(before);
    });

    test("where there is none is an error that says so", () => {
      expect(() => openPinnedMap(join(bpffs, "nothing"), arrayMap(le.u32))).toThrow(
        /cannot open pinned map .*nothing: .*ENOENT[^]*Nothing is pinned there/,
      );
      expect(() => openMapById(0xffff_fff0, arrayMap(le.u32))).toThrow(/ENOENT/);
      using raw = Exec.load();
      const program = join(bpffs, "program");
      raw.programs.on_exec.pin(program);
      expect(() => openPinnedMap(program, arrayMap(le.u32))).toThrow(
        `what is pinned at ${program} is no map`,
      );
      raw.programs.on_exec.unpin(program);
      // @ts-expect-error no path
      expect(() => openPinnedMap(5, arrayMap(le.u32))).toThrow(ValueError);
    });
  });

  describe("pins", () => {
    test.each([
      ["of an object", () => Maps.load().maps.hash],
      ["made on its own", () => createMap(hashMap(le.u32, le.u32), { maxEntries: 1 })],
    ] as const)("a map %s is pinned anew when somebody removed its pin", (_what, make) => {
      const map = make();
      const path = join(bpffs, "removed");
      map.pin(path);
      rmSync(path);
      expect(() => map.unpin()).toThrow(/ENOENT/);
      map.pin(path);
      expect(existsSync(path)).toBe(true);
      map.pin(join(bpffs, "second"));
      map.unpin();
      expect(existsSync(join(bpffs, "second"))).toBe(false);
      expect(() => map.pin(path)).toThrow(/EEXIST[^]*unpin that first/);
      map.unpin(path);
      expect(existsSync(path)).toBe(false);
    });

    test("a folder is made, but only in a BPF file system", () => {
      using map = createMap(hashMap(le.u32, le.u32), { maxEntries: 1 });
      const path = join(bpffs, "folder", "map");
      map.pin(path);
      expect(existsSync(path)).toBe(true);
      map.unpin();
      const elsewhere = join(tmpdir(), `tinybpf-no-folder-${process.pid}`);
      expect(() => map.pin(join(elsewhere, "map"))).toThrow(/must exist in a BPF file system/);
      expect(existsSync(elsewhere)).toBe(false);
    });

    test("a folder is no pin", () => {
      expect(() => openPinnedMap(bpffs, arrayMap(le.u32))).toThrow(/EACCES[^]*It is a folder$/);
    });

    test("names with dots are refused with the reason", () => {
      using map = createMap(hashMap(le.u32, le.u32), { maxEntries: 1 });
      expect(() => map.pin(join(bpffs, "a.map"))).toThrow(/EPERM[^]*have no dots/);
    });
  });

  describe("made on their own", () => {
    test("are typed, pinned and unpinned", () => {
      using made = createMap(hashMap(le.u32, le.chars(8)), {
        type: "lru_hash",
        name: "names",
        maxEntries: 64,
      });
      expect(made.type).toBe("lru_hash");
      made.set(1, "one");
      const path = join(bpffs, "names");
      made.pin(path);
      using again = openPinnedMap(path, hashMap(le.u32, le.chars(8)));
      expect([...again]).toEqual([[1, "one"]]);
      expect(() => made.pin(path)).toThrow(/EEXIST/);
      made.unpin();
      expect(existsSync(path)).toBe(false);
      expect(() => made.unpin()).toThrow(/is not pinned/);
    });

    test("unpin removes no other file", () => {
      const file = join(tmpdir(), `tinybpf-no-pin-${process.pid}`);
      writeFileSync(file, "");
      onTestFinished(() => rmSync(file));
      using made = createMap(arrayMap(le.u32), { maxEntries: 1 });
      expect(() => made.unpin(file)).toThrow(/not in a BPF file system/);
      expect(existsSync(file)).toBe(true);
    });

    test("what the kernel or the types do not have is refused", () => {
      expect(() => createMap(arrayMap(le.u32), { maxEntries: 0 })).toThrow(/EINVAL/);
      expect(() => createMap(arrayMap(le.u32), { maxEntries: 1, type: "hash" })).toThrow(ValueError);
      expect(() => createMap(arrayMap(le.u32), { maxEntries: 1, name: "sixteen_letters_" })).toThrow(
        /^name: "sixteen_letters_" is longer than the 15 characters/,
      );
      expect(() => createMap(skStorage(le.u32), { maxEntries: 0, flags: 1 })).toThrow(
        /EINVAL[^]*needs the BTF/,
      );
      using longest = createMap(arrayMap(le.u32), { maxEntries: 1, name: "fifteen_letters" });
      expect(longest.name).toBe("fifteen_letters");
    });

    test("what takeAll took is in the error when a value cannot be read", () => {
      using exact = createMap(hashMap(le.u32, le.safeU64), { maxEntries: 4 });
      using any = openMapById(exact.id, hashMap(le.u32, le.u64));
      any.setMany([
        [1, 10n],
        [2, 2n ** 60n],
        [3, 30n],
      ]);
      const error = failureOf(() => exact.takeAll());
      expect(error).toBeInstanceOf(TakeError);
      const { taken, cause, name } = error as TakeError<number, number>;
      expect(new Map(taken)).toEqual(
        new Map([
          [1, 10],
          [3, 30],
        ]),
      );
      expect(cause).toBeInstanceOf(ValueError);
      expect(name).toBe("TakeError");
      expect(any.size).toBe(0);
      any.set(1, 2n ** 60n);
      expect(() => exact.takeAll()).toThrow(ValueError);
    });

    test("taking from a frozen map is an error that says so", () => {
      using made = createMap(hashMap(le.u32, le.u32), { maxEntries: 4 });
      made.set(1, 1).freeze();
      expect(() => made.takeAll()).toThrow(/cannot take elements from .*EPERM[^]*The map is frozen/);
      expect(() => made.take(1)).toThrow(/cannot take a key from .*EPERM[^]*The map is frozen/);
    });

    test("take says which kernel it needs", () => {
      using made = createMap(hashMap(le.u32, le.u32), { maxEntries: 4 });
      made.set(1, 1);
      const { hint, value } = attempt(() => made.take(1));
      const tooOld = lacking(linux("5.14")) !== undefined;
      expect(hint).toEqual(
        tooOld ? expect.stringMatching(/reading and deleting at once needs Linux 5\.14/) : "",
      );
      expect(value).toBe(tooOld ? undefined : 1);
    });

    test("getMany names the key that does not fit", () => {
      using made = createMap(hashMap(le.u32, le.u32), { maxEntries: 4 });
      expect(() => made.getMany([1, 2, -1])).toThrow(/^\[2\]\.key: /);
    });
  });
});
