/** The names of this package against the enums of the kernel's own BTF. */
import { loadKernelBtf } from "tinybpf-btf";
import { expect, test } from "vitest";
import { attachTypes } from "../../../src/runtime/links/attach-types.ts";
import { mapTypes } from "../../../src/runtime/maps/types.ts";
import { helperNames, helperNumber } from "../../../src/runtime/probe/helpers.ts";
import { programTypes } from "../../../src/runtime/programs/types.ts";
import { KERNEL_BTF, needs } from "../../btf-parser/needs.ts";

/** Numbers of an enum by name. */
function members(name: string): Map<string, number> {
  const type = loadKernelBtf().find(name, "ENUM");
  if (type?.kind !== "ENUM") throw new Error(`the kernel has no enum ${name}`);
  return new Map(type.values.map((member) => [member.name, member.value]));
}

/** How the names of the kernel differ from libbpf's (attach_type_name, map_type_name of libbpf.c). */
const prefixes = [
  ["bpf_prog_type", programTypes, /^BPF_PROG_TYPE_/],
  ["bpf_map_type", mapTypes, /^BPF_MAP_TYPE_/],
  ["bpf_attach_type", attachTypes, /^BPF_/],
] as const;

test.each(prefixes)("enum %s has the numbers that they have here", (name, names, prefix) => {
  const kernel = [...members(name)]
    .filter(([member]) => !/^__MAX|_DEPRECATED$/.test(member))
    .map(([member, value]) => [member.replace(prefix, "").toLowerCase(), value] as const)
    .filter(([member]) => (names as readonly string[]).includes(member));
  expect(kernel.length).toBeGreaterThan(names.length / 2);
  for (const [member, value] of kernel)
    expect([member, (names as readonly string[]).indexOf(member)]).toEqual([member, value]);
});

test("helpers have the kernel's names and numbers", (context) => {
  needs(context, KERNEL_BTF);
  const kernel = [...members("bpf_func_id")].filter(
    ([name]) => name !== "__BPF_FUNC_MAX_ID" && name !== "BPF_FUNC_unspec",
  );
  const known = kernel
    .map(([name]) => name.replace(/^BPF_FUNC_/, "bpf_"))
    .filter((name) => helperNames.some((one) => one === name));
  expect(known.length).toBe(kernel.length);
  for (const [name, number] of kernel)
    expect([name, helperNumber(name.replace(/^BPF_FUNC_/, "bpf_") as (typeof helperNames)[number])]).toEqual([
      name,
      number,
    ]);
});
