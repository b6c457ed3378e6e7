/** Maps that an object is given in place of its own, maps of descriptors, and maps that are posted. */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { isNativeError } from "node:util/types";
import * as workers from "node:worker_threads";
import { arrayMap, BpfError, createMap, hashMap, le, openMapByFd, SkeletonError, ValueError } from "tinybpf";
import { load } from "tinybpf/dynamic";
import { beforeAll, describe, expect, test } from "vitest";
import { fixturePath } from "../../btf-parser/fixtures.ts";
import { Exec, ExecStats } from "../../golden/exec.skel.ts";
import { Maps } from "../../golden/maps.skel.ts";
import { MapsPinned } from "../../golden/maps_pinned.skel.ts";
import { StructOps } from "../../golden/struct_ops.skel.ts";
import { countDescriptors } from "../descriptors.ts";
import { enterNamespaces, mountBpffs } from "../namespaces.ts";
import { describeKernel } from "../require-kernel.ts";

/** As plain JavaScript may. */
function reuse(value: unknown): () => void {
  return () => void Exec.load({ maps: { per_pid: { reuse: value as number } } });
}

describeKernel("a map that is reused", () => {
  let bpffs = "";
  beforeAll(() => {
    enterNamespaces();
    bpffs = mountBpffs();
  });

  test("is the object's, with its own number of entries", () => {
    const before = countDescriptors();
    {
      using first = Exec.load();
      first.maps.per_pid.set(1, { execs: 5, last_ts: 0 });
      using second = Exec.load({ maps: { per_pid: { reuse: first.maps.per_pid } } });
      expect(second.maps.per_pid.id).toBe(first.maps.per_pid.id);
      expect(second.maps.per_pid.get(1)).toEqual({ execs: 5n, last_ts: 0n });
      first.close();
      expect(second.maps.per_pid.get(1)).toEqual({ execs: 5n, last_ts: 0n });
      using own = createMap(hashMap(le.u32, ExecStats), { name: "own", maxEntries: 3 });
      using third = Exec.load({ maps: { per_pid: { reuse: own.fd } } });
      expect(third.maps.per_pid).toMatchObject({ id: own.id, maxEntries: 3, name: "per_pid" });
      using dynamic = load(fixturePath("exec.bpf.o"), { maps: { per_pid: { reuse: own } } });
      expect(dynamic.map("per_pid", "HashMap").id).toBe(own.id);
    }
    expect(countDescriptors()).toBeLessThanOrEqual(before + 2); // the process's lock and epoll, at most
  });

  test("is not pinned where the object's own would be", () => {
    const pinRootPath = join(bpffs, "reused");
    mkdirSync(pinRootPath);
    using own = createMap(hashMap(le.u32, le.u64), { name: "own", maxEntries: 3 });
    using pinned = MapsPinned.load({ pinRootPath, maps: { shared: { reuse: own } } });
    expect(pinned.maps.shared.id).toBe(own.id);
    expect(existsSync(join(pinRootPath, "shared"))).toBe(false);
    expect(() =>
      MapsPinned.load({ maps: { shared: { reuse: own, pinPath: join(pinRootPath, "shared") } } }),
    ).toThrow(ValueError);
  });

  describe("that does not fit is refused", () => {
    test.for([
      [
        "type",
        () => createMap(arrayMap(ExecStats), { name: "other", maxEntries: 3 }),
        "its type is array, and not hash",
      ],
      [
        "keys",
        () => createMap(hashMap(le.u64, ExecStats), { name: "other", maxEntries: 3 }),
        "its keySize is 8, and not 4",
      ],
      [
        "values",
        () => createMap(hashMap(le.u32, le.u32), { name: "other", maxEntries: 3 }),
        "its valueSize is 4, and not 16",
      ],
      [
        "flags",
        () => createMap(hashMap(le.u32, ExecStats), { name: "other", maxEntries: 3, flags: 1 }),
        "its flags is 1, and not 0",
      ],
    ] as const)("%s", ([, make, message]) => {
      using other = make();
      const loading = (): void => void Exec.load({ maps: { per_pid: { reuse: other } } });
      expect(loading).toThrow(SkeletonError);
      expect(loading).toThrow(`map other cannot be reused as map per_pid: ${message}`);
    });

    test("what is no map", () => {
      using exec = Exec.load();
      expect(reuse(exec.programs.on_exec)).toThrow("maps.per_pid.reuse: is no descriptor of a map");
      expect(reuse("per_pid")).toThrow(ValueError);
      expect(reuse(99_999)).toThrow(BpfError);
      using ops = StructOps.open();
      expect(() => {
        ops.maps.fixed_window.reuse = exec.maps.per_pid;
      }).toThrow("tied to the object that made them");
    });
  });

  test("a descriptor opens its map, and stays open", () => {
    using own = createMap(hashMap(le.u32, le.u64), { name: "own", maxEntries: 3 });
    own.set(1, 2n);
    {
      using opened = openMapByFd(own.fd, hashMap(le.u32, le.u64));
      expect(opened.get(1)).toBe(2n);
      expect(opened.fd).not.toBe(own.fd);
    }
    expect(own.get(1)).toBe(2n);
    expect(() => openMapByFd(own, arrayMap(le.u64))).toThrow(SkeletonError);
    using exec = Exec.load();
    expect(() => openMapByFd(exec.programs.on_exec, hashMap(le.u32, le.u64))).toThrow(
      "fd: is no descriptor of a map",
    );
    expect(() => openMapByFd(99_999, hashMap(le.u32, le.u64))).toThrow(/EBADF/);
  });

  test("maps, skeletons and globals are not cloned, where Node can say so", () => {
    using maps = Maps.load();
    using exec = Exec.load();
    for (const object of [maps, maps.maps.hash, exec.bss]) {
      let outcome: unknown;
      try {
        outcome = structuredClone(object);
      } catch (error) {
        outcome = error;
      }
      const refused = outcome instanceof DOMException && outcome.name === "DataCloneError";
      expect(refused || isNativeError(outcome)).toBe("markAsUncloneable" in workers);
    }
  });
});
