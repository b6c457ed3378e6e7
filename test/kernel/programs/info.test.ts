import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  BpfError,
  ClosedError,
  enableStats,
  LibraryError,
  type Link,
  openPinnedLink,
  TinyBpfError,
  ValueError,
} from "tinybpf";
import { libbpfOlderThan } from "../../../src/runtime/native.ts";
import { beforeAll, describe, expect, test } from "vitest";
import { RawTp } from "../../golden/raw_tp.skel.ts";
import { TpBtf } from "../../golden/tp_btf.skel.ts";
import { Xdp } from "../../golden/xdp.skel.ts";
import { countDescriptors, descriptorInfo } from "../descriptors.ts";
import { enterNamespaces, mountBpffs, run } from "../namespaces.ts";
import { describeKernel } from "../require-kernel.ts";
import { lacking, linux, needsKernel } from "../this-kernel.ts";

const data = new Uint8Array(64);

describeKernel("what the kernel tells", () => {
  let folder: string;
  beforeAll(() => {
    enterNamespaces();
    folder = mountBpffs();
    run("ip", "link", "add", "source", "type", "veth", "peer", "name", "sink");
  });

  test("of a program", () => {
    using xdp = Xdp.load();
    const { count_all, drop_all } = xdp.programs;
    const before = Date.now();
    const { info } = count_all;
    expect(info).toMatchObject({
      type: "xdp",
      id: descriptorInfo(count_all.fd, "prog_id"),
      gplCompatible: true,
    });
    expect(info.tag).toMatch(/^[0-9a-f]{16}$/);
    expect(info.uid).toBe(process.getuid?.());
    expect(info.translatedSize).toBeGreaterThan(0);
    expect(info.jitedSize).toBeGreaterThan(0);
    if (lacking(linux("5.16")) === undefined) expect(info.verifiedInstructions).toBeGreaterThan(0);
    expect(info.btfId).toBeGreaterThan(0);
    expect(Math.abs(info.loadedAt.getTime() - before)).toBeLessThan(60_000);
    const maps = Object.values(xdp.maps).map(({ fd }) => descriptorInfo(fd, "map_id"));
    expect(new Set(info.mapIds)).toEqual(new Set(maps));
    expect(drop_all.info.id).not.toBe(info.id);
    xdp.close();
    expect(() => count_all.info).toThrow(ClosedError);
  });

  test("of its runs, while somebody wants to know", () => {
    using xdp = Xdp.load();
    const { drop_all } = xdp.programs;
    const descriptors = countDescriptors();
    const stats = enableStats();
    drop_all.testRun({ data, repeat: 10 });
    const { runCount, runTime } = drop_all.info;
    expect(runCount).toBe(10n);
    expect(runTime).toBeGreaterThan(0n);
    expect(stats.closed).toBe(false);
    stats.close();
    stats.close();
    expect(stats.closed).toBe(true);
    expect(countDescriptors()).toBe(descriptors);
  });

  test("of a link; an update changes its program", () => {
    using xdp = Xdp.load();
    const { count_all, drop_all } = xdp.programs;
    using link = count_all.attach("sink", { mode: "skb" });
    const { info } = link;
    expect(info).toEqual({
      type: "xdp",
      id: info.id,
      programId: count_all.info.id,
      ifindex: expect.any(Number),
    });
    link.update(drop_all, count_all);
    expect(link.info).toEqual({ ...info, programId: drop_all.info.id });
    expect(() => link.update(count_all, count_all)).toThrow(BpfError);
    // @ts-expect-error no program
    expect(() => link.update(5)).toThrow(ValueError);
    link.close();
    for (const use of [() => link.info, () => link.update(drop_all)]) expect(use).toThrow(ClosedError);
  });

  test("of a link's cookie, and nothing where it is too old to tell", (context) => {
    needsKernel(context, linux("6.10"));
    const told = lacking(linux("6.17")) === undefined;
    using tpBtf = TpBtf.load();
    const { on_rename } = tpBtf.programs;
    const attach = (): Link => on_rename.attach({ cookie: 5 });
    if (!libbpfOlderThan("1.4"))
      expect(attach().info).toMatchObject({ type: "raw_tracepoint", cookie: told ? 5n : undefined });
    else {
      expect(attach).toThrow(LibraryError);
      expect(attach).toThrow(/^A cookie for program on_rename needs libbpf 1\.4 or newer/);
    }
    expect(on_rename.attach().info).toMatchObject({ cookie: told ? 0n : undefined });
    using rawTp = RawTp.load();
    expect(rawTp.programs.on_rename.attach().info).toMatchObject({
      type: "raw_tracepoint",
      cookie: told ? 0n : undefined,
    });
  });

  describe("a pinned link", () => {
    test("is opened again, updated, and removed", () => {
      const path = join(folder, "xdp-link");
      using first = Xdp.load();
      const made = first.programs.count_all.attach("sink", { mode: "skb" });
      const { id } = made.info;
      made.pin(path);
      first.close();

      using second = Xdp.load();
      const opened = openPinnedLink(path);
      expect(opened.pinPath).toBe(path);
      expect(opened.info).toMatchObject({ type: "xdp", id });
      opened.update(second.programs.drop_all);
      opened.close();
      expect(existsSync(path)).toBe(true);

      const again = openPinnedLink(path);
      expect(again.info).toMatchObject({ id, programId: second.programs.drop_all.info.id });
      again.detach();
      expect(existsSync(path)).toBe(false);
      expect(() => openPinnedLink(path)).toThrow(/open pinned link .*ENOENT/);
      using _free = second.programs.count_all.attach("sink", { mode: "skb" });
    });

    test("a pinned program, or a file, is none", () => {
      using xdp = Xdp.load();
      const path = join(folder, "a-program");
      xdp.programs.count_all.pin(path);
      const descriptors = countDescriptors();
      expect(() => openPinnedLink(path)).toThrow(/^path: .* is a pinned map or program, and no link/);
      expect(() => openPinnedLink("/etc/passwd")).toThrow(TinyBpfError);
      expect(() => openPinnedLink("a\0b")).toThrow(ValueError);
      expect(countDescriptors()).toBe(descriptors);
      xdp.programs.count_all.unpin(path);
    });
  });
});
