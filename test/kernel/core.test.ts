/**
 * CO-RE: objects that were compiled once, and relocated for the kernel that runs here. What must come of it is told by that
 * kernel itself, by /proc and by its BTF, never by its version.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { VerifierError } from "tinybpf";
import { parseObject } from "tinybpf-btf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Core } from "../golden/core.skel.ts";
import { CoreFailure } from "../golden/core_fail.skel.ts";
import { CoreTask, type TaskFacts } from "../golden/core_task.skel.ts";
import { KernelTypes } from "./kernel-types.ts";
import { describeKernel } from "./require-kernel.ts";

const SCHED_RR = 2;
/** include/linux/sched.h: the bits that /proc's letter stands for, and that of a stopped process. */
const TASK_REPORT = 0x7f;
const TASK_STOPPED = 4;

/** What the kernel says of a process, numbered as in proc_pid_stat(5), with `comm` as field 2. */
function statOf(pid: number | "thread-self"): (field: number) => string | undefined {
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  const [, number, comm, rest = ""] = /^(\d+) \((.*)\) (.*)$/s.exec(text) ?? [];
  const fields = [number, comm, ...rest.split(" ")];
  return (field) => fields[field - 1];
}

/** A time as fields of /proc have it: 100 units a second (USER_HZ), of which the kernel drops what is less than one. */
const ticks = (nanoseconds: bigint): string => String(nanoseconds / 10_000_000n);

async function untilStopped(pid: number): Promise<void> {
  for (let waited = 0; statOf(pid)(3) !== "T"; waited += 10) {
    if (waited > 10_000) throw new Error(`process ${pid} does not stop`);
    await sleep(10);
  }
}

