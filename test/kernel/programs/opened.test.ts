import { existsSync, mkdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import {
  BpfError,
  ClosedError,
  createMap,
  progArray,
  openPinnedProgram,
  openProgramById,
  SkeletonError,
  ValueError,
} from "tinybpf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Cgroup } from "../../golden/cgroup.skel.ts";
import { Tc } from "../../golden/tc.skel.ts";
import { Xdp } from "../../golden/xdp.skel.ts";
import { bpfDescriptors } from "../descriptors.ts";
import { enterNamespaces, mountBpffs, mountCgroups, run } from "../namespaces.ts";
import { describeKernel } from "../require-kernel.ts";
import { linux, needsKernel } from "../this-kernel.ts";

const data = new Uint8Array(64);
const XDP_DROP = 1;

describeKernel("a program that was loaded elsewhere", () => {
  let folder: string;
  let cgroup: string;
  beforeAll(() => {
    enterNamespaces();
    cgroup = join(mountCgroups(), `tinybpf-opened-${process.pid}`);
    mkdirSync(cgroup);
    folder = mountBpffs();
    run("ip", "link", "add", "source", "type", "veth", "peer", "name", "sink");
  });

  afterAll(() => rmdirSync(cgroup));

  test("is opened by its pin: told of, run, pinned and unpinned", () => {
    const before = bpfDescriptors();
    const path = join(folder, "drop");
    const xdp = Xdp.load();
    const { info } = xdp.programs.drop_all;
    xdp.programs.drop_all.pin(path);
    xdp.close();

    const opened = openPinnedProgram(path);
    expect(opened).toMatchObject({ name: "drop_all", type: "xdp", id: info.id, closed: false });
    expect(opened.info).toMatchObject({ id: info.id, tag: info.tag, name: "drop_all" });
    expect(opened.testRun({ data }).retval).toBe(XDP_DROP);
    const second = join(folder, "again");
    opened.pin(second);
    opened.unpin();
    opened.unpin(path);
    expect([existsSync(path), existsSync(second)]).toEqual([false, false]);
    opened.close();
    opened.close();
    expect(opened.closed).toBe(true);
    for (const use of [
      () => opened.fd,
      () => opened.info,
      () => opened.testRun({ data }),
      () => opened.attach({ netInterface: "sink" }),
      () => opened.pin(path),
      () => opened.unpin(path),
    ])
      expect(use).toThrow(ClosedError);
    expect(bpfDescriptors()).toEqual(before);
  });

  test("is opened by its id, and goes where programs go", () => {
    using xdp = Xdp.load();
    const { count_all, drop_all } = xdp.programs;
    using opened = openProgramById(drop_all.info.id);
    const link = count_all.attach("sink", { mode: "skb" });
    link.update(opened, count_all);
    expect(link.info.programId).toBe(opened.id);
    using programs = createMap(progArray, { maxEntries: 1 });
    expect(programs.set(0, opened).get(0)).toBe(opened.id);
  });

  test("is attached to an interface; its links are closed with it", () => {
    using xdp = Xdp.load();
    const opened = openProgramById(xdp.programs.drop_all.info.id);
    const link = opened.attach({ netInterface: "sink", mode: "skb" });
    expect(link.info).toMatchObject({ type: "xdp", programId: opened.id });
    expect(opened.links).toEqual([link]);
    expect(() => opened.attach({ netInterface: "sink", mode: "skb" })).toThrow(/has an XDP program already/);
    opened.close();
    expect(link.closed).toBe(true);
    xdp.programs.drop_all.attach("sink", { mode: "skb" }).close();
  });

  test("is attached with tcx, and to a cgroup", (context) => {
    needsKernel(context, linux("6.6"));
    using tc = Tc.load();
    const [classifier] = Object.values(tc.programs);
    using opened = openProgramById(classifier?.info.id ?? 0);
    expect(() => opened.attach({ netInterface: "sink" })).toThrow(/^attachType: is missing/);
    using link = opened.attach({ netInterface: "sink", attachType: "tcx_egress", before: "all" });
    expect(link.info).toMatchObject({ type: "tcx", attachType: "tcx_egress" });
    using inCgroups = Cgroup.load();
    using device = openProgramById(inCgroups.programs.on_device.info.id);
    using inCgroup = device.attach({ cgroup });
    expect(inCgroup.info).toMatchObject({ type: "cgroup", attachType: "cgroup_device" });
    expect(() => device.attach({ cgroup: "/proc" })).toThrow(/cgroup v2 file system/);
  });

  describe("what is none", () => {
    test("is no program: a map, a link, a file, nothing", () => {
      using xdp = Xdp.load();
      const path = join(folder, "a-map");
      const [map] = Object.values(xdp.maps);
      map?.pin(path);
      expect(() => openPinnedProgram(path)).toThrow(SkeletonError);
      expect(() => openPinnedProgram(join(folder, "none"))).toThrow(/ENOENT.*\nNothing is pinned there/);
      expect(() => openPinnedProgram("/etc/passwd")).toThrow(/It is no pinned program: pins are files/);
      expect(() => openProgramById(0x7fff_ffff)).toThrow(/There is none with this id/);
      run("rm", path);
    });

    test("is no target", () => {
      using xdp = Xdp.load();
      using opened = openProgramById(xdp.programs.drop_all.info.id);
      // @ts-expect-error no place
      expect(() => opened.attach({})).toThrow(ValueError);
      // @ts-expect-error misspelt
      expect(() => opened.attach({ netInterfaces: "sink" })).toThrow(/there is no option netInterfaces/);
      // @ts-expect-error misspelt
      expect(() => opened.attach({ netInterface: "sink", attachType: "tcx" })).toThrow(/^attachType/);
      expect(() => opened.attach({ netInterface: "sink", attachType: "tcx_ingress" })).toThrow(BpfError);
    });
  });
});
