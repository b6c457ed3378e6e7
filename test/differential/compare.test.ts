/** That differences are noticed: codecs of one definition against a compiler that was given another. */
import { rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { needs } from "../btf-parser/needs.ts";
import { compareAll, workFolder } from "./check.ts";
import { COMPILER, HOST, compile } from "./compile.ts";
import { generateCodecs } from "./generated.ts";
import { leaves } from "./leaves.ts";
import type { CType, Composite, Member } from "./model.ts";
import { RunTimeCodecs } from "./run-time.ts";
import type { Source } from "./subjects.ts";
import { compareBytes, compareDescriptions, compareRefusals } from "./twins.ts";

const U32: CType = { kind: "int", size: 4, signed: false, char: false };
const S32: CType = { kind: "int", size: 4, signed: true, char: false };

function member(name: string, type: CType, width?: number): Member {
  return { name, type, bits: width === undefined ? undefined : { width, declared: "unsigned int" } };
}

function structOf(members: readonly Member[]): Composite & { readonly name: string } {
  return { kind: "composite", of: "struct", name: "struct s", members, salt: 0, isNatural: true };
}

function arrayOf(element: CType, length: number): CType {
  return { kind: "array", element, length, flexible: false };
}

/** `struct s` as C code and as what is expected of its values. */
function source(body: string, ...members: readonly Member[]): Source {
  return { declarations: `struct s { ${body} };`, subjects: [{ type: structOf(members), seed: 7 }] };
}

const SUBJECT = { type: structOf([]), expression: "struct s", owner: undefined, subject: 0 };

const a = member("a", U32);
const b = member("b", U32);

describe("what is noticed", () => {
  test.for([
    ["nothing, where all is well", "unsigned a, b;", source("unsigned a, b;", a, b), []],
    [
      "members in another order",
      "unsigned b, a;",
      source("unsigned a, b;", a, b),
      [
        "little-endian layout of struct s: offset of a: 4, in C 0",
        "big-endian layout of struct s: offset of a: 4, in C 0",
        "big-endian struct s, value 0: encoded",
        "big-endian struct s, value 1: decoded",
        "struct s: decoded (",
        "struct s: view (",
      ],
    ],
    [
      "another sign",
      "unsigned a, b;",
      source("int a, b;", member("a", S32), member("b", S32)),
      ["decoded", "in C"],
    ],
    [
      "another size",
      "unsigned a, b, c;",
      source("unsigned a, b;", a, b),
      ["size: 12, in C 8", "members: a, b, c"],
    ],
    [
      "other bits",
      "unsigned a : 5, b : 3;",
      source("unsigned a : 3, b : 5;", member("a", U32, 3), member("b", U32, 5)),
      [
        "little-endian layout of struct s: bits of a: 0+5, in C 0+3",
        "big-endian layout of struct s: bits of b: 5+3, in C 3+5",
        "decoded",
      ],
    ],
    [
      "another alignment",
      "unsigned a, b;",
      source("unsigned a __attribute__((aligned(8))), b;", a, b),
      ["align: 4, in C 8"],
    ],
    ["other types of the same bytes", "float a, b;", source("unsigned a, b;", a, b), ["decoded", "encoded"]],
    [
      "a member that is missing",
      "unsigned a; int : 32;",
      source("unsigned a, b;", a, b),
      ["members: a, in C a, b"],
    ],
  ] as const)("%s", async ([, given, truth, expected], context) => {
    needs(context, COMPILER, HOST);
    const folder = workFolder();
    try {
      const ours = await compile({ declarations: `struct s { ${given} } s;`, subjects: [] }, folder);
      const little = await generateCodecs(ours.little, folder, "little");
      const big = await generateCodecs(ours.big, folder, "big");
      const differences = compareAll(truth, await compile(truth, folder), { little, big });
      const lines = [...differences.values()].flat();
      expect(lines.length > 0).toBe(expected.length > 0);
      for (const part of expected) {
        expect(
          lines.some((line) => line.includes(part)),
          part,
        ).toBe(true);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("what is noticed between generated and run-time codecs", () => {
  const bodies = [
    "unsigned a, b;",
    "unsigned b, a;",
    "int a, b;",
    "unsigned a : 5, b : 3;",
    "unsigned a, b, c;",
  ];
  test.for(bodies)("%s", async (other, context) => {
    needs(context, COMPILER, HOST);
    const folder = workFolder();
    try {
      const declarations = `struct s { ${bodies[0]} } s;`;
      const ours = await compile({ declarations, subjects: [] }, folder);
      const generated = (await generateCodecs(ours.little, folder, "little")).find(SUBJECT);
      const theirs = await compile({ declarations: `struct s { ${other} } s;`, subjects: [] }, folder);
      const runTime = new RunTimeCodecs(theirs.little).find(SUBJECT);
      if (generated === undefined || runTime === undefined) throw new Error("there is no codec");
      const isSame = other === bodies[0];
      expect(compareDescriptions(generated, runTime).length === 0).toBe(isSame);
      const bytes = Uint8Array.from({ length: 12 }, (_, i) => 0xf1 - i);
      expect(compareBytes(generated, runTime, bytes).length === 0).toBe(isSame);
      expect(compareRefusals(generated, runTime, { a: 1, b: 2 }).length === 0).toBe(isSame);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("values of the wrong JavaScript type", () => {
  const char: CType = { kind: "int", size: 1, signed: true, char: true };
  const u64: CType = { kind: "int", size: 8, signed: false, char: false };
  test.for<[string, CType, unknown, string[]]>([
    ["a number", U32, 5, ["=5"]],
    ["a bigint for a number", U32, 5n, ["=bigint for a number"]],
    ["a number for a bigint", u64, 5, ["=number for a bigint"]],
    ["-0 for 0", U32, -0, ["=-0"]],
    ["a number for a boolean", { kind: "bool" }, 1, ["=number for a boolean"]],
    ["the sign of a zero", { kind: "float", size: 8 }, -0, ["=8000000000000000"]],
    ["bytes for a string", arrayOf(char, 2), Uint8Array.of(65, 66), ["=object for a string"]],
    ["an array for a typed array", arrayOf(U32, 1), [1], [": Array for Uint32Array"]],
    ["elements that are missing", arrayOf(U32, 2), Uint32Array.of(1), [": 1 elements, not 2", "[0]=1"]],
    ["a wide bitfield as a number", structOf([member("a", u64, 40)]), { a: 1 }, [".a=number for a bigint"]],
    ["a narrow one", structOf([member("a", u64, 3)]), { a: 1 }, [".a=1"]],
    ["a member too many", structOf([a]), { a: 1, c: 2 }, [".c: C has no such member", ".a=1"]],
    ["no object", structOf([a]), 1, [": number for a struct"]],
  ])("%s", ([, type, value, expected]) => {
    expect(leaves(type, value)).toEqual(expected);
  });
});
