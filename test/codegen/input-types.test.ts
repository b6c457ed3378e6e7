/** What writing accepts where a struct has many unions, or a member is called as something that all objects have. */
import { describe, expect, test } from "vitest";
import type { StructCodec } from "tinybpf/gen-v1";
import { generateSkeleton } from "tinybpf-gen";
import { BtfBuilder, type StructMember } from "../btf-parser/btf-builder.ts";
import { importModule, objectOf, typeCheck, writeModule } from "./support.ts";

/** `struct many` with `unions` unnamed unions of `members` numbers each: `m0_0`, `m0_1`... */
function manyUnions(btf: BtfBuilder, unions: number, members: number): void {
  const parts = Array.from({ length: unions }, (_, index) => ({
    name: "",
    type: unionOf(
      btf,
      Array.from({ length: members }, (_each, member) => `m${index}_${member}`),
    ),
    bits: index * 32,
  }));
  btf.composite("STRUCT", "many", unions * 4, parts);
}

function unionOf(btf: BtfBuilder, names: readonly string[], name = ""): number {
  return btf.composite("UNION", name, 4, numbers(btf, names));
}

function numbers(btf: BtfBuilder, names: readonly string[]): StructMember[] {
  const type = btf.int("__u32", 4);
  return names.map((each) => ({ name: each, type, bits: 0 }));
}

async function generated(btf: BtfBuilder): Promise<string> {
  return generateSkeleton(objectOf(btf.parse()), { source: "test.bpf.o", types: ["*"] });
}

/** `{ m0_0: 1, m1_0: 1 }` */
function literal(unions: number): string {
  return `{ ${Array.from({ length: unions }, (_, index) => `m${index}_0: 1`).join(", ")} }`;
}

function isStruct(value: unknown): value is StructCodec<object, unknown> {
  return typeof value === "object" && value !== null && "encode" in value;
}

describe("many unions in a struct", () => {
  test.each([
    [12, 2],
    [7, 6],
  ])("%d of %d members", async (unions, members) => {
    const btf = new BtfBuilder();
    manyUnions(btf, unions, members);
    const text = await generated(btf);
    expect(text).toContain("That is checked when it is written");
    const uses = `
export const value: ManyInput = ${literal(unions)};
export function again(many: Many): Uint8Array {
  return Many.encode(many);
}
// @ts-expect-error a member is a number
export const wrong: ManyInput = { m0_0: "1" };
// @ts-expect-error there is no such member
export const unknown: ManyInput = { m0_x: 1 };
`;
    expect(typeCheck([writeModule(text + uses)])).toBe("");

    const { Many } = await importModule(text);
    if (!isStruct(Many)) throw new Error("there is no Many");
    const value = Object.fromEntries(Array.from({ length: unions }, (_, index) => [`m${index}_0`, 1]));
    const bytes = Many.encode(value);
    expect(bytes).toEqual(new Uint8Array(unions * 4).map((_, index) => (index % 4 === 0 ? 1 : 0)));
    expect(Many.encode(Many.decode(bytes))).toEqual(bytes);
    expect(() => Many.encode({ ...value, m0_1: 1 })).toThrow("exactly one of m0_0, m0_1");
    const { m0_0: _, ...less } = value;
    expect(() => Many.encode(less)).toThrow("exactly one of m0_0, m0_1");
  });

  test("few enough for tsc are checked by it", async () => {
    const btf = new BtfBuilder();
    manyUnions(btf, 6, 2);
    const text = await generated(btf);
    expect(text).not.toContain("That is checked when it is written");
    const uses = `
export const value: ManyInput = ${literal(6)};
// @ts-expect-error a union takes one member
export const none: ManyInput = ${literal(5)};
`;
    expect(typeCheck([writeModule(text + uses)])).toBe("");
  });

  test("inside of a union: those of its unnamed structs count", async () => {
    const btf = new BtfBuilder();
    const unions = Array.from({ length: 12 }, (_, index) => ({
      name: "",
      type: unionOf(btf, [`a${index}`, `b${index}`]),
      bits: index * 32,
    }));
    const lifted = btf.composite("STRUCT", "", 48, unions);
    const parts = [...numbers(btf, ["plain"]), { name: "", type: lifted, bits: 0 }];
    const union = btf.composite("UNION", "deep", 48, parts);
    btf.composite("STRUCT", "holder", 48, [{ name: "deep", type: union, bits: 0 }]);
    btf.composite("STRUCT", "taker", 48, [
      { name: "", type: btf.composite("UNION", "", 48, [{ name: "", type: lifted, bits: 0 }]), bits: 0 },
    ]);
    const uses = `
export const plain: DeepInput = { plain: 1 };
export const holder: HolderInput = { deep: { a0: 1, b1: 1 } };
export const taker: TakerInput = { a0: 1 };
`;
    expect(typeCheck([writeModule((await generated(btf)) + uses)])).toBe("");
  });
});

