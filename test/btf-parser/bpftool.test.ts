/** Every field of every type against bpftool's reading of the same file. */
import { beforeEach, describe, expect, test } from "vitest";
import { parseObject } from "tinybpf-btf";
import { disagreements, dumpTypes } from "./bpftool.ts";
import { BtfBuilder } from "./btf-builder.ts";
import { fixturePath, FIXTURES, readFixture } from "./fixtures.ts";
import { command, needs } from "./needs.ts";

describe("types of the fixtures", () => {
  beforeEach((context) => needs(context, command("bpftool")));

  const withBtf = FIXTURES.filter((name) => parseObject(readFixture(name)).btf !== undefined);

  test("all but one have BTF", () => {
    expect(FIXTURES.filter((name) => !withBtf.includes(name))).toEqual(["no_btf.bpf.o"]);
  });

  test.each(withBtf)("%s", (name) => {
    const { btf } = parseObject(readFixture(name));
    const dumped = dumpTypes(fixturePath(name));
    expect(dumped.length).toBeGreaterThan(0);
    expect(disagreements(btf?.types() ?? [], dumped)).toEqual([]);
  });
});

test("the comparison sees a difference in one field", () => {
  const builder = new BtfBuilder();
  builder.int("int", 4, 1);
  const dumped = {
    id: 1,
    kind: "INT",
    name: "int",
    size: 4,
    bits_offset: 0,
    nr_bits: 32,
    encoding: "SIGNED",
  };
  expect(disagreements(builder.parse().types(), [dumped])).toEqual([]);
  expect(disagreements(builder.parse().types(), [{ ...dumped, size: 8 }])).toHaveLength(1);
  expect(disagreements(builder.parse().types(), [])).toHaveLength(1);
});
