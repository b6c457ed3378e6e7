/** The running kernel's own BTF. */
import { statSync } from "node:fs";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type Btf,
  BtfParseError,
  formatDefinition,
  formatType,
  layoutOf,
  loadKernelBtf,
  sizeOf,
} from "tinybpf-btf";
import { disagreements, dumpTypes } from "./bpftool.ts";
import { command, KERNEL_BTF, needs } from "./needs.ts";

const PATH = "/sys/kernel/btf/vmlinux";
test("a file that is not there is an error with its cause", () => {
  try {
    loadKernelBtf("/nonexistent/vmlinux");
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(BtfParseError);
    expect(error).toMatchObject({ cause: { code: "ENOENT" } });
  }
});

describe("the kernel's BTF", () => {
  let kernel: Btf;

  beforeAll(() => {
    if (KERNEL_BTF() === undefined) kernel = loadKernelBtf();
  });

  beforeEach((context) => needs(context, KERNEL_BTF));

  test("answers lookups by name", () => {
    const task = kernel.find("task_struct", "STRUCT");
    expect(task?.kind).toBe("STRUCT");
    const { fields, size } = layoutOf(kernel, task?.id ?? 0);
    expect(fields.find((field) => field.name === "comm")).toMatchObject({ size: 16, bitSize: 0 });
    expect(size).toBeGreaterThan(1000);
    expect(sizeOf(kernel, kernel.find("list_head", "STRUCT")?.id ?? 0)).toBe(16);
    expect(kernel.find("no such type in any kernel")).toBeUndefined();
  });

  test("finds every named type under its name, lowest id first", () => {
    const lowest = new Map<string, number>();
    for (const { id, kind, name } of kernel.types()) {
      const key = `${kind} ${name}`;
      if (name !== "" && !lowest.has(key)) lowest.set(key, id);
    }
    const wrong: string[] = [];
    for (const [key, id] of lowest) {
      const type = kernel.type(id);
      if (kernel.find(type.name, type.kind)?.id !== id) wrong.push(key);
    }
    expect(lowest.size).toBeGreaterThan(10_000);
    expect(wrong).toEqual([]);
  });

  test("every type formats, and every struct has a layout inside itself", () => {
    let definitions = 0;
    let fields = 0;
    for (const { id, kind } of kernel.types()) {
      expect(formatType(kernel, id).length).toBeGreaterThan(0);
      definitions += formatDefinition(kernel, id, { offsets: true }).length > 0 ? 1 : 0;
      if (kind === "STRUCT" || kind === "UNION") fields += layoutOf(kernel, id).fields.length;
    }
    expect(definitions).toBe(kernel.typeCount - 1);
    expect(fields).toBeGreaterThan(10_000);
  });

  test("type by type as bpftool reads it", (context) => {
    needs(context, command("bpftool"));
    const dumped = dumpTypes(PATH);
    expect(dumped.length).toBe(kernel.typeCount - 1);
    expect(disagreements(kernel.types(), dumped)).toEqual([]);
  });

  test("keeps less in memory than a few times the file", () => {
    const before = process.memoryUsage().arrayBuffers;
    const kept = loadKernelBtf();
    kept.find("task_struct");
    const after = process.memoryUsage().arrayBuffers;
    expect(after - before).toBeLessThan(5 * statSync(PATH).size);
    expect(kept.typeCount).toBe(kernel.typeCount);
  });
});
