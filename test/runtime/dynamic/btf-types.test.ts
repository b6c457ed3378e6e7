/** `object.btf`: types by name, and what they are held against. */
import { describe, expect, test } from "vitest";
import { le, SkeletonError, ValueError } from "tinybpf";
import { parseObject } from "tinybpf-btf";
import { TypeMismatchError } from "../../../src/runtime/errors.ts";
import { BtfTypes } from "../../../src/runtime/dynamic/btf-types.ts";
import type { TypeLike, TypeMismatch, ValidateOptions } from "../../../src/runtime/dynamic/mismatches.ts";
import type { TypeInfo } from "../../../src/runtime/dynamic/type-info.ts";
import * as bitfields from "../../golden/bitfields.skel.ts";
import * as exec from "../../golden/exec.skel.ts";
import * as camel from "../../golden/exec.camel.skel.ts";
import * as numbers from "../../golden/syscall.number.skel.ts";
import * as unions from "../../golden/unions.skel.ts";
import { readFixture } from "../../btf-parser/fixtures.ts";
import { isCodec } from "../../differential/generated.ts";

function typesOf(stem: string): BtfTypes {
  const { btf } = parseObject(readFixture(`${stem}.bpf.o`));
  if (btf === undefined) throw new Error("no BTF");
  return new BtfTypes(btf, `${stem}.bpf.o`);
}

function fields(type: TypeInfo) {
  if (type.kind !== "struct" && type.kind !== "union") throw new Error(`a ${type.kind}`);
  return type.fields.map(({ name, type: { kind, name: typeName }, offset, size, bits }) =>
    [name, kind, typeName, offset, size, ...(bits ?? [])].join(" "),
  );
}

function mismatches(stem: string, name: string, like: TypeLike, options?: ValidateOptions): TypeMismatch[] {
  try {
    typesOf(stem).validate(name, like, options);
  } catch (error) {
    if (error instanceof TypeMismatchError) return [...(error.mismatches as TypeMismatch[])];
    throw error;
  }
  return [];
}

describe("type", () => {
  test("a struct: fields with offsets and sizes, arrays and pointers with theirs", () => {
    const types = typesOf("pointers");
    const type = types.type("struct pointers");
    expect(type).toMatchObject({ kind: "struct", name: "struct pointers", align: 8 });
    expect(fields(types.type("list"))).toEqual([
      "next pointer struct list * 0 8",
      "prev pointer struct list ** 8 8",
      "value int __u32 16 4",
    ]);
    expect(fields(types.type("forest"))).toEqual([
      "roots array struct tree *[4] 0 32",
      "count int __u32 32 4",
    ]);
  });

  test("a pointer leads on, in a circle too", () => {
    let type = typesOf("pointers").type("struct list");
    for (let round = 0; round < 3; round++) {
      if (type.kind !== "struct") throw new Error(type.kind);
      const [next] = type.fields;
      if (next?.type.kind !== "pointer") throw new Error("no pointer");
      type = next.type.target;
    }
    expect(type).toMatchObject({ kind: "struct", name: "struct list", size: 24 });
  });

  test("bitfields with the bits they have, members of unnamed structs among the others", () => {
    const types = typesOf("bitfields");
    expect(fields(types.type("nested_bits")).slice(0, 3)).toEqual([
      "head int __u32 0 4 0 4",
      "inner int __u32 4 4 32 12",
      "signed_inner int __s32 5 4 44 12",
    ]);
    expect(fields(types.type("packed_bits"))).toContain("straddles int __u64 1 8 13 50");
  });

  test("an array: its length and what it is made of", () => {
    const type = typesOf("exec").type("exec_event");
    const comm = type.kind === "struct" ? type.fields.find(({ name }) => name === "comm") : undefined;
    expect(comm?.type).toMatchObject({ kind: "array", size: 16, length: 16, name: "char[16]" });
    expect(comm?.type).toMatchObject({ element: { kind: "int", size: 1, name: "char" } });
  });

  test("an integer behind typedefs keeps its sign", () => {
    const types = typesOf("scalars");
    expect(types.type("__s64")).toEqual({ kind: "int", name: "__s64", size: 8, signed: true });
    expect(types.type("__u32")).toEqual({ kind: "int", name: "__u32", size: 4, signed: false });
  });

  test("an enum with its values", () => {
    expect(typesOf("ringbufs").type("enum kind")).toEqual({
      kind: "enum",
      name: "enum kind",
      size: 4,
      signed: false,
      values: { KIND_START: 1, KIND_STOP: 2 },
    });
  });

  test("a name that is not there, with the one that is near", () => {
    expect(() => typesOf("exec").type("exec_evnt")).toThrow(SkeletonError);
    expect(() => typesOf("exec").type("exec_evnt")).toThrow(
      /^exec\.bpf\.o: no type exec_evnt in the object's BTF; did you mean exec_event\?/,
    );
    expect(() => typesOf("exec").type(5 as never)).toThrow(ValueError);
  });
});

