import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BpfError } from "tinybpf";
import { afterAll, beforeAll, expect, test } from "vitest";
import { command, needs } from "../btf-parser/needs.ts";
import { Core } from "../golden/core.skel.ts";
import { describeKernel } from "./require-kernel.ts";

/** The types of a kernel that does not exist: `pid` is at byte 64. */
const source = `
struct task_struct { char pad[64]; int pid; int tgid; char comm[48]; struct task_struct *group_leader; unsigned sched_reset_on_fork : 1; };
struct task_struct anchor;
enum bpf_map_type { BPF_MAP_TYPE_HASH = 1 } kind;
`;

describeKernel("kernelBtf", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "tinybpf-btf-"));
    writeFileSync(join(folder, "text"), "no BTF".repeat(100));
    writeFileSync(join(folder, "empty"), "");
    writeFileSync(join(folder, "cut"), readFileSync("/sys/kernel/btf/vmlinux").subarray(0, 100_000));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("is what relocations are made from", (context) => {
    using own = Core.load({ kernelBtf: "/sys/kernel/btf/vmlinux" });
    own.programs.relocate.testRun();
    expect(own.bss.size_comm).toBe(16);

    needs(context, command("clang-19"));
    const [c, object] = [join(folder, "kernel.c"), join(folder, "kernel.o")];
    writeFileSync(c, source);
    execFileSync("clang-19", ["-g", "-target", "bpf", "-c", "-o", object, c]);
    using other = Core.load({ kernelBtf: object });
    other.programs.relocate.testRun();
    expect(other.bss.offset_pid).toBe(64);
    expect(other.bss.size_comm).toBe(48);
  });

  test.each(["none", "text", "empty", "cut", "."])("a file that has none: %s", (name) => {
    const path = join(folder, name);
    const load = (): unknown => Core.load({ kernelBtf: path });
    expect(load).toThrow(BpfError);
    expect(load).toThrow(
      `kernelBtf must be a file with the kernel's BTF, raw or in an ELF file: ${path} is none`,
    );
    expect(load).toThrow("target BTF");
  });
});
