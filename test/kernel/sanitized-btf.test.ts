/** Objects whose BTF has kinds that came after the kernel: libbpf turns them into older ones before it loads the BTF. */
import { parseObject } from "tinybpf-btf";
import { load } from "tinybpf/dynamic";
import { expect, test } from "vitest";
import { fixturePath, readFixture } from "../btf-parser/fixtures.ts";
import { describeKernel } from "./require-kernel.ts";

/** What has the kind: a fixture that can be loaded, and the version of Linux that knows it (enum in include/uapi/linux/btf.h). */
const KINDS = [
  ["FLOAT", "5.13", "scalars.bpf.o"],
  ["DECL_TAG", "5.16", "tags.bpf.o"],
  ["TYPE_TAG", "5.17", "tags.bpf.o"],
  ["ENUM64", "6.0", "enums.bpf.o"],
] as const;

describeKernel("BTF with newer kinds", () => {
  test.each(KINDS)("%s (Linux %s) does not keep %s from being loaded", (kind, _since, name) => {
    const { btf } = parseObject(readFixture(name));
    expect([...(btf?.types() ?? [])].map((type) => type.kind)).toContain(kind);
    using object = load(fixturePath(name));
    expect(object.closed).toBe(false);
    expect(Object.keys(object.maps).length + object.globals.names.length).toBeGreaterThan(0);
  });
});
