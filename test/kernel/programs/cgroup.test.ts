import { spawnSync } from "node:child_process";
import { mkdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { init, LibraryError } from "tinybpf";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Cgroup } from "../../golden/cgroup.skel.ts";
import { enterNamespaces, mountCgroups } from "../namespaces.ts";
import { describeKernel } from "../require-kernel.ts";
import { lacking, linux } from "../this-kernel.ts";

// enum what of cgroup.bpf.c
const SOCKETS = 1;
const CONNECT = 2;
const SYSCTL = 3;
const DEVICE = 4;
const OPTION = 5;

describeKernel("program of a cgroup", () => {
  let cgroup: string;
  beforeAll(() => {
    enterNamespaces();
    cgroup = join(mountCgroups(), `tinybpf-kinds-${process.pid}`);
    mkdirSync(cgroup);
  });
  afterAll(() => rmdirSync(cgroup));

  /** Runs a script in the cgroup; whether it succeeded. */
  const inside = (script: string): boolean =>
    spawnSync("bash", ["-c", `echo $$ > ${cgroup}/cgroup.procs && ${script}`]).status === 0;

  const connect = `node -e 'require("net").connect(9, "127.0.0.1").on("error", (e) => process.exit(e.code === "ECONNREFUSED" ? 0 : 1))'`;
  const option = `node -e 'require("net").connect(9, "127.0.0.1").setNoDelay(true).on("error", () => process.exit(0))'`;

  test.each([
    ["on_socket", SOCKETS, "echo x > /dev/udp/127.0.0.1/9", "sockets"],
    ["on_connect", CONNECT, connect, "connects"],
    ["on_sysctl", SYSCTL, "cat /proc/sys/kernel/ostype", "sysctls"],
    ["on_device", DEVICE, "head -c1 /dev/zero", "devices"],
    ["on_option", OPTION, option, "options"],
  ] as const)("%s sees and refuses", (name, what, script, counter) => {
    using skeleton = Cgroup.load();
    using link = skeleton.programs[name].attach(cgroup);
    expect(link.info.type).toBe("cgroup");
    expect(inside(script)).toBe(true);
    expect(skeleton.bss[counter]).toBeGreaterThan(0n);
    skeleton.bss.refuse = what;
    // A refused setsockopt is no error to Node.
    if (what !== OPTION) expect(inside(script)).toBe(false);
    link.close();
    expect(inside(script)).toBe(true);
  });

  test("sockops sees connections", () => {
    using skeleton = Cgroup.load();
    using link = skeleton.programs.on_operation.attach(cgroup);
    expect(link.info).toMatchObject({ type: "cgroup", attachType: "cgroup_sock_ops" });
    inside(connect);
    expect(skeleton.bss.operations).toBeGreaterThan(0n);
  });

  test("cgroup/skb takes a direction", () => {
    using skeleton = Cgroup.load();
    const { either_way } = skeleton.programs;
    using egress = either_way.attach(cgroup, { direction: "egress" });
    expect(egress.info).toMatchObject({ attachType: "cgroup_inet_egress" });
    using ingress = either_way.attach(cgroup);
    expect(ingress.info).toMatchObject({ attachType: "cgroup_inet_ingress" });
    inside("echo x > /dev/udp/127.0.0.1/9");
    expect(skeleton.bss.packets).toBeGreaterThan(0n);
    // @ts-expect-error no such direction
    expect(() => either_way.attach(cgroup, { direction: "out" })).toThrow(/^direction: "out" is none of/);
  });

  test("comes before or after others, where kernel and libbpf can", () => {
    using skeleton = Cgroup.load();
    using first = skeleton.programs.on_socket.attach(cgroup);
    const again = (): unknown => skeleton.programs.on_socket.attach(cgroup, { before: first });
    const [major = 0, minor = 0] = init().version.split(".").map(Number);
    if (major === 1 && minor < 6) {
      expect(again).toThrow(LibraryError);
      expect(again).toThrow(/needs libbpf 1\.6 or newer; libbpf 1\.\d \(.*\) is in use/);
    } else expect(again).not.toThrow();
  });

  test("comes before all others, or the error says which kernel can", () => {
    using skeleton = Cgroup.load();
    const { on_socket } = skeleton.programs;
    using _first = on_socket.attach(cgroup);
    // Stable kernels have it by other versions, too.
    try {
      on_socket.attach(cgroup, { before: "all" });
    } catch (error) {
      expect(lacking(linux("6.17"))).toBeDefined();
      expect(String(error)).toMatch(
        /EINVAL[^]*An order among the programs of a cgroup needs Linux 6\.17; this is/,
      );
    }
  });
});
