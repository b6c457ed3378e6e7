/** Skeletons in JavaScript. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateModules } from "tinybpf-gen";
import { GOLDEN_SKELETONS, type GoldenSkeleton } from "./golden-skeletons.ts";
import { ROOT, readFixture } from "./support.ts";

/** A new folder inside the repository, from where the runtime is found. The caller removes it. */
export function scriptFolder(): string {
  mkdirSync(join(ROOT, ".build"), { recursive: true });
  return mkdtempSync(join(ROOT, ".build", "javascript-"));
}

/** Writes `<stem>.skel.js` and `.d.ts` of skeletons, made as their golden files are. */
export async function writeScripts(
  folder: string,
  skeletons: readonly GoldenSkeleton[] = GOLDEN_SKELETONS,
): Promise<void> {
  for (const { stem, source, options } of skeletons) {
    const { importExtension: _, ...others } = options;
    const outputPath = join(folder, `${stem}.skel.js`);
    const modules = await generateModules(readFixture(source), {
      ...others,
      source,
      target: "js",
      outputPath,
    });
    for (const { fileName, text } of modules) writeFileSync(join(folder, fileName), text);
  }
}