describeKernel("CO-RE", () => {
  let kernel: KernelTypes;
  beforeAll(() => {
    kernel = new KernelTypes();
  });

  describe("a process as /proc shows it", () => {
    let stopped: ChildProcess;
    let pid: number;
    let facts: { readonly self: Readonly<TaskFacts>; readonly child: Readonly<TaskFacts> };

    beforeAll(async () => {
      stopped = spawn("chrt", ["--reset-on-fork", "--rr", "7", "sh", "-c", "kill -STOP $$"], {
        stdio: "ignore",
      });
      await once(stopped, "spawn");
      pid = stopped.pid ?? 0;
      await untilStopped(pid);
      using core = CoreTask.load();
      core.bss.child_pid = pid;
      core.programs.read_tasks.testRun();
      facts = { self: core.bss.self, child: core.bss.child };
    });
    afterAll(async () => {
      const ended = once(stopped, "exit");
      stopped.kill("SIGKILL");
      await ended;
    });

    test("the one that runs the program", () => {
      const stat = statOf("thread-self");
      expect(facts.self).toMatchObject({ pid: process.pid, comm: stat(2), state: 0, reset_on_fork: 0 });
      expect(ticks(facts.self.start_time)).toBe(stat(22));
      expect(String(facts.self.policy)).toBe(stat(41));
    });

    test("its child, found in the list of children", () => {
      const stat = statOf(pid);
      expect(facts.child).toMatchObject({ pid, comm: "sh" });
      expect(ticks(facts.child.start_time)).toBe(stat(22));
    });

    test("a member that was renamed: state, or __state since 5.14", () => {
      expect(facts.child.state & TASK_REPORT).toBe(TASK_STOPPED);
    });

    test("bit-fields and what lies behind them", () => {
      expect(facts.child).toMatchObject({ reset_on_fork: 1, policy: SCHED_RR, rt_priority: 7 });
      expect(statOf(pid)(41)).toBe("2");
      expect(statOf(pid)(40)).toBe("7");
    });

    test("members of anonymous structs, and of structs behind pointers", () => {
      const [pages] = readFileSync(`/proc/${pid}/statm`, "latin1").split(" ");
      expect(String(facts.child.total_pages)).toBe(pages);
      expect(readFileSync(`/proc/${pid}/status`, "latin1")).toContain(
        `\nvoluntary_ctxt_switches:\t${facts.child.voluntary_switches}\n`,
      );
    });
  });

  test("what only some kernels have is there when the kernel's BTF says so", () => {
    using core = CoreTask.load();
    core.programs.ask_kernel.testRun();
    const { present } = core.bss;
    expect(present).toEqual({
      state: kernel.offset("task_struct", "state") !== undefined,
      state_renamed: kernel.offset("task_struct", "__state") !== undefined,
      maple_tree: kernel.offset("mm_struct", "mm_mt") !== undefined,
      vma_tree: kernel.offset("mm_struct", "mm_rb") !== undefined,
      dynptr: kernel.has("bpf_dynptr_kern"),
      xdp_type: true,
      netfilter_type: kernel.enumerator("bpf_prog_type", "BPF_PROG_TYPE_NETFILTER") !== undefined,
    });
    expect(present.state).not.toBe(present.state_renamed);
    expect(present.maple_tree).not.toBe(present.vma_tree);
  });

  test("offsets, sizes and values that differ between kernels are this kernel's", () => {
    using core = CoreTask.load();
    core.programs.ask_kernel.testRun();
    expect(core.bss.offsets).toEqual({
      children: kernel.offset("task_struct", "children"),
      sibling: kernel.offset("task_struct", "sibling"),
      comm: kernel.offset("task_struct", "comm"),
      start_boottime: kernel.offset("task_struct", "start_boottime"),
      total_vm: kernel.offset("mm_struct", "total_vm"),
    });
    expect(core.bss.size_task).toBe(kernel.size("task_struct"));
    expect(core.bss.max_attach_type).toBe(kernel.enumerator("bpf_attach_type", "__MAX_BPF_ATTACH_TYPE"));
  });

  test("relocations of each kind", () => {
    using core = Core.load();
    core.programs.relocate.testRun();
    const { bss } = core;
    expect({
      offset_pid: bss.offset_pid,
      size_comm: bss.size_comm,
      exists: [bss.exists_tgid, bss.exists_missing],
      signed_pid: bss.signed_pid,
      type_exists: [bss.type_exists, bss.type_exists_missing],
      type_size: bss.type_size,
      enum_exists: [bss.enum_exists, bss.enum_exists_missing],
      enum_value: bss.enum_value,
    }).toEqual({
      offset_pid: kernel.offset("task_struct", "pid"),
      size_comm: kernel.member("task_struct", "comm")?.size,
      exists: [1, 0],
      signed_pid: 1,
      type_exists: [1, 0],
      type_size: kernel.size("task_struct"),
      enum_exists: [1, 0],
      enum_value: 1n,
    });
    expect(kernel.btf.type(Number(bss.type_id_kernel))).toMatchObject({
      kind: "STRUCT",
      name: "task_struct",
    });
    // The kernel's task_struct has no such member as this object's.
    expect(bss.type_matches).toBe(0);
    const { btf } = parseObject(readFileSync(new URL("../../fixtures/core.bpf.o", import.meta.url)));
    expect(bss.type_id_local).toBe(btf?.find("task_struct___mine", "STRUCT")?.id);
  });

  test("one that fails names the program, the type and the member", () => {
    let error: unknown;
    try {
      CoreFailure.load().close();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(VerifierError);
    expect(error).toMatchObject({ program: "read_missing", code: "EINVAL" });
    expect((error as VerifierError).message).toMatch(
      /^cannot load program read_missing of core_fail\.bpf\.o: .*\n(?: {2}; .*\n)? {2}failed to resolve CO-RE relocation <byte_off> \[\d+\] struct task_struct\.tinybpf_no_such_member .*\nThis kernel has no such type or member: guard its use with bpf_core_field_exists\(\), or give another kernelBtf$/,
    );
  });
});
