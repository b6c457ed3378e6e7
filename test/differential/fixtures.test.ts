/** Each struct and union of each fixture against the compiler. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parseObject } from "tinybpf-btf";
import { FIXTURES, readFixture } from "../btf-parser/fixtures.ts";
import { needs } from "../btf-parser/needs.ts";
import { namedComposites } from "./btf-model.ts";
import { check } from "./check.ts";
import { COMPILER, HOST } from "./compile.ts";
import type { Source } from "./subjects.ts";

const FOLDER = fileURLToPath(new URL("../../fixtures/", import.meta.url));

/** Types whose alignment attributes decide, which BTF does not record, and types that hold one. */
const UNRECORDED = new Set(
  ["cache_line", "aligned_members", "packed_aligned", "packed_member"].map((tag) => `struct ${tag}`),
);

const SEED = 1;

function sourceOf(stem: string): Source {
  const { btf } = parseObject(readFixture(`${stem}.bpf.o`));
  const types = btf === undefined ? [] : namedComposites(btf, (name) => !UNRECORDED.has(name));
  return {
    declarations: `#include "${stem}.bpf.c"`,
    subjects: types.map((type, index) => ({ type, seed: SEED + index })),
  };
}

const stems = FIXTURES.filter((name) => !name.endsWith(".be.bpf.o")).map((name) =>
  name.slice(0, -".bpf.o".length),
);
const sources = stems
  .map((stem) => ({ stem, source: sourceOf(stem) }))
  .filter(({ source }) => source.subjects.length > 0);

test("there is much to compare", () => {
  expect(sources.flatMap(({ source }) => source.subjects).length).toBeGreaterThan(60);
});

describe("as clang lays out, reads and writes the types of", () => {
  test.for(sources)("$stem", async ({ stem, source }, context) => {
    needs(context, COMPILER, HOST);
    const differences = await check(source, {
      flags: ["-I", FOLDER],
      object: readFileSync(join(FOLDER, `${stem}.bpf.o`)),
    });
    expect([...differences.values()].flat()).toEqual([]);
  });
});
