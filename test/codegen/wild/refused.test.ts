/** Objects that libbpf refuses are refused here, with a reason that says what to do. */
import { describe, expect, test } from "vitest";
import { ElfParseError, isParseError, parseObject } from "tinybpf-btf";
import { generateSkeleton } from "tinybpf-gen";
import { type OpenSkeleton, type Skeleton, type SkeletonConfig, skeleton } from "tinybpf/gen-v1";
import { needs } from "../../btf-parser/needs.ts";
import { BPFTOOL, CLANG, OBJCOPY, Workshop, bpftoolSkeleton, read } from "./clang.ts";
import { LIBBPF } from "./skeleton.ts";

const LICENSE = 'char LICENSE[] SEC("license") = "GPL";';
const PROGRAM = 'SEC("socket") int program(struct __sk_buff *skb)';
const MAP =
  "struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u32); }";

interface Refused {
  readonly what: string;
  readonly source: string;
  /** Ours. */
  readonly reason: RegExp;
  /** libbpf's. */
  readonly theirs: RegExp;
  readonly flags?: readonly string[];
}

const REFUSED: readonly Refused[] = [
  {
    what: "a function that another file defines",
    source: `extern int elsewhere(int); ${PROGRAM} { return elsewhere(1); } ${LICENSE}`,
    reason: /elsewhere is defined nowhere, .* link the object that defines it: bpftool gen object/,
    theirs: /failed to find BTF for extern 'elsewhere'/,
  },
  {
    what: "a variable that another file defines",
    source: `extern int elsewhere; ${PROGRAM} { return elsewhere; } ${LICENSE}`,
    reason:
      /elsewhere is defined nowhere, and neither a kernel symbol \(__ksym\) nor a kernel option \(__kconfig\)/,
    theirs: /failed to find BTF for extern 'elsewhere'/,
  },
  {
    what: "a weak function that nobody defines",
    source: `extern int elsewhere(int) __weak; ${PROGRAM} { return elsewhere ? elsewhere(1) : 0; } ${LICENSE}`,
    reason: /elsewhere is defined nowhere/,
    theirs: /failed to find BTF for extern 'elsewhere'/,
  },
  {
    what: "an extern without BTF",
    source: `extern int elsewhere(int); ${PROGRAM} { return elsewhere(1); } ${LICENSE}`,
    flags: [],
    reason: /elsewhere is defined nowhere/,
    theirs: /failed to find BTF for extern 'elsewhere'|BTF is required/,
  },
  {
    what: "maps without BTF",
    source: `${MAP} counts SEC(".maps"); ${PROGRAM} { return 0; } ${LICENSE}`,
    flags: [],
    reason: /^\.maps: map definitions without BTF, .* compile with clang -g$/,
    theirs: /BTF is required/,
  },
  {
    what: "maps as they were before BTF",
    source: `struct old { unsigned int type, key, value, max, flags; }; struct old SEC("maps") counts = { 1, 4, 4, 1, 0 }; ${PROGRAM} { return 0; } ${LICENSE}`,
    reason: /^maps: legacy map definitions, .* define the maps in SEC\("\.maps"\)$/,
    theirs: /legacy map definitions/,
  },
  {
    what: "maps in sections of their own, as gobpf had them",
    source: `struct old { unsigned int type, key, value, max, flags; }; struct old SEC("maps/counts") counts = { 1, 4, 4, 1, 0 }; ${PROGRAM} { __u32 key = 0; return !bpf_map_lookup_elem(&counts, &key); } ${LICENSE}`,
    reason: /^maps\/counts: legacy map definitions, .* define the maps in SEC\("\.maps"\)$/,
    theirs: /skipping unrecognized data section.*maps\/counts/,
  },
  {
    what: "a static map",
    source: `static ${MAP} counts SEC(".maps"); ${PROGRAM} { __u32 key = 0; return !bpf_map_lookup_elem(&counts, &key); } ${LICENSE}`,
    reason: /map counts is static; libbpf takes global maps only$/,
    theirs: /map 'counts': unsupported map linkage static/,
  },
  {
    what: "a static program",
    source: `SEC("xdp") static __attribute__((used)) int hidden(struct xdp_md *ctx) { return XDP_PASS; } ${PROGRAM} { return 0; } ${LICENSE}`,
    reason: /^xdp: byte 0: program hidden is static, which libbpf refuses/,
    theirs: /program 'hidden' is static and not supported/,
  },
];

