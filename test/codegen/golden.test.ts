/** Generating again gives the committed files. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { generateSkeleton } from "tinybpf-gen";
import { GOLDEN_OPTIONS, GOLDEN_SKELETONS, VARIANTS } from "./golden-skeletons.ts";
import { FIXTURE_NAMES, ROOT, readFixture } from "./support.ts";

const GOLDEN = join(ROOT, "test/golden");
describe.each(GOLDEN_SKELETONS)("$stem", ({ stem, source, options }) => {
  const path = join(GOLDEN, `${stem}.skel.ts`);

  test("gives its golden file (npm run golden writes it)", async () => {
    const text = await generateSkeleton(readFixture(source), {
      source,
      outputPath: path,
      ...options,
    });
    expect(text).toBe(readFileSync(path, "utf8"));
  });
});

test("each golden file has a fixture, and each option one that it is for", () => {
  const stems = GOLDEN_SKELETONS.map((skeleton) => skeleton.stem);
  const golden = readdirSync(GOLDEN).filter((name) => name.endsWith(".skel.ts"));
  expect(golden.map((name) => name.replace(".skel.ts", "")).sort()).toEqual(stems.toSorted());
  expect(Object.keys(GOLDEN_OPTIONS).filter((stem) => !stems.includes(stem))).toEqual([]);
  expect(VARIANTS.filter((stem) => FIXTURE_NAMES.includes(`${stem}.bpf.o`))).toEqual([]);
});

function generate(source: string): Promise<string> {
  return generateSkeleton(readFixture(source), { source });
}

test("the same input gives the same bytes, whatever was generated before", async () => {
  const first = await generate("names.bpf.o");
  await generate("unions.bpf.o");
  expect(await generate("names.bpf.o")).toBe(first);
});
