/** Maps, programs and globals whose names mean something to JavaScript or to the skeleton, loaded and used. */
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { parseObject } from "tinybpf-btf";
import type { Skeleton, SkeletonClass } from "tinybpf/gen-v1";
import { needs } from "../btf-parser/needs.ts";
import { generateAndImport } from "../codegen/support.ts";
import { CLANG, Workshop, read } from "../codegen/wild/clang.ts";
import { bpfDescriptors } from "./descriptors.ts";
import { describeKernel, needsLibbpf } from "./require-kernel.ts";

const MAPS = [
  "then", "catch", "__proto__", "constructor", "prototype", "toString", "valueOf", "hasOwnProperty", "toJSON", "links",
  "close", "closed", "attach", "maps", "programs", "load",
] as const; // prettier-ignore

const PROGRAMS = ["await", "call", "apply", "length", "name"] as const;

const SOURCE = `
#define ARRAY_MAP(name) struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u32); } name SEC(".maps")
${MAPS.map((name) => `ARRAY_MAP(${name});`).join("\n")}
${PROGRAMS.map((name) => `SEC("socket") int ${name}(struct __sk_buff *skb) { return 0; }`).join("\n")}
__u32 isPrototypeOf;
__u32 __defineGetter__;
__u32 memory SEC(".data.close") = 1;
__u32 caller SEC(".data.then") = 2;
__u32 arguments SEC(".data.__proto__") = 3;
__u32 total SEC(".bss.constructor");
__u32 minus SEC(".bss.to-string");
const volatile __u32 limit SEC(".rodata.attach") = 4;
char LICENSE[] SEC("license") = "GPL";
`;

type Members = Readonly<Record<string, unknown>>;

describeKernel("names of C in a skeleton", () => {
  test("none gets in the way of another", async (context) => {
    needs(context, CLANG);
    needsLibbpf(context, "1.1", "sections of .bss by other names");
    using workshop = new Workshop();
    const object = parseObject(read(workshop.compile("odd.bpf.o", SOURCE)));
    const module = await generateAndImport(object, { source: "odd.bpf.o" });
    const Odd = module["Odd"] as SkeletonClass<Skeleton, never, never>;
    const before = bpfDescriptors();
    using odd = Odd.load({ data_then: { caller: 9 }, maps: { toString: { maxEntries: 2 } } } as never);

    expect(await Promise.resolve(odd)).toBe(odd);
    expect(await Promise.resolve(odd.maps)).toBe(odd.maps);
    expect(Object.keys(odd.maps).toSorted()).toEqual([...MAPS].toSorted());
    expect(Object.keys(odd.programs).toSorted()).toEqual([...PROGRAMS].toSorted());
    for (const name of MAPS) {
      const map = Reflect.get(odd.maps, name) as {
        set(index: number, value: number): void;
        get(index: number): number;
      };
      map.set(0, 7);
      expect(map.get(0)).toBe(7);
      expect(map).toMatchObject({ length: name === "toString" ? 2 : 1 });
    }
    for (const name of PROGRAMS)
      expect(Reflect.get(odd.programs, name)).toMatchObject({ name, loaded: true });

    const sections = odd as unknown as Readonly<Record<string, Members>>;
    expect(sections["data_close"]?.["memory"]).toBe(1);
    expect(sections["data_then"]?.["caller"]).toBe(9);
    expect(sections["data___proto__"]?.["arguments"]).toBe(3);
    expect(sections["rodata_attach"]?.["limit"]).toBe(4);
    const { bss } = sections;
    expect(Reflect.set(bss as object, "isPrototypeOf", 5) && bss?.["isPrototypeOf"]).toBe(5);
    expect(Reflect.set(sections["bss_constructor"] as object, "total", 6)).toBe(true);
    expect(sections["bss_constructor"]?.["total"]).toBe(6);
    expect(sections["bss_to_string"]?.["minus"]).toBe(0);
    expect(inspect(odd.maps)).toContain("then");

    expect(odd.attach()).toEqual([]);
    odd.close();
    expect(odd.closed).toBe(true);
    expect(bpfDescriptors()).toEqual(before);
  });
});
