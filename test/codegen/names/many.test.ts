/** A thousand types in one object, all used: each has a name of its own, and which does not depend on anything else. */
import { beforeAll, describe, expect, test } from "vitest";
import type { BpfObject } from "tinybpf-btf";
import type { StructCodec } from "tinybpf/gen-v1";
import { generateSkeleton } from "tinybpf-gen";
import { BtfBuilder } from "../../btf-parser/btf-builder.ts";
import { importModule, mapOf, objectOf, typeCheck, writeModule } from "../support.ts";

const COUNT = 1000;

/** Ten spellings that are one name in PascalCase, again and again. */
const SPELLINGS = ["_x", "x_", "X", "__x", "x__", "X_", "_X", "x", "__X", "X__"];

/** `more` adds types behind all others. */
function thousand(more: (btf: BtfBuilder) => void = () => {}): BpfObject {
  const btf = new BtfBuilder();
  const u32 = btf.int("__u32", 4);
  const types = Array.from({ length: COUNT }, (_, index) => {
    const spelling = SPELLINGS[index % SPELLINGS.length] ?? "";
    // Every second one holds an unnamed struct, and every struct is told by its member's name.
    const inner = btf.composite("STRUCT", "", 4, [{ name: `deep_${index}`, type: u32, bits: 0 }]);
    return btf.composite("STRUCT", `type_${Math.floor(index / SPELLINGS.length)}${spelling}`, 8, [
      { name: `own_${index}`, type: u32, bits: 0 },
      { name: index % 2 === 0 ? "inner" : "", type: inner, bits: 32 },
    ]);
  });
  more(btf);
  const maps = types.map((valueType, index) =>
    mapOf(`map_${index}`, { keyType: u32, valueType, valueSize: 8 }),
  );
  return objectOf(btf.parse(), { maps });
}

const OPTIONS = { source: "many.bpf.o" };

function isCodec(value: unknown): value is StructCodec<object, unknown> {
  return typeof value === "object" && value !== null && "View" in value;
}

function unrelated(btf: BtfBuilder): void {
  btf.composite("STRUCT", "unrelated", 4, [{ name: "x", type: btf.int("__u32", 4), bits: 0 }]);
}

/** A skeleton without its header, which names the options. */
async function declarations(types: readonly string[]): Promise<string> {
  return (await generateSkeleton(thousand(), { ...OPTIONS, types })).replaceAll(/^\/\/.*$/gm, "");
}

let text = "";

beforeAll(async () => {
  text = await generateSkeleton(thousand(), OPTIONS);
});

test("compile and work", async () => {
  expect(typeCheck([writeModule(text)])).toBe("");
  const codecs = Object.values(await importModule(text)).filter(isCodec);
  expect(codecs).toHaveLength(COUNT + COUNT / 2);
  const bytes = Uint8Array.of(1, 0, 0, 0, 2, 0, 0, 0);
  const own = codecs.filter(({ size }) => size === 8);
  expect(own).toHaveLength(COUNT);
  for (const [index, codec] of own.entries()) {
    const value =
      index % 2 === 0
        ? { [`own_${index}`]: 1, inner: { [`deep_${index}`]: 2 } }
        : { [`own_${index}`]: 1, [`deep_${index}`]: 2 };
    expect(codec.decode(bytes)).toEqual(value);
    expect(codec.encode(value)).toEqual(bytes);
  }
});

describe("the names", () => {
  test("are the same each time", async () => {
    expect(await generateSkeleton(thousand(), OPTIONS)).toBe(text);
  });

  test("do not change with types that are added and not used", async () => {
    expect(await generateSkeleton(thousand(unrelated), OPTIONS)).toBe(text);
  });

  test("do not change with types that are added and used", async () => {
    const longer = await generateSkeleton(thousand(unrelated), { ...OPTIONS, types: ["unrelated"] });
    expect(longer).toContain("export interface Unrelated {");
    // The header names the option.
    const lines = new Set(longer.split("\n"));
    expect(text.split("\n").filter((line) => !lines.has(line) && !line.startsWith("//"))).toEqual([]);
  });

  test("do not depend on the order of options", async () => {
    expect(await declarations(["type_1*", "type_9*"])).toBe(await declarations(["type_9*", "type_1*"]));
  });
});
