// One run of tsc over all skeletons, under the strictest flags, which also makes the JavaScript that is run.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root, SetupError } from "../../scripts/setup.mjs";

/** One error in it must be found, or no other would be. */
const CANARY = { file: "canary.ts", text: "export const canary: number = undefined;\n", code: "TS2322" };

/**
 * @param {string} folder with the skeletons below it
 * @param {readonly string[]} modules
 * @returns {{ problems: Map<string, string>, compiled: (module: string) => string }} the first error in each module that has
 *   one, and where its JavaScript is
 */
export function typeCheck(folder, modules) {
  const output = join(folder, "js");
  rmSync(output, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, CANARY.file), CANARY.text);
  const config = join(folder, "tsconfig.json");
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(root, "tsconfig.base.json"),
      compilerOptions: { rootDir: folder, outDir: output },
      files: [join(folder, CANARY.file), ...modules],
    }),
  );
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { stdout, stderr, error } = spawnSync(process.execPath, [tsc, "-p", config, "--pretty", "false"], {
    encoding: "utf8",
    cwd: folder,
    maxBuffer: 2 ** 28,
  });
  if (error !== undefined) throw error;
  const problems = new Map();
  for (const [, file, text] of stdout.matchAll(/^(\S[^\n]*?\.ts)\(\d+,\d+\): error (TS[^\n]*)/gm)) {
    const path = join(folder, file);
    if (!problems.has(path)) problems.set(path, text);
  }
  if (!problems.delete(join(folder, CANARY.file)) || !stdout.includes(CANARY.code))
    throw new SetupError(`tsc does not see an error that is there:\n${stdout}${stderr}`);
  const known = new Set(modules);
  for (const [path, text] of problems)
    if (!known.has(path)) throw new SetupError(`tsc finds an error elsewhere: ${path}: ${text}`);
  return {
    problems,
    compiled: (module) => join(output, relative(folder, module).replace(/\.ts$/, ".js")),
  };
}
