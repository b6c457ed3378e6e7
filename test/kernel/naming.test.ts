/** A skeleton of `--naming camel` in the kernel: everything is found by its name in C. */
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { SkeletonError } from "tinybpf";
import { beforeAll, expect, test } from "vitest";
import { Exec, type ExecConfig, type ExecEvent } from "../golden/exec.camel.skel.ts";
import { enterNamespaces, mountTracefs } from "./namespaces.ts";
import { describeKernel } from "./require-kernel.ts";

/** Only programs that this process starts are reported. */
const own: ExecConfig = {
  rodata: { targetPpid: process.pid, targetPidns: statSync("/proc/self/ns/pid").ino },
};

describeKernel("names in camelCase", () => {
  beforeAll(() => {
    enterNamespaces();
    mountTracefs();
  });

  test("maps, programs, globals and events", () => {
    using exec = Exec.load({
      ...own,
      maps: { perPid: { maxEntries: 1 } },
      programs: { onExec: { logLevel: 1 } },
    });
    expect(exec.maps.perPid.maxEntries).toBe(1);
    expect(exec.programs.onExec.log).toContain("processed");
    expect(exec.rodata.targetPpid).toBe(process.pid);
    exec.attach();
    const child = spawnSync("/bin/true");
    const events: ExecEvent[] = [];
    exec.maps.events.consume((event) => void events.push(event));
    expect(events).toMatchObject([{ pid: child.pid, filename: "/bin/true" }]);
    expect(exec.bss.hits).toBe(1n);
    expect(exec.maps.perPid.get(child.pid)).toEqual({ execs: 1n, lastTs: events[0]?.ts });
    exec.maps.perPid.delete(child.pid);
    exec.maps.perPid.set(1, { execs: 2, lastTs: 3 });
    expect([...exec.maps.perPid]).toEqual([[1, { execs: 2n, lastTs: 3n }]]);
    // The kernel's names stay what bpftool shows; what to write is said in the user's.
    expect([exec.maps.perPid.name, exec.programs.onExec.name]).toEqual(["per_pid", "on_exec"]);
    expect(() => exec.maps.perPid.set(2, { execs: 2, lastTs: 3 })).toThrow(
      /cannot set a key in map per_pid: [^]*load\(\) { maps: { perPid: { maxEntries/,
    );
    expect(() => exec.maps.perPid.set(1, { execs: 2, lastTs: -3 })).toThrow(
      /^value\.lastTs: -3 is out of range/,
    );
  });

  test("step by step", () => {
    using open = Exec.open();
    open.maps.perPid.maxEntries = 7;
    open.programs.onExec.autoload = false;
    open.rodata.targetPpid = 5;
    expect([open.maps.perPid.name, open.programs.onExec.name]).toEqual(["per_pid", "on_exec"]);
    using exec = open.load();
    expect(exec.maps.perPid.maxEntries).toBe(7);
    expect(exec.programs.onExec.loaded).toBe(false);
    expect(exec.rodata.targetPpid).toBe(5);
    expect(() => exec.programs.onExec.fd).toThrow(/load\(\) { programs: { onExec: { autoload: true/);
  });

  test("errors of a configuration are in the user's names", () => {
    // @ts-expect-error that is its name in C
    expect(() => Exec.load({ maps: { per_pid: {} } })).toThrow(
      /no map per_pid in exec.bpf.o; did you mean perPid\?/,
    );
    // @ts-expect-error that is its name in C
    expect(() => Exec.load({ programs: { on_exec: {} } })).toThrow(SkeletonError);
    // @ts-expect-error that is its name in C
    expect(() => Exec.load({ rodata: { target_ppid: 1 } })).toThrow(/no variable target_ppid/);
    expect(() => Exec.load({ rodata: { targetPpid: -1 } })).toThrow(
      /^rodata\.targetPpid: -1 is out of range/,
    );
    expect(() => Exec.load({ maps: { perPid: { maxEntries: -1 } } })).toThrow(
      /^maps\.perPid\.maxEntries: -1/,
    );
  });
});
