/** Skeletons in JavaScript. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type SkeletonOptions, generateModules } from "tinybpf-gen";
import { FIXTURE_NAMES, ROOT, readFixture } from "./support.ts";

const OPTIONS = JSON.parse(readFileSync(join(ROOT, "test/golden/options.json"), "utf8")) as Readonly<
  Record<string, Partial<SkeletonOptions>>
>;

/** A new folder inside the repository, from where the runtime is found. The caller removes it. */
export function scriptFolder(): string {
  mkdirSync(join(ROOT, ".build"), { recursive: true });
  return mkdtempSync(join(ROOT, ".build", "javascript-"));
}

/** Writes `<stem>.skel.js` and `.d.ts` of fixtures, made as their golden files are. */
export async function writeScripts(
  folder: string,
  fixtures: readonly string[] = FIXTURE_NAMES,
): Promise<void> {
  for (const source of fixtures) {
    const stem = source.replace(".bpf.o", "");
    const { importExtension: _, ...options } = OPTIONS[stem] ?? {};
    const modules = await generateModules(readFixture(source), { source, target: "js", ...options });
    for (const { fileName, text } of modules) writeFileSync(join(folder, fileName), text);
  }
}
