import { ValueError } from "tinybpf";
import { beforeAll, describe, expect, test } from "vitest";
import { Tc } from "../../golden/tc.skel.ts";
import { countDescriptors } from "../descriptors.ts";
import { enterNamespaces, run } from "../namespaces.ts";
import { describeKernel } from "../require-kernel.ts";
import { lacking, linux, needsKernel } from "../this-kernel.ts";

const TC_ACT_SHOT = 2;

/** Sends one packet out of `source`, so into `sink`. */
function send(): void {
  run("bash", "-c", "echo > /dev/udp/10.1.1.2/9");
}

/** What `tc` shows of the interface that receives. */
const qdiscs = (): string => run("tc", "qdisc", "show", "dev", "sink");

describeKernel("tc program", () => {
  beforeAll(() => {
    enterNamespaces();
    run("ip", "link", "add", "source", "type", "veth", "peer", "name", "sink");
    run("ip", "address", "add", "10.1.1.1/24", "dev", "source");
    for (const name of ["source", "sink"]) run("ip", "link", "set", name, "addrgenmode", "none", "up");
    // No packet but ours: no neighbour discovery, no question who has the address, asked again a second later.
    const neighbour = ["10.1.1.2", "lladdr", "02:00:00:00:00:02", "dev", "source", "nud", "permanent"];
    run("ip", "neighbour", "replace", ...neighbour);
  });

  describe("through a tcx link", () => {
    test.for([
      ["sink", "ingress"],
      ["source", "egress"],
    ] as const)("on %s sees %s, until it is closed", async ([name, direction], context) => {
      needsKernel(context, linux("6.6"));
      using tc = Tc.load();
      using link = tc.programs.first.attach(name, { direction });
      expect(link.title).toBe(`first to ${direction} of interface ${name}`);
      expect(link.info).toMatchObject({ type: "tcx", attachType: `tcx_${direction}` });
      send();
      await expect.poll(() => tc.bss.first_packets).toBeGreaterThan(0n);
      link.close();
      const before = tc.bss.first_packets;
      send();
      expect(tc.bss.first_packets).toBe(before);
    });

    test("runs before the others, or after them", async (context) => {
      needsKernel(context, linux("6.6"));
      using tc = Tc.load();
      using _second = tc.programs.second.attach("source", { direction: "egress" });
      const first = tc.programs.first.attach("source", { direction: "egress", before: "all" });
      send();
      await expect.poll(() => tc.bss.order).toBe(1n);
      first.close();
      using _after = tc.programs.first.attach("source", { direction: "egress", after: "all" });
      send();
      await expect.poll(() => tc.bss.order).toBe(2n);
    });

    test("an updated link runs the other program", (context) => {
      needsKernel(context, linux("6.6"));
      using tc = Tc.load();
      using link = tc.programs.first.attach("source", { direction: "egress" });
      const { id, programId } = link.info;
      expect(programId).toBe(tc.programs.first.info.id);
      link.update(tc.programs.second);
      expect(link.info).toMatchObject({ id, programId: tc.programs.second.info.id });
      send();
      expect(tc.bss.second_packets).toBeGreaterThan(0n);
      expect(() => link.update(tc.programs.drop, tc.programs.first)).toThrow(
        /cannot update link first to egress.*EPERM[^]*Another program/,
      );
      link.update(tc.programs.drop, tc.programs.second);
    });

    test("older kernels are told of, and of the way that they have", () => {
      if (lacking(linux("6.6")) === undefined) return;
      using tc = Tc.load();
      expect(() => tc.programs.first.attach("sink", { direction: "ingress" })).toThrow(
        /A tcx link needs Linux 6\.6; this is .*: use attachClassic/,
      );
    });

    test("what is wrong is named", (context) => {
      needsKernel(context, linux("6.6"));
      using tc = Tc.load();
      const { first } = tc.programs;
      expect(() => first.attach("sink")).toThrow(/^direction: is missing: the section tc does not say/);
      expect(() => first.attach("nosuch", { direction: "ingress" })).toThrow(
        /there is no interface "nosuch"/,
      );
      // @ts-expect-error no such direction
      expect(() => first.attach("sink", { direction: "in" })).toThrow(ValueError);
      expect(() => first.attach("sink", { direction: "ingress", before: "all", after: "all" })).toThrow(
        /^after: cannot be given together with before/,
      );
      using _link = first.attach("sink", { direction: "ingress" });
      expect(() => first.attach("sink", { direction: "ingress" })).toThrow(
        /EEXIST[^]*attached there already/,
      );
      expect(() => first.testRun({ data: new Uint8Array(3) })).toThrow(
        /EINVAL[^]*at least 14 bytes.*It is 3$/,
      );
    });
  });

  describe("as a classic filter", () => {
    test("sees packets; the qdisc that was made for it goes with it", async () => {
      using tc = Tc.load();
      expect(qdiscs()).not.toContain("clsact");
      using link = tc.programs.first.attachClassic("sink", { direction: "ingress" });
      expect(qdiscs()).toContain("clsact");
      send();
      await expect.poll(() => tc.bss.first_packets).toBeGreaterThan(0n);
      const descriptors = countDescriptors();
      link.close();
      expect(countDescriptors()).toBe(descriptors);
      expect(qdiscs()).not.toContain("clsact");
    });

    test("leaves a qdisc that others use; its own goes with the last link, in whatever order they are closed", () => {
      using tc = Tc.load();
      const first = tc.programs.first.attachClassic("sink", { direction: "ingress" });
      const second = tc.programs.second.attachClassic("sink", { direction: "egress" });
      first.close();
      expect(qdiscs()).toContain("clsact");
      expect(run("tc", "filter", "show", "dev", "sink", "egress")).toContain("second");
      second.close();
      expect(qdiscs()).not.toContain("clsact");

      const ours = tc.programs.first.attachClassic("sink", { direction: "ingress" });
      run("tc", "filter", "add", "dev", "sink", "egress", "bpf", "bytecode", "1,6 0 0 0");
      ours.close();
      expect(qdiscs()).toContain("clsact");
      tc.programs.first.attachClassic("sink", { direction: "ingress" }).close();
      expect(qdiscs()).toContain("clsact");
      run("tc", "qdisc", "del", "dev", "sink", "clsact");

      run("tc", "qdisc", "add", "dev", "sink", "clsact");
      tc.programs.first.attachClassic("sink", { direction: "ingress" }).close();
      expect(qdiscs()).toContain("clsact");
      run("tc", "qdisc", "del", "dev", "sink", "clsact");
    });

    test("has a priority and handle, and may be replaced; it is no link of the kernel's", () => {
      using tc = Tc.load();
      const at = { direction: "egress", priority: 7, handle: 3 } as const;
      const link = tc.programs.first.attachClassic("sink", at);
      expect(run("tc", "filter", "show", "dev", "sink", "egress")).toMatch(/pref 7 bpf.*handle 0x3/);
      expect(() => tc.programs.second.attachClassic("sink", at)).toThrow(/EEXIST[^]*replace: true/);
      tc.programs.second.attachClassic("sink", { ...at, replace: true });
      expect(run("tc", "filter", "show", "dev", "sink", "egress")).toContain("second");
      expect(() => link.fd).toThrow(/is no single link/);
      expect(() => link.pin("/sys/fs/bpf/no")).toThrow(/EOPNOTSUPP/);
      expect(() => link.update(tc.programs.second)).toThrow(/EOPNOTSUPP/);
      tc.close();
      expect(qdiscs()).not.toContain("clsact");
    });

    test("what is wrong is named", () => {
      using tc = Tc.load();
      expect(() =>
        tc.programs.first.attachClassic("sink", { direction: "ingress", priority: 70_000 }),
      ).toThrow(ValueError);
      expect(() => tc.programs.first.attachClassic("sink")).toThrow(/^direction/);
      expect(qdiscs()).not.toContain("clsact");
    });
  });

  test("test run", () => {
    using tc = Tc.load();
    expect(tc.programs.drop.testRun({ data: new Uint8Array(64) }).retval).toBe(TC_ACT_SHOT);
    const grown = tc.programs.grow.testRun({ data: new Uint8Array(64).fill(7) });
    expect(grown.retval).toBe(0);
    expect(grown.data).toHaveLength(12_000);
    expect(grown.data.slice(62, 66)).toEqual(new Uint8Array([7, 7, 0, 0]));
  });
});
