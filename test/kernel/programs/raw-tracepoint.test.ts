import { writeFileSync } from "node:fs";
import { BpfError } from "tinybpf";
import { expect, test } from "vitest";
import { RawTp, type RenameEvent } from "../../golden/raw_tp.skel.ts";
import { describeKernel } from "../require-kernel.ts";

/** Gives this thread another name, which the kernel reports. */
const rename = (name: string): void => writeFileSync("/proc/self/comm", name);

describeKernel("raw tracepoint program", () => {
  test("sees our thread's new name", () => {
    using rawTp = RawTp.load({ rodata: { target_tgid: process.pid } });
    rename("before");
    expect(rawTp.attach()).toHaveLength(1);
    rename("after");
    const events: RenameEvent[] = [];
    rawTp.maps.events.consume((event) => void events.push(event));
    expect(events).toEqual([{ tgid: process.pid, tid: process.pid, from: "before", to: "after" }]);
    expect(rawTp.bss.renames).toBe(1n);
  });

  test("attaches to a tracepoint that is named, until its link is detached", () => {
    using rawTp = RawTp.load({ rodata: { target_tgid: process.pid } });
    const link = rawTp.programs.on_rename.attach("task_rename");
    rename("one");
    link.detach();
    rename("two");
    expect(rawTp.bss.renames).toBe(1n);
    expect(link.closed).toBe(true);
  });

  test("a tracepoint that does not exist", () => {
    using rawTp = RawTp.load();
    const attach = (): unknown => rawTp.programs.on_rename.attach("task_renam");
    expect(attach).toThrow(BpfError);
    expect(attach).toThrow(
      /to raw tracepoint task_renam: .*ENOENT[^]*no tracepoint task_renam; did you mean task_rename\?/,
    );
  });

  test("runs without the tracepoint", () => {
    using rawTp = RawTp.load({ rodata: { target_tgid: process.pid } });
    const words = new BigUint64Array(2); // no task, and a name at address 0, which reads as empty
    expect(rawTp.programs.on_rename.testRun({ context: new Uint8Array(words.buffer) })).toEqual({
      retval: 0,
    });
    expect(rawTp.bss.renames).toBe(1n);
  });
});
