import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { TpBtf } from "../../golden/tp_btf.skel.ts";
import { describeKernel } from "../require-kernel.ts";

describeKernel("BTF tracepoint program", () => {
  test("sees our thread's new names", () => {
    using tpBtf = TpBtf.load({ rodata: { target_tgid: process.pid } });
    writeFileSync("/proc/self/comm", "first");
    using link = tpBtf.programs.on_rename.attach();
    expect(link.title).toBe("on_rename to tp_btf/task_rename");
    writeFileSync("/proc/self/comm", "second");
    writeFileSync("/proc/self/comm", "third");
    expect([...tpBtf.maps.by_tid]).toEqual([[process.pid, { count: 2, before: "second" }]]);
    link.close();
    writeFileSync("/proc/self/comm", "fourth");
    expect(tpBtf.maps.by_tid.get(process.pid)?.count).toBe(2);
  });

  test("attaches with the skeleton", () => {
    using tpBtf = TpBtf.load({ rodata: { target_tgid: process.pid } });
    expect(tpBtf.attach()).toHaveLength(1);
    writeFileSync("/proc/self/comm", "name");
    expect(tpBtf.maps.by_tid.get(process.pid)?.count).toBe(1);
  });
});