describe("struct", () => {
  test("a codec, made once, whose values are those of the generated one", () => {
    const types = typesOf("exec");
    const codec = types.struct("exec_stats");
    expect(types.struct("struct exec_stats")).toBe(codec);
    const bytes = exec.ExecStats.encode({ execs: 1n, last_ts: 2n ** 63n });
    expect(codec.decode(bytes)).toEqual({ execs: 1n, last_ts: 2n ** 63n });
    expect(codec.view(bytes)["last_ts"]).toBe(2n ** 63n);
    expect(codec.encode({ execs: 1, last_ts: 2n ** 63n })).toEqual(bytes);
    expect(() => codec.encode({ execs: -1, last_ts: 0 })).toThrow(
      "exec_stats.execs: -1 is out of range for __u64",
    );
  });

  test("only of structs and unions", () => {
    expect(() => typesOf("exec").struct("__u32")).toThrow("__u32 in exec.bpf.o is no struct or union");
    expect(typesOf("exec").codec("__u32")).toBe(le.u32);
  });
});

describe("validate", () => {
  test.each([
    ["exec", exec],
    ["bitfields", bitfields],
    ["unions", unions],
    ["exec", camel],
    ["syscall", numbers],
  ])("generated codecs of %s are right", (stem, module) => {
    const codecs = Object.values(module).filter(isCodec);
    expect(codecs.length).toBeGreaterThan(0);
    for (const codec of codecs)
      if (!codec.name.includes("(unnamed)")) expect(mismatches(stem, codec.name, codec)).toEqual([]);
  });

  const right = {
    size: 16,
    fields: { execs: { offset: 0, size: 8, signed: false }, last_ts: { offset: 8, size: 8, signed: false } },
  };

  test("so is a list of fields", () => {
    expect(mismatches("exec", "exec_stats", right)).toEqual([]);
    expect(mismatches("exec", "exec_stats", { fields: right.fields })).toEqual([]);
  });

  test("every mismatch is told at once", () => {
    const like = {
      size: 20,
      fields: { execs: { offset: 4, size: 4, signed: true }, last: { offset: 8, size: 8 } },
    };
    expect(mismatches("exec", "exec_stats", like)).toEqual([
      { path: "", what: "size", expected: "16", actual: "20" },
      { path: "execs", what: "offset", expected: "0", actual: "4" },
      { path: "execs", what: "size", expected: "8", actual: "4" },
      { path: "execs", what: "sign", expected: "unsigned", actual: "signed" },
      { path: "last_ts", what: "missing", expected: "__u64 of 8 bytes at byte 8", actual: "nothing" },
      { path: "last", what: "unknown", expected: "nothing", actual: "8 bytes at byte 8" },
    ]);
    expect(() => typesOf("exec").validate("exec_stats", like)).toThrow(
      [
        "struct exec_stats in exec.bpf.o is not what it is said to be:",
        "  size is 16 in BTF, but 20 here",
        "  execs: offset is 0 in BTF, but 4 here",
        "  execs: size is 8 in BTF, but 4 here",
        "  execs: it is unsigned in BTF, but signed here",
        "  last_ts: is missing here; in BTF it is __u64 of 8 bytes at byte 8",
        "  last: is not in BTF; here it is 8 bytes at byte 8",
      ].join("\n"),
    );
  });

  test("names do not matter when told so: then the order does", () => {
    const { execs, last_ts } = right.fields;
    const like = { size: 16, fields: { a: execs, b: last_ts } };
    expect(mismatches("exec", "exec_stats", like).map(({ what }) => what)).toEqual([
      "missing",
      "missing",
      "unknown",
      "unknown",
    ]);
    expect(mismatches("exec", "exec_stats", like, { names: false })).toEqual([]);
    expect(mismatches("exec", "exec_stats", { fields: { a: execs } }, { names: false })).toEqual([
      { path: "", what: "count", expected: "2", actual: "1" },
      { path: "last_ts", what: "missing", expected: "__u64 of 8 bytes at byte 8", actual: "nothing" },
    ]);
  });

  test("the sign of a codec's fields, behind typedefs", () => {
    const like = { fields: { execs: { offset: 0, size: 8, type: le.i64 }, last_ts: right.fields.last_ts } };
    expect(mismatches("exec", "exec_stats", like)).toEqual([
      { path: "execs", what: "sign", expected: "unsigned", actual: "signed" },
    ]);
  });

  test("what a field is: no float is an integer of the same size", () => {
    const like = { fields: { execs: { offset: 0, size: 8, type: le.f64 }, last_ts: right.fields.last_ts } };
    expect(mismatches("exec", "exec_stats", like)).toEqual([
      { path: "execs", what: "kind", expected: "__u64 of 8 bytes", actual: "double" },
    ]);
  });

  test("the bits of a bitfield", () => {
    const type = typesOf("bitfields").struct("nested_bits");
    const head = type.fields["head"];
    if (head === undefined) throw new Error("no head");
    const like = { fields: { ...type.fields, head: { ...head, bits: [0, 5] as const } } };
    expect(mismatches("bitfields", "nested_bits", like)).toEqual([
      { path: "head", what: "bits", expected: "4 from bit 0", actual: "5 from bit 0" },
    ]);
  });

  test("only structs and unions have fields", () => {
    expect(() => typesOf("exec").validate("__u32", right)).toThrow(
      "__u32 in exec.bpf.o is no struct or union",
    );
  });
});