describe("members that every object has", () => {
  const names = ["constructor", "toString", "valueOf", "hasOwnProperty", "__proto__"];

  test.each(names)("%s beside another in a union", async (name) => {
    const btf = new BtfBuilder();
    const union = unionOf(btf, ["plain", name], "choice");
    const unnamed = unionOf(btf, ["other", name]);
    btf.composite("STRUCT", "holder", 8, [
      { name: "choice", type: union, bits: 0 },
      { name: "", type: unnamed, bits: 32 },
    ]);
    const text = await generated(btf);
    const uses = `
export const plain: ChoiceInput = { plain: 1 };
export const special: ChoiceInput = { ["${name}"]: 1 };
export const holder: HolderInput = { choice: { plain: 1 }, other: 1 };
export const second: HolderInput = { choice: { ["${name}"]: 1 }, ["${name}"]: 1 };
export function again(choice: Choice, holder: Holder): Uint8Array[] {
  return [Choice.encode(choice), Holder.encode(holder)];
}
`;
    expect(typeCheck([writeModule(text + uses)])).toBe("");

    const { Choice, Holder } = await importModule(text);
    if (!isStruct(Choice) || !isStruct(Holder)) throw new Error("Choice or Holder is missing");
    expect(Choice.encode({ plain: 1 })).toEqual(Uint8Array.of(1, 0, 0, 0));
    expect(Choice.encode({ [name]: 2 })).toEqual(Uint8Array.of(2, 0, 0, 0));
    const bytes = Holder.encode({ choice: { [name]: 2 }, other: 3 });
    expect(bytes).toEqual(Uint8Array.of(2, 0, 0, 0, 3, 0, 0, 0));
    expect(Holder.encode(Holder.decode(bytes))).toEqual(bytes);
  });

  test.each(names)("%s before unions, one and two", async (name) => {
    const btf = new BtfBuilder();
    const unions = ["a", "b"].map((letter, index) => ({
      name: "",
      type: unionOf(btf, [`${letter}0`, letter === "a" && name !== "toString" ? "toString" : `${letter}1`]),
      bits: 32 + index * 32,
    }));
    const parts = numbers(btf, [name]);
    btf.composite("STRUCT", "one", 8, [...parts, ...unions.slice(0, 1)]);
    btf.composite("STRUCT", "two", 12, [...parts, ...unions]);
    const text = await generated(btf);
    expect(typeCheck([writeModule(text)])).toBe("");

    const { Two } = await importModule(text);
    if (!isStruct(Two)) throw new Error("there is no Two");
    const bytes = Two.encode({ [name]: 1, a0: 2, b1: 3 });
    expect(bytes).toEqual(Uint8Array.of(1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0));
    expect(Two.encode(Two.decode(bytes))).toEqual(bytes);
  });

  test("among too many unions for tsc", async () => {
    const btf = new BtfBuilder();
    const parts = Array.from({ length: 12 }, (_, index) => ({
      name: "",
      type: unionOf(btf, [`m${index}_0`, names[index] ?? `m${index}_1`]),
      bits: index * 32,
    }));
    btf.composite("STRUCT", "many", 48, parts);
    const uses = `export const value: ManyInput = ${literal(12)};\n`;
    expect(typeCheck([writeModule((await generated(btf)) + uses)])).toBe("");
  });
});
