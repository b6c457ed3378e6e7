/** What the verifier refuses, and whether the message says why and where in the C source. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VerifierError } from "tinybpf";
import { load } from "tinybpf/dynamic";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeKernel } from "./require-kernel.ts";

const HEADER = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
struct value { __u32 count[4]; };
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 8); __type(key, __u32); __type(value, struct value); } values SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } events SEC(".maps");
struct task_struct { int no_such_member; } __attribute__((preserve_access_index));
char LICENSE[] SEC("license") = "GPL";
`;

/** Programs, each with the one line of C that is to blame marked. */
const cases: readonly { readonly fault: string; readonly body: string; readonly says: RegExp }[] = [
  {
    fault: "a pointer that may be NULL",
    body: `SEC("tp/sched/sched_switch") int bad(void *ctx) {
  __u32 key = 0;
  struct value *value = bpf_map_lookup_elem(&values, &key);
  value->count[0]++; // blame
  return 0;
}`,
    says: /invalid mem access 'map_value_or_null'/,
  },
  {
    fault: "a value's end",
    body: `SEC("tp/sched/sched_switch") int bad(void *ctx) {
  __u32 key = 0;
  struct value *value = bpf_map_lookup_elem(&values, &key);
  if (!value) return 0;
  value->count[bpf_get_prandom_u32() & 7] = 1; // blame
  return 0;
}`,
    says: /invalid access to map value, value_size=16/,
  },
  {
    fault: "a loop without an end",
    body: `SEC("tp/sched/sched_switch") int bad(void *ctx) {
  for (;;) bpf_ktime_get_ns(); // blame
  return 0;
}`,
    says: /infinite loop detected|back-edge/,
  },
  {
    fault: "a helper of other programs",
    body: `SEC("socket") int bad(void *ctx) {
  return bpf_redirect(1, 0); // blame
}`,
    says: /cannot use helper bpf_redirect|unknown func bpf_redirect/,
  },
  {
    fault: "a reference that is not released",
    body: `SEC("tp/sched/sched_switch") int bad(void *ctx) {
  __u64 *event = bpf_ringbuf_reserve(&events, 8, 0);
  if (event) *event = 1;
  return 0; // blame
}`,
    says: /Unreleased reference id=\d+/,
  },
  {
    fault: "a member that the kernel does not have",
    body: `SEC("tp_btf/sched_switch") int bad(__u64 *ctx) {
  struct task_struct *task = (void *)ctx[1];
  return task->no_such_member; // blame
}`,
    says: /failed to resolve CO-RE relocation .*struct task_struct\.no_such_member/,
  },
  {
    fault: "too many branches",
    body: `SEC("tp/sched/sched_switch") int bad(void *ctx) {
  __u64 any = bpf_get_prandom_u32();
  asm volatile(".rept 9000\\nif %0 == 7 goto +0\\n.endr" : "+r"(any)); // blame
  return any;
}`,
    says: /The sequence of \d+ jumps is too complex/,
  },
];

describeKernel("the verifier's reasons", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "tinybpf-verifier-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(cases)("$fault", ({ fault, body, says }) => {
    const name = fault.replaceAll(/\W+/g, "_");
    const source = join(folder, `${name}.bpf.c`);
    const object = join(folder, `${name}.bpf.o`);
    const text = `${HEADER}${body}\n`;
    writeFileSync(source, text);
    execFileSync("clang-19", [
      "-O2",
      "-g",
      "-target",
      "bpf",
      `-I/usr/include/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`,
      "-c",
      source,
      "-o",
      object,
    ]);
    let error: unknown;
    try {
      load(object).close();
    } catch (thrown) {
      error = thrown;
    }
    if (!(error instanceof VerifierError)) throw new Error(`the kernel took it, or said: ${String(error)}`);
    expect(error.program).toBe("bad");
    expect(error.message).toMatch(says);
    const line = text.split("\n").findIndex((each) => each.includes("// blame")) + 1;
    expect(error.message).toContain(`@ ${name}.bpf.c:${line}`);
    expect(error.message.split("\n").length).toBeLessThan(15);
    expect(error.log.length).toBeGreaterThan(error.message.length / 2);
  });
});
