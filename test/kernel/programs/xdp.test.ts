import { BpfError, ValueError } from "tinybpf";
import { beforeAll, describe, expect, test } from "vitest";
import {
  type OpenSkeleton,
  type Skeleton,
  type SkeletonClass,
  skeleton,
  type SkeletonConfig,
  xdp as xdpProgram,
  type XdpProgram,
} from "tinybpf/gen-v1";
import { buildElf } from "../../btf-parser/elf-builder.ts";
import { Xdp } from "../../golden/xdp.skel.ts";
import { enterNamespaces, run } from "../namespaces.ts";
import { describeKernel } from "../require-kernel.ts";
import { lacking, linux, needsKernel } from "../this-kernel.ts";

const XDP_DROP = 1;
const XDP_PASS = 2;
const ETH_P_ARP = 0x0806;
const ETH_P_IP = 0x0800;

interface ShownLink {
  readonly ifindex: number;
  readonly xdp?: { readonly mode: number };
}

/** What `ip link` shows of the interface. */
function show(name: string): ShownLink {
  const shown: readonly ShownLink[] = JSON.parse(run("ip", "-json", "link", "show", name));
  if (shown[0] === undefined) throw new Error(`there is no ${name}`);
  return shown[0];
}

/** An Ethernet frame with nothing in it. */
function frame(type: number): Uint8Array {
  const bytes = new Uint8Array(64);
  new DataView(bytes.buffer).setUint16(12, type);
  return bytes;
}

/** Makes every packet 2000 bytes longer: `bpf_xdp_adjust_tail(ctx, 2000); return XDP_PASS;` */
const instructions = [
  [0xb7, 0x02, 0, 0, 0xd0, 0x07, 0, 0], // r2 = 2000
  [0x85, 0, 0, 0, 65, 0, 0, 0], // call bpf_xdp_adjust_tail
  [0xb7, 0, 0, 0, XDP_PASS, 0, 0, 0], // r0 = XDP_PASS
  [0x95, 0, 0, 0, 0, 0, 0, 0], // exit
];
const Grow = oneProgram("xdp", instructions);
const Jumbo = oneProgram("xdp.frags", instructions.slice(2));

/** An object with one program, `only`. */
function oneProgram(
  section: string,
  code: readonly (readonly number[])[],
): SkeletonClass<OneSkeleton, OpenSkeleton<OneSkeleton>, SkeletonConfig<OneSkeleton>> {
  return skeleton<OneSkeleton, OpenSkeleton<OneSkeleton>, SkeletonConfig<OneSkeleton>>({
    name: "One",
    source: "one.bpf.o",
    object: () =>
      buildElf({
        machine: 247,
        sections: [
          { name: section, flags: 6n, data: new Uint8Array(code.flat()), addralign: 8 },
          { name: "license", flags: 3n, data: new TextEncoder().encode("GPL\0") },
        ],
        symbols: [{ name: "only", size: code.length * 8, type: 2, section }],
      }),
    maps: {},
    programs: { only: xdpProgram },
  });
}

interface OneSkeleton extends Skeleton {
  readonly maps: Readonly<Record<string, never>>;
  readonly programs: { readonly only: XdpProgram };
}

/** Sends something out of `source`, so into `sink`: the question who has 10.1.1.2. */
const send = (): string => run("bash", "-c", "echo > /dev/udp/10.1.1.2/9");
const arps = (xdp: Xdp): bigint =>
  (xdp.maps.by_protocol.get(ETH_P_ARP) ?? []).reduce((sum, cpu) => sum + cpu.packets, 0n);

