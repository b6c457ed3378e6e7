import { describe, expect, test } from "vitest";
import { decisiveLines, rejectedProgram, verifierLogs } from "../../src/runtime/verifier-log.ts";

/** What libbpf prints when a program is rejected, and one before it was loaded with a log level. */
const printed = `prog 'fine': -- BEGIN PROG LOAD LOG --
processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
-- END PROG LOAD LOG --
prog 'bad': BPF program load failed: Permission denied
prog 'bad': -- BEGIN PROG LOAD LOG --
0: R1=ctx() R10=fp0
; __u8 *data = (void *)(long)ctx->data; @ x.bpf.c:15
0: (61) r1 = *(u32 *)(r1 +0)          ; R1_w=pkt(r=0)
; return data[0]; @ x.bpf.c:17
1: (71) r1 = *(u8 *)(r1 +0)
invalid access to packet, off=0 size=1, R1(id=0,off=0,r=0)
R1 offset is outside of the packet
processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
-- END PROG LOAD LOG --
prog 'bad': failed to load: -13
failed to load object 'x'
`;

describe("what libbpf prints", () => {
  test("has a log for each program, without its frame", () => {
    const logs = verifierLogs(printed);
    expect([...logs.keys()]).toEqual(["fine", "bad"]);
    expect(logs.get("fine")).toMatch(/^processed 2 insns .* mark_read 0\n$/);
    expect(logs.get("bad")).toMatch(/^0: R1=ctx\(\) R10=fp0\n[^]*mark_read 0\n$/);
  });

  test("names the program that failed", () => {
    expect(rejectedProgram(printed)).toBe("bad");
    expect(rejectedProgram("prog 'x': failed to load: -22\n")).toBe("x");
    expect(rejectedProgram("map 'm': failed to create: Operation not permitted(-1)\n")).toBeUndefined();
  });

  test("may be cut off, or have no log", () => {
    expect(verifierLogs("prog 'x': -- BEGIN PROG LOAD LOG --\nhalf a l").get("x")).toBe("half a l");
    expect(verifierLogs("").size).toBe(0);
    expect(verifierLogs("-- BEGIN PROG LOAD LOG --\nnobody's\n-- END PROG LOAD LOG --\n").size).toBe(0);
  });

  test("of a second try counts the second log", () => {
    const twice = printed.replace("R1 offset is outside of the packet", "cut") + printed;
    expect(verifierLogs(twice).get("bad")).toContain("R1 offset is outside of the packet");
  });
});

describe("the decisive lines", () => {
  test("begin at the last line of C", () => {
    expect(decisiveLines(verifierLogs(printed).get("bad") ?? "")).toEqual([
      "; return data[0]; @ x.bpf.c:17",
      "1: (71) r1 = *(u8 *)(r1 +0)",
      "invalid access to packet, off=0 size=1, R1(id=0,off=0,r=0)",
      "R1 offset is outside of the packet",
    ]);
  });

  test("of a failed relocation are the relocation and its line of C", () => {
    const log = `; return BPF_CORE_READ(task, x); @ x.bpf.c:15
2: <invalid CO-RE relocation>
failed to resolve CO-RE relocation <byte_off> [5] struct task_struct.x (0:0 @ offset 0)
processed 3 insns`;
    expect(decisiveLines(log)).toEqual([
      "; return BPF_CORE_READ(task, x); @ x.bpf.c:15",
      "failed to resolve CO-RE relocation <byte_off> [5] struct task_struct.x (0:0 @ offset 0)",
    ]);
  });

  test("are few, whatever the log", () => {
    expect(decisiveLines("")).toEqual([]);
    const long = `; source @ x.c:1\n${Array.from({ length: 100 }, (_, i) => `${i}: insn`).join("\n")}\nreason`;
    const lines = decisiveLines(long);
    expect(lines[0]).toBe("; source @ x.c:1");
    expect(lines.at(-1)).toBe("reason");
    expect(lines.length).toBeLessThanOrEqual(8);
    expect(decisiveLines("a line\n".repeat(100)).length).toBeLessThanOrEqual(8);
  });
});
