/** Sections that few objects have: struct_ops of all kinds, externs, licenses, and no BTF at all. */
import { describe, expect, test } from "vitest";
import { needs } from "../../btf-parser/needs.ts";
import { BPFTOOL, CLANG, Workshop } from "./clang.ts";
import { LIBBPF, expectAsBpftool, expectOpens, generated } from "./skeleton.ts";

const LICENSE = 'char LICENSE[] SEC("license") = "GPL";';
const PROGRAM = 'SEC("socket") int program(struct __sk_buff *skb)';

test("struct_ops, with a link, and optional ones", async (context) => {
  needs(context, CLANG);
  using workshop = new Workshop();
  const path = workshop.compile(
    "ops.bpf.o",
    `
struct tcp_congestion_ops { void (*init)(void *); unsigned int flags; char name[16]; };
SEC("struct_ops/init") void on_init(unsigned long long *ctx) {}
SEC("?struct_ops/init") void on_init_maybe(unsigned long long *ctx) {}
SEC("struct_ops.s/init") void on_init_sleepable(unsigned long long *ctx) {}
SEC(".struct_ops") struct tcp_congestion_ops plain = { .init = (void *)on_init, .name = "plain" };
SEC(".struct_ops.link") struct tcp_congestion_ops linked = { .init = (void *)on_init_sleepable };
SEC("?.struct_ops") struct tcp_congestion_ops maybe = { .init = (void *)on_init_maybe };
SEC("?.struct_ops.link") struct tcp_congestion_ops maybe_linked = { .init = (void *)on_init_maybe };
${LICENSE}`,
  );
  const { object, text } = await generated(path);
  expect(object.structOps.map(({ name, section, link }) => [name, section, link])).toEqual([
    ["plain", ".struct_ops", false],
    ["linked", ".struct_ops.link", true],
    ["maybe", "?.struct_ops", false],
    ["maybe_linked", "?.struct_ops.link", true],
  ]);
  expect(object.structOps[0]?.programs).toEqual([{ member: "init", program: "on_init" }]);
  for (const { name, section } of object.structOps) {
    expect(text).toContain(
      `/** \`BPF_MAP_TYPE_STRUCT_OPS\`, \`SEC("${section}")\` */\n    readonly ${name}: StructOpsMap;`,
    );
    expect(text).toContain(`${name}: structOps(4, 32),`);
  }
  expect(object.programs.map(({ name, autoload }) => [name, autoload])).toEqual([
    ["on_init", true],
    ["on_init_maybe", false],
    ["on_init_sleepable", true],
  ]);
});

test("kernel options and kernel symbols, typed and weak", async (context) => {
  needs(context, CLANG, BPFTOOL, LIBBPF);
  using workshop = new Workshop();
  const path = workshop.compile(
    "externs.bpf.o",
    `
extern int LINUX_KERNEL_VERSION __kconfig;
extern _Bool CONFIG_BPF __kconfig __weak;
extern enum libbpf_tristate CONFIG_MODULES __kconfig __weak;
extern char CONFIG_DEFAULT_HOSTNAME[16] __kconfig __weak;
extern const void untyped __ksym __weak;
extern const int typed __ksym __weak;
extern const struct rq rq_of_cpu __ksym __weak;
extern int function(int) __ksym __weak;
${PROGRAM} {
  return LINUX_KERNEL_VERSION + CONFIG_BPF + CONFIG_MODULES + CONFIG_DEFAULT_HOSTNAME[0] + (&untyped != 0) +
         (&typed ? typed : 0) + (&rq_of_cpu != 0) + (function ? function(1) : 0);
}
${LICENSE}`,
  );
  const skeleton = await generated(path);
  const { object } = skeleton;
  expectAsBpftool(path, object);
  expectOpens(skeleton);
  const externs = object.externs.map(
    ({ section, name, is, weak }) => `${section} ${is} ${name}${weak ? " weak" : ""}`,
  );
  expect(externs.toSorted()).toEqual([
    ".kconfig var CONFIG_BPF weak",
    ".kconfig var CONFIG_DEFAULT_HOSTNAME weak",
    ".kconfig var CONFIG_MODULES weak",
    ".kconfig var LINUX_KERNEL_VERSION",
    ".ksyms func function weak",
    ".ksyms var rq_of_cpu weak",
    ".ksyms var typed weak",
    ".ksyms var untyped weak",
  ]);
});

describe("licenses", () => {
  test.for([
    [
      "two symbols",
      'char FIRST[] SEC("license") = "GPL"; char SECOND[] SEC("license") = "Dual MIT/GPL";',
      "GPL",
    ],
    ["more than one string", String.raw`char LICENSE[] SEC("license") = "GPL\0and more";`, "GPL"],
    ["no NUL", 'char LICENSE[3] SEC("license") = "GPL";', "GPL"],
    ["an empty text", 'char LICENSE[] SEC("license") = "";', ""],
    ["text of its own", 'char LICENSE[] SEC("license") = "mine `*/ alone";', "mine `*/ alone"],
    ["none", "", undefined],
  ] as const)("%s", async ([, source, license], context) => {
    needs(context, CLANG, BPFTOOL, LIBBPF);
    using workshop = new Workshop();
    const path = workshop.compile("license.bpf.o", `${PROGRAM} { return 0; } ${source}`);
    const skeleton = await generated(path);
    expect(skeleton.object.license).toBe(license);
    expect(skeleton.text.includes("License:")).toBe(license !== undefined);
    expectAsBpftool(path, skeleton.object);
    expectOpens(skeleton);
  });
});

test("enums that are declared only, or empty in BTF", async (context) => {
  needs(context, CLANG, BPFTOOL, LIBBPF);
  using workshop = new Workshop();
  const path = workshop.compile(
    "enums.bpf.o",
    `
enum nowhere;
struct holder { enum nowhere *pointer; enum here { HERE } here; };
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 1); __type(key, __u32); __type(value, struct holder); } holders SEC(".maps");
enum nowhere *global;
${PROGRAM} { return global != 0; }
${LICENSE}`,
  );
  const skeleton = await generated(path);
  expectAsBpftool(path, skeleton.object);
  expectOpens(skeleton);
  expect(skeleton.text).toContain("export interface Holder {\n  pointer: bigint;\n  here: Here;\n}");
  expect(skeleton.text).toContain("get global(): bigint {");
  expect(skeleton.text).not.toContain("Nowhere");
});

test("an object without BTF has programs only", async (context) => {
  needs(context, CLANG, BPFTOOL, LIBBPF);
  using workshop = new Workshop();
  const path = workshop.compile(
    "plain.bpf.o",
    `__u32 global = 1; ${PROGRAM} { return global; } ${LICENSE}`,
    [],
  );
  const skeleton = await generated(path);
  expectAsBpftool(path, skeleton.object);
  expectOpens(skeleton);
  expect(skeleton.text).toContain("readonly maps: {};");
  expect(skeleton.text).toContain("readonly program: SocketFilterProgram;");
  expect(Object.keys(skeleton.module)).toEqual(["Wild"]);
});