describe.each(REFUSED)("$what", ({ source, reason, theirs, flags = ["-g"] }) => {
  test("is refused with the reason", (context) => {
    needs(context, CLANG);
    using workshop = new Workshop();
    const path = workshop.compile("refused.bpf.o", source, flags);
    const error = thrownBy(() => parseObject(read(path)));
    expect(isParseError(error)).toBe(true);
    expect(error.message).toMatch(reason);
  });

  test("is refused by libbpf", (context) => {
    needs(context, CLANG, BPFTOOL);
    using workshop = new Workshop();
    const { fine, log } = bpftoolSkeleton(workshop.compile("refused.bpf.o", source, flags));
    expect({ fine, log }).toEqual({ fine: false, log: expect.stringMatching(theirs) as string });
  });
});

function thrownBy(parse: () => unknown): Error {
  try {
    parse();
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error("was accepted");
}

/** What a program calls may be static where it is no program itself. */
test("a static function beside a program is none", (context) => {
  needs(context, CLANG);
  using workshop = new Workshop();
  const source = `static __attribute__((noinline)) int helper(struct __sk_buff *skb) { return skb->len; }
    ${PROGRAM} { return helper(skb) + helper(skb); } ${LICENSE}`;
  const { programs } = parseObject(read(workshop.compile("static.bpf.o", source)));
  expect(programs.map(({ name }) => name)).toEqual(["program"]);
});

/** bpftool 7.1 still takes them; its libbpf is older than the one that refuses them. */
test("a hidden map is refused with the reason, as libbpf 1.1.2 does", async (context) => {
  needs(context, CLANG, LIBBPF);
  using workshop = new Workshop();
  const source = `${MAP} counts SEC(".maps") __hidden;
    ${PROGRAM} { __u32 key = 0; return !bpf_map_lookup_elem(&counts, &key); } ${LICENSE}`;
  const path = workshop.compile("hidden.bpf.o", source);
  expect(() => parseObject(read(path))).toThrow(
    /map counts is hidden, which is static to libbpf; libbpf takes global maps only$/,
  );
  const Hidden = skeleton<Skeleton, OpenSkeleton<Skeleton>, SkeletonConfig<Skeleton>>({
    name: "Hidden",
    source: "hidden.bpf.o",
    object: () => read(path),
    maps: {},
    programs: {},
  });
  expect(() => Hidden.open()).toThrow("map 'counts': unsupported map linkage static");
});

describe("what only tools make, that rename symbols", () => {
  const source = `${MAP} counts SEC(".maps"); __u32 global = 1; ${PROGRAM} { return global; }
    SEC("xdp") int other(struct xdp_md *ctx) { return XDP_PASS; } ${LICENSE}`;

  test.for([
    ["program=other", /^program other: there is another one of this name$/],
    ["counts=renamed", /no symbol in \.maps for the global variable counts/],
    ["global=renamed", /no symbol in \.data for the global variable global/],
  ] as const)("%s is refused with the reason", async ([rename, reason], context) => {
    needs(context, CLANG, OBJCOPY);
    using workshop = new Workshop();
    const path = workshop.compile("renamed.bpf.o", source);
    workshop.rename(path, rename);
    const generate = async (): Promise<string> =>
      generateSkeleton(parseObject(read(path)), { source: "renamed.bpf.o" });
    await expect(generate()).rejects.toThrow(reason);
  });
});

test("a file that is no BPF object", () => {
  expect(() => parseObject(read(process.execPath))).toThrow(ElfParseError);
  expect(() => parseObject(read(process.execPath))).toThrow("not a compiled BPF object: its ELF type is");
});
