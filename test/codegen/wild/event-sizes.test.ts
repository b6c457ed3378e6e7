/** Sizes of events as clang compiles them: merged calls, sizes in other registers, structs that are contexts. */
import { readFileSync } from "node:fs";
import { parseObject } from "tinybpf-btf";
import { generateSkeleton } from "tinybpf-gen";
import { expect, test } from "vitest";
import { eventSizes, hasUnknownSizes } from "../../../src/codegen/event-sizes.ts";
import { needs } from "../../btf-parser/needs.ts";
import { CLANG, Workshop } from "./clang.ts";

const RING = `struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } ring SEC(".maps");`;
const LICENSE = `char LICENSE[] SEC("license") = "GPL";`;

test("two calls that clang made one have both sizes", (context) => {
  needs(context, CLANG);
  using workshop = new Workshop();
  const path = workshop.compile(
    "merged.bpf.o",
    `${RING} struct big { __u64 a, b, c; }; struct small { __u64 a; };
    SEC("syscall") int send(int *ctx) {
      if (*ctx == 1) { struct big e = { 1, 2, 3 }; return bpf_ringbuf_output(&ring, &e, sizeof e, 0); }
      struct small e = { 2 }; return bpf_ringbuf_output(&ring, &e, sizeof e, 0);
    } ${LICENSE}`,
  );
  const object = parseObject(readFileSync(path));
  expect(eventSizes(object, "ring")).toEqual([8, 24]);
  expect(hasUnknownSizes(object, "ring")).toBe(false);
});

test("a size that is not constant is told from one that is", (context) => {
  needs(context, CLANG);
  using workshop = new Workshop();
  const path = workshop.compile(
    "variable.bpf.o",
    `${RING} char text[64];
    SEC("syscall") int send(__u32 *ctx) {
      bpf_ringbuf_output(&ring, text, 8, 0);
      return bpf_ringbuf_output(&ring, text, *ctx & 63, 0);
    } ${LICENSE}`,
  );
  const object = parseObject(readFileSync(path));
  expect(eventSizes(object, "ring")).toEqual([8]);
  expect(hasUnknownSizes(object, "ring")).toBe(true);
});

test("what a program is given is no candidate for what it sends, and nothing is made up", async (context) => {
  needs(context, CLANG);
  using workshop = new Workshop();
  const path = workshop.compile(
    "context.bpf.o",
    `${RING} struct args { __u64 a, b, c; };
    SEC("syscall") int send(struct args *ctx) {
      __u64 e[3] = { ctx->a, ctx->b, ctx->c };
      return bpf_ringbuf_output(&ring, e, sizeof e, 0);
    } ${LICENSE}`,
  );
  const messages: string[] = [];
  await generateSkeleton(parseObject(readFileSync(path)), {
    source: "context.bpf.o",
    onWarning: ({ message }) => messages.push(message),
  });
  expect(messages).toHaveLength(1);
  expect(messages[0]).toContain("programs put in 24 bytes; the object's BTF has no struct of that size");
  expect(messages[0]).toContain("struct YOUR_STRUCT *unused_YOUR_STRUCT __attribute__((unused));");
  expect(messages[0]).not.toContain("args");
});
