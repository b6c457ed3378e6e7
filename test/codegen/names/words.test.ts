/** Every word as every name that C has: the module compiles under the strictest flags, runs, and keeps C's names. */
import { beforeAll, describe, expect, test } from "vitest";
import type { GlobalSectionModel, ProgramModel } from "tinybpf-btf";
import type { StructCodec } from "tinybpf/gen-v1";
import { generateSkeleton } from "tinybpf-gen";
import { BtfBuilder } from "../../btf-parser/btf-builder.ts";
import {
  type Module,
  importModule,
  mapOf,
  memoryOf,
  objectOf,
  readFixture,
  typeCheck,
  writeModule,
} from "../support.ts";
import { WORDS } from "./words.ts";

/** Struct tags, union tags, enum tags, members, enumerators, maps, programs, variables and sections of these names. */
async function moduleOf(words: readonly string[]): Promise<string> {
  const btf = new BtfBuilder();
  const u32 = btf.int("__u32", 4);
  const kinds = readFixture("exec.bpf.o").programs;
  const parts = words.map((word) => {
    const struct = btf.composite("STRUCT", word, 12, [
      { name: word, type: u32, bits: 0 },
      {
        name: "",
        type: btf.composite("UNION", "", 4, [
          { name: `${word}_u`, type: u32, bits: 0 },
          { name: `${word}_v`, type: btf.array(btf.int("__u16", 2), 2), bits: 0 },
        ]),
        bits: 32,
      },
      { name: "last", type: u32, bits: 64 },
    ]);
    const union = btf.composite("UNION", `${word}_union`, 4, [
      { name: word, type: u32, bits: 0 },
      { name: "other", type: u32, bits: 0 },
    ]);
    const enumeration = btf.add({
      kind: "ENUM",
      name: `${word}_enum`,
      sizeOrType: 4,
      vlen: 2,
      body: [word, 7, `${word}_other`, 8],
    });
    btf.composite("STRUCT", `${word}_holder`, 8, [
      { name: word, type: union, bits: 0 },
      { name: "state", type: enumeration, bits: 32 },
    ]);
    const program = kinds[0];
    if (program === undefined) throw new Error("exec.bpf.o has no program");
    return {
      map: mapOf(word, { keyType: enumeration, valueType: struct, valueSize: 12 }),
      program: { ...program, name: word } satisfies ProgramModel,
      section: {
        section: `.data.${word}`,
        name: `data_${word.replaceAll(/[^A-Za-z0-9_]/gu, "_")}`,
        size: 12,
        readonly: false,
        initial: new Uint8Array(12),
        datasec: undefined,
        variables: [
          {
            name: word,
            type: struct,
            offset: 0,
            size: 12,
            binding: "global",
            visibility: "default",
            tags: [],
            variable: 1,
          },
        ],
      } satisfies GlobalSectionModel,
    };
  });
  const object = objectOf(btf.parse(), {
    maps: parts.map(({ map }) => map),
    programs: parts.map(({ program }) => program),
    globals: parts.map(({ section }) => section),
  });
  return generateSkeleton(object, { source: "words.bpf.o", types: ["*"] });
}

let text = "";
let module: Module = {};

beforeAll(async () => {
  text = await moduleOf(WORDS);
  module = await importModule(text);
});

test("there are many, and awaiting the module gives the module", async () => {
  expect(WORDS.length).toBeGreaterThan(200);
  expect(module).not.toHaveProperty("then");
  expect(await Promise.resolve(module)).toBe(module);
});

test("the module compiles under the strictest flags", () => {
  const uses = `
export function use(open: OpenWords, words: Words): unknown[] {
  return [open.maps.then.maxEntries, words.maps.__proto__.name, words.maps["a.b"].name, words.programs.constructor.fd];
}
export const config: WordsConfig = {
  maps: { then: { maxEntries: 1 }, constructor: { maxEntries: 2 } },
  programs: { close: { autoload: false } },
  data_then: { then: { then: 1, then_u: 2, last: 3 } },
  data_constructor: { constructor: { constructor: 1, constructor_v: [1, 2], last: 3 } },
};
`;
  expect(typeCheck([writeModule(text + uses)])).toBe("");
});

function isCodec(value: unknown): value is StructCodec<Record<string, unknown>, unknown> {
  return typeof value === "object" && value !== null && "View" in value;
}

function codecOf(name: string): StructCodec<Record<string, unknown>, unknown> {
  const found = Object.values(module)
    .filter(isCodec)
    .find((codec) => codec.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

describe.each(WORDS)("%s", (word) => {
  const bytes = Uint8Array.of(1, 0, 0, 0, 2, 0, 3, 0, 4, 0, 0, 0);

  test("is a struct and its member", async () => {
    const codec = codecOf(`struct ${word}`);
    const value = codec.decode(bytes);
    expect(Object.hasOwn(value, word)).toBe(true);
    expect(value[word]).toBe(1);
    expect(Reflect.get(codec.view(bytes) as object, word)).toBe(1);
    expect(Reflect.get(codec.fields, word)).toMatchObject({ offset: 0, size: 4 });
    expect(codec.encode(value)).toEqual(bytes);
    const written: object = Object.defineProperty({ [`${word}_v`]: [2, 3], last: 4 }, word, {
      value: 1,
      enumerable: true,
    });
    expect(codec.encode(written)).toEqual(bytes);
    // Nobody can mistake a value or a view for a promise.
    expect(await Promise.resolve(value)).toBe(value);
    const view = codec.view(bytes);
    expect(await Promise.resolve(view)).toBe(view);
  });

  test("is a member of a union", () => {
    const codec = codecOf(`struct ${word}_holder`);
    const union: object = Object.defineProperty({}, word, { value: 9, enumerable: true });
    const holder: object = Object.defineProperty({ state: 7 }, word, { value: union, enumerable: true });
    const encoded = codec.encode(holder);
    expect(encoded).toEqual(Uint8Array.of(9, 0, 0, 0, 7, 0, 0, 0));
    expect(Reflect.get(codec.decode(encoded)[word] as object, word)).toBe(9);
    expect(codec.encode(codec.decode(encoded))).toEqual(encoded);
  });

  test("is an enumerator", () => {
    const found = Object.values(module).filter(
      (value) =>
        typeof value === "object" &&
        value !== null &&
        Object.hasOwn(value, word) &&
        Object.hasOwn(value, `${word}_other`),
    );
    expect(found).toHaveLength(1);
    expect(Object.entries(found[0] as object)).toEqual([
      [word, 7],
      [`${word}_other`, 8],
    ]);
  });

  test("is a global variable in a section of its name", () => {
    const Class = Object.values(module).find(
      (value): value is new (memory: unknown) => object =>
        typeof value === "function" &&
        Object.getOwnPropertyDescriptor(value.prototype, word)?.set !== undefined,
    );
    if (Class === undefined) throw new Error(`no class has ${word}`);
    const memory = memoryOf(bytes);
    const globals = new Class(memory);
    expect(Reflect.get(Reflect.get(globals, word) as object, word)).toBe(1);
    Reflect.set(globals, word, { ...codecOf(`struct ${word}`).decode(bytes), last: 5 });
    expect(memory.bytes[8]).toBe(5);
  });

  test("is a map and a program of the skeleton", () => {
    const key = word === "__proto__" ? String.raw`\["__proto__"\]` : `"?${escaped(word)}"?`;
    expect(text).toMatch(new RegExp(`^    ${key}: hashMap\\(`, "m"));
    expect(text).toMatch(new RegExp(`^    ${key}: tracepoint,$`, "m"));
  });
});

function escaped(pattern: string): string {
  return pattern.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
