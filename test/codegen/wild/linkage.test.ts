/** Weak, hidden and static symbols, and objects that libbpf linked from several files. */
import { expect, test } from "vitest";
import { needs } from "../../btf-parser/needs.ts";
import { memoryOf } from "../support.ts";
import { BPFTOOL, CLANG, Workshop } from "./clang.ts";
import { LIBBPF, expectAsBpftool, expectOpens, generated } from "./skeleton.ts";

const LICENSE = 'char LICENSE[] SEC("license") = "GPL";';

/** A map of one `struct shared`, which every file of a program declares. */
const SHARED = `
struct shared { __u32 a; __u64 b; };
#define SHARED_MAP(name) struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, struct shared); } name SEC(".maps")
#define USE(map) ({ __u32 key = 0; struct shared *found = bpf_map_lookup_elem(&map, &key); found ? found->a : 0; })
`;

test("weak maps, weak and hidden programs and globals", async (context) => {
  needs(context, CLANG, BPFTOOL, LIBBPF);
  using workshop = new Workshop();
  const path = workshop.compile(
    "linkage.bpf.o",
    `${SHARED}
SHARED_MAP(weak_map) __weak;
__u32 weak_global __weak = 1;
__u32 hidden_global __hidden = 2;
static volatile __u32 static_global = 3;
__u32 global = 4;
__weak SEC("socket") int weak_program(struct __sk_buff *skb) { return USE(weak_map) + weak_global + global; }
__hidden SEC("socket") int hidden_program(struct __sk_buff *skb) { return hidden_global + static_global; }
${LICENSE}`,
  );
  const skeleton = await generated(path);
  const { object, text, module } = skeleton;
  expectAsBpftool(path, object);
  expectOpens(skeleton);
  expect(object.programs.map(({ name }) => name)).toEqual(["weak_program", "hidden_program"]);

  // As in libbpf's skeletons: static and hidden variables are the object's own.
  expect(text).toContain("readonly data?: { readonly weak_global?: number; readonly global?: number };");
  const [section] = object.globals;
  const data: object = Reflect.construct(module["WildData"] as new () => object, [
    memoryOf(section?.initial ?? new Uint8Array()),
  ]);
  expect(Reflect.get(data, "weak_global")).toBe(1);
  expect(Reflect.get(data, "global")).toBe(4);
});

test("statically linked objects with static variables of one name and the same types", async (context) => {
  needs(context, CLANG, BPFTOOL, LIBBPF);
  using workshop = new Workshop();
  const first = workshop.compile(
    "first.bpf.o",
    `${SHARED}
SHARED_MAP(first_map);
static volatile __u32 count = 1; static volatile __u32 zero; __u32 of_first = 7;
int helper(struct __sk_buff *skb) { return skb->len; }
SEC("socket") int first(struct __sk_buff *skb) { return USE(first_map) + count + zero++ + of_first; }
${LICENSE}`,
  );
  const second = workshop.compile(
    "second.bpf.o",
    `${SHARED}
SHARED_MAP(second_map);
extern __u32 of_first;
extern int helper(struct __sk_buff *skb);
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, struct shared); } first_map SEC(".maps") __weak;
static volatile __u64 count = 2; static volatile __u32 zero; struct shared of_second = { 8, 9 };
SEC("xdp") int second(struct xdp_md *ctx) { return USE(second_map) + USE(first_map) + count + zero++ + of_first + of_second.a; }
SEC("socket") int third(struct __sk_buff *skb) { return helper(skb); }
${LICENSE}`,
  );
  // A part alone is no object that could be loaded.
  await expect(generated(second)).rejects.toThrow(/(?:of_first|helper) is defined nowhere/);

  const path = workshop.link("linked.bpf.o", first, second);
  const skeleton = await generated(path);
  const { object, text, module } = skeleton;
  expectAsBpftool(path, object);
  expectOpens(skeleton);
  expect(object.maps.map(({ name }) => name).toSorted()).toEqual(["first_map", "second_map"]);
  expect(object.programs.map(({ name }) => name).toSorted()).toEqual(["first", "second", "third"]);

  // The types of both files are one.
  expect(text.match(/^export interface Shared\d* /gm)).toEqual(["export interface Shared "]);
  expect(text).toContain("readonly first_map: ArrayMap<Shared, SharedInput>;");
  const section = object.globals.find(({ name }) => name === "data");
  expect(section?.variables.filter(({ name }) => name === "count")).toHaveLength(2);
  const data: object = Reflect.construct(module["WildData"] as new () => object, [
    memoryOf(section?.initial ?? new Uint8Array()),
  ]);
  expect(Reflect.get(data, "of_first")).toBe(7);
  expect(Reflect.get(data, "of_second")).toEqual({ a: 8, b: 9n });
  expect("count" in data).toBe(false);
});

test("an object that was linked alone is as before", async (context) => {
  needs(context, CLANG, BPFTOOL);
  using workshop = new Workshop();
  const path = workshop.compile(
    "one.bpf.o",
    `${SHARED} SHARED_MAP(only); __u32 global = 1; SEC("socket") int program(struct __sk_buff *skb) { return USE(only) + global; } ${LICENSE}`,
  );
  const before = await generated(path);
  const after = await generated(workshop.link("linked.bpf.o", path));
  expect(declarations(after.text)).toBe(declarations(before.text));
});

/** A skeleton without its object's bytes and their digest. */
function declarations(text: string): string {
  return text.replace(/embedded\(`[^`]*`\)/, "").replace(/^\/\/ Digests: .*$/m, "");
}
