import { readFileSync } from "node:fs";
import { release } from "node:os";
import { describe, expect, test } from "vitest";
import { missingFromKernel, olderThan } from "../../src/runtime/kernel-facts.ts";
import { missingFunction, missingTarget } from "../../src/runtime/kernel-names.ts";
import { nearNames } from "../../src/runtime/near-names.ts";

describe("what the kernel lacks", () => {
  test("a version", () => {
    expect(olderThan("2.6")).toBe(false);
    expect(olderThan("99.0")).toBe(true);
    const own = release().split(".").slice(0, 2).join(".");
    expect(olderThan(own)).toBe(false);
    expect(missingFromKernel("A frob link", [], "99.1")).toBe(
      `A frob link needs Linux 99.1; this is ${release()}`,
    );
    expect(missingFromKernel("A frob link", [], "2.6")).toBeUndefined();
  });

  test("an option it was built without, where it tells", () => {
    const missing = missingFromKernel("A frob link", ["CONFIG_BPF", "CONFIG_FROBNICATION"]);
    // A kernel that does not tell its configuration lacks nothing for all we know.
    expect([
      undefined,
      "A frob link needs CONFIG_FROBNICATION, which this kernel is built without",
    ]).toContain(missing);
    expect(missingFromKernel("A map", ["CONFIG_BPF"])).toBeUndefined();
  });

  test("a tracepoint", () => {
    if (!readFileSync("/proc/kallsyms", "latin1").includes(" __traceiter_task_rename\n")) return;
    for (const section of ["raw_tp", "?tp_btf/x", "raw_tracepoint/x", "raw_tp.w/x"]) {
      expect(missingTarget(section, "task_rename")).toBeUndefined();
      expect(missingTarget(section, "task_renam")).toBe(
        "This kernel has no tracepoint task_renam; did you mean task_rename?",
      );
    }
  });

  test("a function", () => {
    if (readFileSync("/proc/kallsyms", "latin1") === "") return;
    expect(missingFunction("do_sys_openat2")).toBeUndefined();
    expect(missingFunction("do_sys_opnat2")).toBe(
      "This kernel has no function do_sys_opnat2; did you mean do_sys_openat2?",
    );
    expect(missingFunction("frobnicate_the_gizmo")).toBe("This kernel has no function frobnicate_the_gizmo");
    expect(missingTarget("fentry/x", "do_sys_opnat2")).toMatch(/no function do_sys_opnat2; did you mean /);
    expect(missingTarget("iter/x", "tsk")).toBeUndefined();
  });
});

test.each([
  ["malloc", ["maloc", "free", "mallocx"], ["mallocx", "maloc"]],
  ["unlink", ["do_unlinkat", "vfs_unlink", "x"], ["vfs_unlink", "do_unlinkat"]],
  ["aa", ["zz"], ["zz"]],
  ["ab", ["xyz", "abcde"], []],
  ["tick", ["tick1", "tick2", "tick3", "tick4"], ["tick1", "tick2", "tick3"]],
])("names near %s among %o", (name, names, near) => {
  expect(nearNames(name, names)).toEqual(near);
});