describeKernel("XDP program", () => {
  describe("on an interface", () => {
    beforeAll(() => {
      enterNamespaces();
      run("ip", "link", "add", "source", "type", "veth", "peer", "name", "sink");
      run("ip", "address", "add", "10.1.1.1/24", "dev", "source");
      for (const name of ["source", "sink"]) run("ip", "link", "set", name, "up");
    });

    test.each([["sink"], [0]])("named %s, it sees what comes in", async (name) => {
      using xdp = Xdp.load();
      using link = xdp.programs.count_all.attach(name === "sink" ? name : show("sink").ifindex);
      expect(link.title).toMatch(/^count_all to interface /);
      expect(show("sink").xdp).toBeDefined();
      run("ip", "neighbour", "flush", "dev", "source");
      send();
      await expect.poll(() => arps(xdp)).toBeGreaterThan(0n);
      link.close();
      expect(show("sink").xdp).toBeUndefined();
    });

    test.each([
      ["native", 1],
      ["skb", 2],
    ] as const)("mode %s", (mode, shown) => {
      using xdp = Xdp.load();
      using _ = xdp.programs.drop_all.attach("sink", { mode });
      expect(show("sink").xdp?.mode).toBe(shown);
      xdp.close();
      expect(show("sink").xdp).toBeUndefined();
    });

    test("packets in fragments: only with xdp.frags", (context) => {
      needsKernel(context, linux("5.18"));
      run("ip", ..."link add large mtu 9000 type veth peer name larger mtu 9000".split(" "));
      using xdp = Xdp.load();
      using jumbo = Jumbo.load();
      const target = ["larger", { mode: "native" }] as const;
      expect(() => xdp.programs.count_all.attach(...target)).toThrow(/to interface larger: .*ERANGE/);
      jumbo.programs.only.attach(...target).close();
      const data = new Uint8Array(8000);
      expect(jumbo.programs.only.testRun({ data })).toMatchObject({ retval: XDP_PASS, data });
      run("ip", "link", "delete", "large");
    });

    test("one program an interface; what cannot be is an error that says why", () => {
      using xdp = Xdp.load();
      using _ = xdp.programs.count_all.attach("sink");
      expect(() => xdp.programs.drop_all.attach("sink")).toThrow(
        /to interface sink: .*EBUSY[^]*has an XDP program/,
      );
      expect(() => xdp.programs.drop_all.attach("source", { mode: "offload" })).toThrow(BpfError);
      // @ts-expect-error no such mode
      expect(() => xdp.programs.drop_all.attach("sink", { mode: "fast" })).toThrow(
        /mode: "fast" is none of skb, native/,
      );
    });

    test.each([
      "nosuch",
      "",
      "a\0b",
      "much-too-long-for-an-interface",
      0,
      -1,
      1.5,
      999_999,
      Number.NaN,
      null,
      1n,
    ])("interface %o", (name) => {
      using xdp = Xdp.load();
      expect(() => xdp.programs.count_all.attach(name as string | number)).toThrow(ValueError);
    });

    test("is none of the programs that the skeleton attaches by itself", () => {
      using xdp = Xdp.load();
      expect(xdp.attach()).toEqual([]);
    });
  });

  describe("test run", () => {
    test("gives the verdict, and the packet", () => {
      using xdp = Xdp.load();
      const { retval, data } = xdp.programs.count_all.testRun({ data: frame(ETH_P_IP) });
      expect(retval).toBe(XDP_PASS);
      expect(data).toEqual(frame(ETH_P_IP));
      expect(xdp.programs.drop_all.testRun({ data: frame(0) }).retval).toBe(XDP_DROP);
      expect(xdp.bss.dropped).toBe(1n);
    });

    test("gives a packet back that the program made longer", () => {
      using grow = Grow.load();
      const { retval, data } = grow.programs.only.testRun({ data: frame(ETH_P_IP) });
      expect(retval).toBe(XDP_PASS);
      expect(data).toHaveLength(64 + 2000);
      expect(data.slice(0, 64)).toEqual(frame(ETH_P_IP));
    });

    test("repeats, and takes the time", () => {
      using xdp = Xdp.load();
      const { duration } = xdp.programs.count_all.testRun({ data: frame(ETH_P_IP), repeat: 1000 });
      expect(duration).toBeGreaterThan(0);
      expect(xdp.maps.total.get(0).reduce((sum, cpu) => sum + cpu.packets, 0n)).toBe(1000n);
      const [packets, bytes] = (xdp.maps.by_protocol.get(ETH_P_IP) ?? []).reduce(
        ([a, b], cpu) => [a + cpu.packets, b + cpu.bytes],
        [0n, 0n],
      );
      expect([packets, bytes]).toEqual([1000n, 64_000n]);
    });

    test("what it cannot take is an error", () => {
      using xdp = Xdp.load();
      const runOn = (bytes: number) => (): unknown =>
        xdp.programs.count_all.testRun({ data: new Uint8Array(bytes) });
      expect(runOn(2 ** 20)).toThrow(/cannot run program count_all: .*(?:EINVAL|ENOMEM|EMSGSIZE)/);
      // Older kernels take what is shorter than a frame's header.
      if (lacking(linux("6.1")) === undefined)
        expect(runOn(3)).toThrow(/cannot run program count_all: .*EINVAL/);
      expect(() => xdp.programs.count_all.testRun({ data: frame(0), repeat: -1 })).toThrow(ValueError);
      expect(() => xdp.programs.count_all.testRun({ data: frame(0), flags: 2 ** 32 })).toThrow(ValueError);
    });
  });
});
