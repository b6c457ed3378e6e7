/** Generating again gives the committed files. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type SkeletonOptions, generateSkeleton } from "tinybpf-gen";
import { FIXTURE_NAMES, ROOT, readFixture } from "./support.ts";

const GOLDEN = join(ROOT, "test/golden");
const options = JSON.parse(readFileSync(join(GOLDEN, "options.json"), "utf8")) as Readonly<
  Record<string, Partial<SkeletonOptions>>
>;

const fixtures = FIXTURE_NAMES.map((name) => name.replace(".bpf.o", ""));
/** Further skeletons of a fixture, with other options. */
const variants = Object.keys(options).filter((stem) => options[stem]?.source !== undefined);

describe.each([...fixtures, ...variants])("%s", (stem) => {
  const source = options[stem]?.source ?? `${stem}.bpf.o`;
  const path = join(GOLDEN, `${stem}.skel.ts`);

  test("gives its golden file (npm run golden writes it)", async () => {
    const text = await generateSkeleton(readFixture(source), {
      source,
      outputPath: path,
      ...options[stem],
    });
    expect(text).toBe(readFileSync(path, "utf8"));
  });
});

test("each golden file has a fixture, and each option one that it is for", () => {
  const stems = [...fixtures, ...variants];
  const golden = readdirSync(GOLDEN).filter((name) => name.endsWith(".skel.ts"));
  expect(golden.map((name) => name.replace(".skel.ts", "")).sort()).toEqual(stems.toSorted());
  expect(Object.keys(options).filter((stem) => !stems.includes(stem))).toEqual([]);
  expect(variants.filter((stem) => fixtures.includes(stem))).toEqual([]);
});

function generate(source: string): Promise<string> {
  return generateSkeleton(readFixture(source), { source });
}

test("the same input gives the same bytes, whatever was generated before", async () => {
  const first = await generate("names.bpf.o");
  await generate("unions.bpf.o");
  expect(await generate("names.bpf.o")).toBe(first);
});
