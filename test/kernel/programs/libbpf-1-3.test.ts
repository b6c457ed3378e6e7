/** Kinds that libbpf knows since 1.3: they work, or the error says which libbpf they need. */
import { readFileSync } from "node:fs";
import { getPriority } from "node:os";
import koffi from "koffi";
import { BpfError, init, LibraryError, ValueError } from "tinybpf";
import { beforeAll, describe, expect, test } from "vitest";
import { libbpfOlderThan } from "../../../src/runtime/native.ts";
import { Libbpf13 } from "../../golden/libbpf_1_3.skel.ts";
import { Tc } from "../../golden/tc.skel.ts";
import { RawTp } from "../../golden/raw_tp.skel.ts";
import { enterNamespaces, run } from "../namespaces.ts";
import { describeKernel, missingKernel } from "../require-kernel.ts";
import { config, lacking, libbpf, linux, needsKernel } from "../this-kernel.ts";

const isOld = missingKernel === undefined && libbpfOlderThan("1.3");

describeKernel(`libbpf ${missingKernel ?? init().version}`, () => {
  beforeAll(() => {
    enterNamespaces();
    run("ip", "link", "add", "source", "type", "veth", "peer", "name", "sink");
    run("ip", "address", "add", "10.1.1.1/24", "dev", "source");
    for (const name of ["source", "sink"]) run("ip", "link", "set", name, "addrgenmode", "none", "up");
    // No packet but ours, as one that came before both programs are there.
    const neighbour = ["10.1.1.2", "lladdr", "02:00:00:00:00:02", "dev", "source", "nud", "permanent"];
    run("ip", "neighbour", "replace", ...neighbour);
  });

  test("a tcx program before or after another needs 1.3", (context) => {
    needsKernel(context, linux("6.6"));
    using tc = Tc.load();
    const second = tc.programs.second.attach("source", { direction: "egress" });
    const before = (): unknown => tc.programs.first.attach("source", { direction: "egress", before: second });
    if (isOld) {
      expect(before).toThrow(LibraryError);
      expect(before).toThrow(
        /before or after another program needs libbpf 1\.3 or newer; libbpf 1\.\d \(.*\) is in use/,
      );
      return;
    }
    before();
    run("bash", "-c", "echo > /dev/udp/10.1.1.2/9");
    expect(tc.bss.order).toBe(1n);
    const after = { direction: "egress", after: tc.programs.second } as const;
    expect(() => tc.programs.drop.attach("source", after)).not.toThrow();
    const stranger = tc.programs.first.attach("sink", { direction: "ingress" });
    expect(() => tc.programs.drop.attach("sink", { direction: "egress", after: stranger })).toThrow(BpfError);
  });

  test("a cookie for a raw tracepoint needs 1.4", () => {
    using raw = RawTp.load();
    const [program] = Object.values(raw.programs);
    const attach = (): unknown => program?.attach("sys_enter", { cookie: 5 });
    if (libbpfOlderThan("1.4")) {
      expect(attach).toThrow(LibraryError);
      expect(attach).toThrow(/needs libbpf 1\.4 or newer; libbpf 1\.\d/);
    } else if (lacking(linux("6.10")) === undefined) expect(attach).not.toThrow();
    else expect(attach).toThrow(/A cookie for a raw tracepoint needs Linux 6\.10; this is /);
    expect(() => program?.attach("sys_enter", { cookie: -1 })).toThrow(ValueError);
  });

  if (isOld)
    test("sections that it does not know are an error that names program, section and version", () => {
      expect(() => Libbpf13.load()).toThrow(BpfError);
      expect(() => Libbpf13.load()).toThrow(
        /program count_ingress [^]*Section tcx\/ingress needs libbpf 1\.3 or newer; libbpf 1\.\d \(.*\) is in use\. Or give load\(\) \{ programs: \{ count_ingress: /,
      );
    });

  describe("live", live);
});

/** Where the C library that this process uses is. */
function libc(): string {
  const path = /\S+\/libc\.so\.6$/m.exec(readFileSync("/proc/self/maps", "utf8"))?.[0];
  if (path === undefined) throw new Error("this process has no libc.so.6");
  return path;
}

/** Where in its file a function of the C library is. */
function offsetInLibc(name: string): bigint {
  const address = koffi.address(koffi.load(null).symbol(name));
  for (const [, start, end, offset] of readFileSync("/proc/self/maps", "utf8").matchAll(
    /^(\w+)-(\w+) \S+ (\w+) .*\/libc\.so\.6$/gm,
  ))
    if (address >= BigInt(`0x${start}`) && address < BigInt(`0x${end}`))
      return address - BigInt(`0x${start}`) + BigInt(`0x${offset}`);
  throw new Error(`the C library has no ${name}`);
}

function live(): void {
  test("tcx: the section says the direction", (context) => {
    needsKernel(context, linux("6.6"), libbpf("1.3"));
    using skeleton = Libbpf13.load({ programs: { pass_primary: { autoload: false } } });
    using link = skeleton.programs.count_ingress.attach("lo");
    expect(link.info).toMatchObject({ type: "tcx", attachType: "tcx_ingress", ifindex: 1 });
    run("bash", "-c", "echo > /dev/udp/127.0.0.1/9");
    expect(skeleton.bss.ingress_packets).toBeGreaterThan(0n);
  });

  test("netfilter: a hook, its family and priority", (context) => {
    needsKernel(context, linux("6.4"), libbpf("1.3"));
    using skeleton = Libbpf13.load({ programs: { pass_primary: { autoload: false } } });
    const { drop_all } = skeleton.programs;
    const target = { family: "ipv4", hook: "output", priority: -5 } as const;
    using link = drop_all.attach(target);
    expect(link.info).toMatchObject({ type: "netfilter", family: 2, hook: 3, priority: -5 });
    expect(() => run("bash", "-c", "echo > /dev/udp/127.0.0.1/9 2> /dev/null")).toThrow();
    expect(skeleton.bss.filtered_packets).toBeGreaterThan(0n);
    expect(() => drop_all.attach(target)).toThrow(/EBUSY[^]*choose another/);
    // @ts-expect-error no such hook
    expect(() => drop_all.attach({ ...target, hook: "nowhere" })).toThrow(
      /^hook: "nowhere" is none of prerouting/,
    );
    expect(() => drop_all.attach({ ...target, priority: 2 ** 40 })).toThrow(ValueError);
    link.close();
    run("bash", "-c", "echo > /dev/udp/127.0.0.1/9");
  });

  test("uprobe.multi: offsets with cookies, a pattern, symbols", (context) => {
    needsKernel(context, linux("6.6"), libbpf("1.3"));
    using skeleton = Libbpf13.load({ programs: { pass_primary: { autoload: false } } });
    const { on_call } = skeleton.programs;
    const place = { binary: "libc.so.6", pid: process.pid };
    {
      // Not found by its name: only for a pattern does libbpf search for it.
      expect(() => on_call.attach({ ...place, symbols: ["getpriority"] })).toThrow(/^binary: must be a path/);
      const offsets = ["getpriority", "setpriority"].map(offsetInLibc);
      using link = on_call.attach({ ...place, binary: libc(), offsets, cookies: [11, 12n] });
      expect(link.info).toMatchObject({ type: "uprobe_multi", count: 2 });
      getPriority();
      expect(skeleton.bss.probe_cookie).toBe(11n);
      expect(skeleton.bss.probe_hits).toBe(1n);
    }
    {
      using _link = on_call.attach({ ...place, pattern: "getpriorit?" });
      getPriority();
      expect(skeleton.bss.probe_hits).toBe(2n);
    }
    getPriority();
    expect(skeleton.bss.probe_hits).toBe(2n);
    expect(() => on_call.attach({ ...place, binary: libc(), symbols: ["no_such_symbol"] })).toThrow(BpfError);
    const wrong: object[] = [
      {},
      { symbols: ["a"], pattern: "b" },
      { symbols: ["a"], cookies: [] },
      { offsets: [-1] },
      { symbols: ["a"], refCtrOffsets: [1, 2] },
    ];
    for (const target of wrong)
      expect(() => on_call.attach({ ...place, ...target } as Parameters<typeof on_call.attach>[0])).toThrow(
        ValueError,
      );
  });

  test("netkit: attaches to the primary interface", (context) => {
    needsKernel(context, linux("6.7"), config("CONFIG_NETKIT"), libbpf("1.3"));
    run("ip", "link", "add", "primary", "type", "netkit", "peer", "name", "secondary");
    using skeleton = Libbpf13.load();
    using link = skeleton.programs.pass_primary.attach("primary");
    expect(link.info).toMatchObject({ type: "netkit", attachType: "netkit_primary" });
  });

  test("netkit: what is no such interface is an error that names it", (context) => {
    needsKernel(context, linux("6.7"), libbpf("1.3"));
    using skeleton = Libbpf13.load();
    const { pass_primary } = skeleton.programs;
    expect(() => pass_primary.attach("lo")).toThrow(
      /cannot attach program pass_primary to netkit interface lo/,
    );
    expect(() => pass_primary.attach("lo")).toThrow(BpfError);
  });
}
