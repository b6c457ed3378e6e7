import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { getPriority } from "node:os";
import { join } from "node:path";
import { BpfError, hashMap, le, openPinnedLink, openPinnedMap, ValueError } from "tinybpf";
import { beforeAll, describe, expect, test } from "vitest";
import { MapsPinned } from "../golden/maps_pinned.skel.ts";
import { RawTp } from "../golden/raw_tp.skel.ts";
import { Uprobe } from "../golden/uprobe.skel.ts";
import { Xdp } from "../golden/xdp.skel.ts";
import { bpfDescriptors, descriptorInfo } from "./descriptors.ts";
import { enterNamespaces, mountBpffs, run } from "./namespaces.ts";
import { describeKernel } from "./require-kernel.ts";
import { lacking, linux, needsKernel } from "./this-kernel.ts";

/** Whether the kernel still has a link. */
function linkExists(id: number): boolean {
  // Not a list of all: it fails when any of them goes meanwhile. What is shown counts, not whether something else failed.
  const { stdout } = spawnSync("bpftool", ["-j", "link", "show", "id", String(id)], { encoding: "utf8" });
  if (stdout.startsWith(`{"id":${id},`)) return true;
  expect(stdout).toContain("No such file or directory");
  return false;
}

describeKernel("links and pins", () => {
  let bpffs: string;
  beforeAll(() => {
    enterNamespaces();
    bpffs = mountBpffs();
  });

  describe("link", () => {
    test("is the skeleton's: closing that detaches it", async () => {
      const before = bpfDescriptors();
      const rawTp = RawTp.load();
      const link = rawTp.programs.on_rename.attach();
      const id = descriptorInfo(link.fd, "link_id");
      expect(linkExists(id)).toBe(true);
      expect(rawTp.links).toEqual([link]);
      rawTp.close();
      expect(link.closed).toBe(true);
      await expect.poll(() => linkExists(id)).toBe(false);
      expect(bpfDescriptors()).toEqual(before);
    });

    test("can go first, in any way, twice", () => {
      using rawTp = RawTp.load();
      const before = bpfDescriptors();
      for (const end of ["close", "detach", Symbol.dispose] as const) {
        const link = rawTp.programs.on_rename.attach();
        expect(rawTp.links).toEqual([link]);
        link[end]();
        link[end]();
        expect(link.closed).toBe(true);
        expect(rawTp.links).toEqual([]);
      }
      expect(bpfDescriptors()).toEqual(before);
    });

    test("pinned, it outlives its skeleton until the file is gone", async () => {
      const before = bpfDescriptors();
      const path = join(bpffs, "link");
      const rawTp = RawTp.load({ rodata: { target_tgid: process.pid } });
      const { fd } = rawTp.maps.events;
      expect(fd).toBeGreaterThan(0);
      const link = rawTp.programs.on_rename.attach();
      const id = descriptorInfo(link.fd, "link_id");
      link.pin(path);
      expect(link.pinPath).toBe(path);
      rawTp.close();
      expect(bpfDescriptors()).toEqual(before);
      expect(linkExists(id)).toBe(true);
      run("rm", path);
      await expect.poll(() => linkExists(id)).toBe(false);
    });

    test("detach removes the pin; unpin leaves it attached", async () => {
      const path = join(bpffs, "link");
      using rawTp = RawTp.load({ rodata: { target_tgid: process.pid } });
      const link = rawTp.programs.on_rename.attach();
      const id = descriptorInfo(link.fd, "link_id");
      link.pin(path);
      link.unpin();
      expect(existsSync(path)).toBe(false);
      expect(link.pinPath).toBeUndefined();
      writeFileSync("/proc/self/comm", "unpinned");
      expect(rawTp.bss.renames).toBe(1n);

      link.pin(path);
      link.detach();
      expect(existsSync(path)).toBe(false);
      await expect.poll(() => linkExists(id)).toBe(false);
    });

    test("detach takes it off for everybody that has it open, where the kernel can", () => {
      const path = join(bpffs, "everybody");
      using xdp = Xdp.load();
      const link = xdp.programs.count_all.attach("lo", { mode: "skb" });
      link.pin(path);
      using monitor = openPinnedLink(path);
      expect(monitor.info).toMatchObject({ type: "xdp", ifindex: 1 });
      link.detach();
      expect(monitor.info).toMatchObject({ type: "xdp", ifindex: 0 });
      xdp.programs.count_all.attach("lo", { mode: "skb" }).detach(); // EBUSY, were it still there
      monitor.detach(); // the pin is gone, and so is what it was attached to
      expect(monitor).toMatchObject({ closed: true, pinPath: undefined });
    });

    test("what is no pin is said to be none, whoever asks", () => {
      for (const path of ["/etc/passwd", bpffs]) {
        expect(() => openPinnedLink(path)).toThrow(/It is (?:no pinned link: pins are files|a folder)/);
        expect(() => openPinnedMap(path, hashMap(le.u32, le.u32))).toThrow(
          /It is (?:no pinned map: pins are files|a folder)/,
        );
      }
      const none = join(bpffs, "none");
      expect(() => openPinnedLink(none)).toThrow(/ENOENT[^]*Nothing is pinned there: was the link pinned/);
      expect(() => openPinnedMap(none, hashMap(le.u32, le.u32))).toThrow(
        /ENOENT[^]*Nothing is pinned there: was the map/,
      );
    });

    test("of an interface, and of a perf event: pinned likewise", async () => {
      const before = bpfDescriptors();
      // Before 5.15 the kernel has no links of perf events.
      for (const kind of lacking(linux("5.15")) === undefined ? ["xdp", "uprobe"] : ["xdp"]) {
        const path = join(bpffs, kind);
        const skeleton = kind === "xdp" ? Xdp.load() : Uprobe.load();
        const link =
          "count_all" in skeleton.programs
            ? skeleton.programs.count_all.attach("lo", { mode: "skb" })
            : skeleton.programs.on_getpriority.attach();
        const id = descriptorInfo(link.fd, "link_id");
        link.pin(path);
        link.unpin();
        expect(existsSync(path)).toBe(false);
        link.pin(path);
        skeleton.close();
        expect(linkExists(id)).toBe(true);
        run("rm", path);
        await expect.poll(() => linkExists(id)).toBe(false);
      }
      expect(bpfDescriptors()).toEqual(before);
    });

    test("of a perf event: pinned, it goes on when it is closed", (context) => {
      needsKernel(context, linux("5.15"));
      const path = join(bpffs, "perf");
      using uprobe = Uprobe.load({ rodata: { target_tgid: process.pid } });
      const before = bpfDescriptors();
      const link = uprobe.programs.on_getpriority.attach();
      link.pin(path);
      link.close();
      expect(bpfDescriptors()).toEqual(before);
      getPriority();
      expect([...uprobe.bss.hits]).toEqual([1n, 0n, 0n]);
      run("rm", path);
    });

    test("detaches also when its pin is gone already", async () => {
      const path = join(bpffs, "gone");
      using rawTp = RawTp.load();
      using xdp = Xdp.load();
      for (const link of [
        rawTp.programs.on_rename.attach(),
        xdp.programs.count_all.attach("lo", { mode: "skb" }),
      ]) {
        const id = descriptorInfo(link.fd, "link_id");
        link.pin(path);
        run("rm", path);
        expect(linkExists(id)).toBe(true);
        link.detach();
        expect(link).toMatchObject({ closed: true, pinPath: undefined });
        await expect.poll(() => linkExists(id)).toBe(false);
      }
    });

    test("is pinned once", () => {
      using rawTp = RawTp.load();
      using xdp = Xdp.load();
      for (const link of [
        rawTp.programs.on_rename.attach(),
        xdp.programs.count_all.attach("lo", { mode: "skb" }),
      ]) {
        link.pin(join(bpffs, "once"));
        expect(() => link.pin(join(bpffs, "twice"))).toThrow(/EBUSY[^]*pinned already: unpin it first$/);
        link.detach();
      }
    });

    test("a pin that cannot be is an error that says what to do", () => {
      using rawTp = RawTp.load();
      const link = rawTp.programs.on_rename.attach();
      expect(() => link.pin("/tmp/no-bpf-here")).toThrow(BpfError);
      expect(() => link.pin("/tmp/no-bpf-here")).toThrow(
        /cannot pin link .* to \/tmp\/no-bpf-here[^]*mount -t bpf/,
      );
      expect(() => link.pin(join(bpffs, "no", "such", "folder"))).toThrow(/ENOENT/);
      expect(() => link.unpin()).toThrow(/cannot unpin link .*EINVAL[^]*It is not pinned$/);
      expect(() => link.pin(join(bpffs, "a\0b"))).toThrow(ValueError);
      // @ts-expect-error a path is needed
      expect(() => link.pin()).toThrow(ValueError);
      expect(link.pinPath).toBeUndefined();
    });
  });

  test("a program can be pinned and unpinned", () => {
    const path = join(bpffs, "program");
    using rawTp = RawTp.load();
    rawTp.programs.on_rename.pin(path);
    expect(existsSync(path)).toBe(true);
    rawTp.programs.on_rename.unpin(path);
    expect(existsSync(path)).toBe(false);
    expect(() => rawTp.programs.on_rename.unpin(path)).toThrow(BpfError);
  });

  describe("map", () => {
    test("pinned by name below the root that is given, it is shared by what is loaded later", () => {
      const first = MapsPinned.load({ pinRootPath: bpffs });
      const path = join(bpffs, "shared");
      expect(existsSync(path)).toBe(true);
      first.maps.shared.set(1, 10n);
      first.close();
      using second = MapsPinned.load({ pinRootPath: bpffs });
      expect(second.maps.shared.get(1)).toBe(10n);
      second.maps.shared.unpin();
      expect(existsSync(path)).toBe(false);
      using third = MapsPinned.load({ maps: { shared: { pinPath: join(bpffs, "elsewhere") } } });
      expect(third.maps.shared.get(1)).toBeUndefined();
      expect(existsSync(join(bpffs, "elsewhere"))).toBe(true);
      third.maps.shared.unpin(join(bpffs, "elsewhere"));
    });

    test("can be pinned while loaded", () => {
      using rawTp = RawTp.load();
      const path = join(bpffs, "events");
      rawTp.maps.events.pin(path);
      expect(existsSync(path)).toBe(true);
      rawTp.maps.events.unpin();
      expect(existsSync(path)).toBe(false);
      expect(() => rawTp.maps.events.pin("/tmp/no-bpf-here")).toThrow(/mount -t bpf/);
    });

    test("is pinned where it is told, also after it could not be; unpin removes the last one", () => {
      using rawTp = RawTp.load();
      const { events } = rawTp.maps;
      const [first, second] = [join(bpffs, "first"), join(bpffs, "second")];
      expect(() => events.pin("/tmp/no-bpf-here")).toThrow(/mount -t bpf/);
      events.pin(first);
      expect(() => events.pin(first)).toThrow(/EEXIST[^]*unpin that first$/);
      events.pin(second);
      expect([first, second].map((path) => existsSync(path))).toEqual([true, true]);
      events.unpin();
      expect([first, second].map((path) => existsSync(path))).toEqual([true, false]);
      expect(() => events.unpin()).toThrow(/is not pinned: say which/);
      events.unpin(first);
      expect(existsSync(first)).toBe(false);
    });
  });
});
