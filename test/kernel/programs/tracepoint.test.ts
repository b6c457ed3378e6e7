import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { BpfError } from "tinybpf";
import { beforeAll, describe, expect, test } from "vitest";
import { Exec, type ExecEvent } from "../../golden/exec.skel.ts";
import { enterNamespaces, hideTracefs, mountTracefs } from "../namespaces.ts";
import { describeKernel } from "../require-kernel.ts";

/** Only programs that this process starts are reported. */
const own = {
  rodata: { target_ppid: process.pid, target_pidns: statSync("/proc/self/ns/pid").ino },
};

describeKernel("tracepoint program", () => {
  beforeAll(enterNamespaces);

  describe("without tracefs", () => {
    test("attaching says what is missing and how to get it, and the skeleton stays usable", () => {
      hideTracefs();
      using exec = Exec.load(own);
      const attach = (): unknown => exec.attach();
      expect(attach).toThrow(BpfError);
      expect(attach).toThrow(
        /cannot attach program on_exec to tracepoint\/sched\/sched_process_exec: .*ENOENT/,
      );
      expect(attach).toThrow(/mount -t tracefs tracefs \/sys\/kernel\/tracing/);
      expect(exec.links).toEqual([]);
      expect(exec.bss.hits).toBe(0n);
    });
  });

  describe("with tracefs", () => {
    beforeAll(mountTracefs);

    test("sees the programs that we start, and no others", () => {
      using exec = Exec.load(own);
      const links = exec.attach();
      expect(links.map(({ title }) => title)).toEqual(["on_exec to tracepoint/sched/sched_process_exec"]);
      expect(exec.links).toEqual(links);

      const child = spawnSync("/bin/true");
      const events: ExecEvent[] = [];
      exec.maps.events.consume((event) => void events.push(event));
      expect(events).toHaveLength(1);
      expect(events[0]).toMatchObject({
        pid: child.pid,
        uid: process.getuid?.(),
        comm: "true",
        filename: "/bin/true",
      });
      expect(events[0]?.ts).toBeGreaterThan(0n);
      expect(exec.bss.hits).toBe(1n);
      expect(exec.maps.per_pid.get(child.pid)?.execs).toBe(1n);
      expect([...exec.maps.per_pid.keys()]).toEqual([child.pid]);
    });

    test("attach does not attach twice; a closed link is made anew", () => {
      using exec = Exec.load(own);
      const [link] = exec.attach();
      expect(exec.attach()).toEqual([]);
      link?.close();
      expect(exec.links).toEqual([]);
      spawnSync("/bin/true");
      expect(exec.bss.hits).toBe(0n);
      expect(exec.attach()).toHaveLength(1);
      spawnSync("/bin/true");
      expect(exec.bss.hits).toBe(1n);
    });

    test("attaches to a tracepoint that is named", () => {
      using exec = Exec.load(own);
      using link = exec.programs.on_exec.attach({ category: "sched", name: "sched_process_exec" });
      expect(link.closed).toBe(false);
      spawnSync("/bin/true");
      expect(exec.bss.hits).toBe(1n);
    });

    test("a tracepoint that does not exist is an error that says where to look", () => {
      using exec = Exec.load(own);
      const attach = (): unknown =>
        exec.programs.on_exec.attach({ category: "sched", name: "no_such_thing" });
      expect(attach).toThrow(/cannot attach program on_exec to tracepoint sched\/no_such_thing: .*ENOENT/);
      expect(attach).toThrow(/no such event: see \/sys\/kernel\/tracing\/events/);
    });
  });
});
