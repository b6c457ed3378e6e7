/** The skeletons in test/golden: one of each fixture, and further ones with other options. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SkeletonOptions } from "tinybpf-gen";
import { FIXTURE_NAMES, ROOT } from "./support.ts";

/** A skeleton, by its file name without `.skel.ts`. */
export interface GoldenSkeleton {
  readonly stem: string;
  /** The fixture's file name. */
  readonly source: string;
  readonly options: Partial<SkeletonOptions>;
}

/** Options by stem; an entry with a `source` is one more skeleton of that fixture. */
export const GOLDEN_OPTIONS = JSON.parse(
  readFileSync(join(ROOT, "test/golden/options.json"), "utf8"),
) as Readonly<Record<string, Partial<SkeletonOptions>>>;

const fixtures = FIXTURE_NAMES.map((name) => name.replace(".bpf.o", ""));

/** Stems of the further ones. */
export const VARIANTS: readonly string[] = Object.keys(GOLDEN_OPTIONS).filter(
  (stem) => GOLDEN_OPTIONS[stem]?.source !== undefined,
);

export const GOLDEN_SKELETONS: readonly GoldenSkeleton[] = [...fixtures, ...VARIANTS].map((stem) => {
  const { source = `${stem}.bpf.o`, ...options } = GOLDEN_OPTIONS[stem] ?? {};
  return { stem, source, options };
});
