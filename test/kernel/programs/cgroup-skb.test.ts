import { spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ValueError } from "tinybpf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CgroupSkb } from "../../golden/cgroup_skb.skel.ts";
import { enterNamespaces, mountCgroups, run } from "../namespaces.ts";
import { describeKernel } from "../require-kernel.ts";

const INGRESS = 0;
const EGRESS = 1;

describeKernel("cgroup_skb program", () => {
  describe("on a cgroup", () => {
    let cgroup: string;
    beforeAll(() => {
      enterNamespaces();
      cgroup = join(mountCgroups(), `tinybpf-${process.pid}`);
      mkdirSync(cgroup);
    });
    afterAll(() => rmdirSync(cgroup));

    /** A process in the cgroup sends one packet; whether it could. */
    function send(): boolean {
      const script = `echo $$ > ${cgroup}/cgroup.procs && echo x > /dev/udp/127.0.0.1/9`;
      try {
        run("bash", "-c", `${script} 2> /dev/null`);
        return true;
      } catch {
        return false;
      }
    }

    test.each(["path", "descriptor"])("given by its %s, it sees and stops what its processes send", (how) => {
      using skb = CgroupSkb.load();
      const fd = openSync(cgroup, "r");
      using link = skb.programs.egress.attach(how === "path" ? cgroup : fd);
      closeSync(fd);
      expect(link.title).toMatch(/^egress to cgroup /);
      expect(send()).toBe(true);
      expect(skb.maps.traffic.get(EGRESS).packets).toBe(1n);

      skb.bss.refuse_egress = 1;
      expect(send()).toBe(false);
      expect(skb.maps.traffic.get(EGRESS).packets).toBe(2n);

      link.close();
      expect(send()).toBe(true);
      expect(skb.maps.traffic.get(EGRESS).packets).toBe(2n);
      expect(skb.maps.traffic.get(INGRESS).packets).toBe(0n);
    });

    test("is none of the programs that the skeleton attaches by itself", () => {
      using skb = CgroupSkb.load();
      expect(skb.attach()).toEqual([]);
    });
  });

  test("what is no cgroup", () => {
    using skb = CgroupSkb.load();
    expect(() => skb.programs.egress.attach("/tmp")).toThrow(/to cgroup \/tmp: .*EBADF[^]*cgroup v2/);
    expect(() => skb.programs.egress.attach(-1)).toThrow(/to cgroup descriptor -1: .*EBADF/);
    expect(() => skb.programs.egress.attach("/no/such/folder")).toThrow(/ENOENT/);
    for (const wrong of [5n, null, "a\0b", Number.NaN] as (number | string)[])
      expect(() => skb.programs.egress.attach(wrong), String(wrong)).toThrow(ValueError);
  });

  test("a named pipe is refused, not waited for", () => {
    const folder = mkdtempSync(join(tmpdir(), "tinybpf-fifo-"));
    const path = join(folder, "fifo");
    run("mkfifo", path);
    // Where it is waited for, this writer lets it go on.
    const writer = spawn("sh", ["-c", `sleep 5; : > ${path}`], { stdio: "ignore" });
    try {
      using skb = CgroupSkb.load();
      expect(() => skb.programs.egress.attach(path)).toThrow(/open cgroup .*ENOTDIR[^]*cgroup v2/);
    } finally {
      writer.kill();
      rmSync(folder, { recursive: true });
    }
  });

  test("test run", () => {
    using skb = CgroupSkb.load();
    const data = new Uint8Array(64);
    new DataView(data.buffer).setUint16(12, 0x0800);
    expect(skb.programs.ingress.testRun({ data }).retval).toBe(1);
    expect(skb.programs.egress.testRun({ data }).retval).toBe(1);
    skb.bss.refuse_egress = 1;
    expect(skb.programs.egress.testRun({ data }).retval).toBe(0);
    expect(skb.maps.traffic.get(EGRESS).packets).toBe(2n);
  });
});
