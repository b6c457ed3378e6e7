// A project as a user has it: the packages installed from their tarballs, objects, and a program (test/node/smoke.ts) that
// uses the skeletons which tinybpf-gen makes there.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pack } from "./packages.mjs";
import { quietly, root, SetupError } from "./setup.mjs";

/** What the program loads. Their golden files are made without options, as the skeletons are here. */
const objects = ["maps", "raw_tp", "syscall", "verifier_reject"];

const compilerOptions = {
  target: "es2022",
  lib: ["es2023", "esnext.disposable"],
  module: "nodenext",
  types: ["node"],
  typeRoots: [join(root, "node_modules/@types")],
  strict: true,
  rewriteRelativeImportExtensions: true,
  rootDir: ".",
  outDir: "js",
};

/** Makes the project; npm installs what the packages depend on. @param {string} folder an empty one */
export function layProject(folder) {
  const tarballs = pack(join(folder, "tarballs"));
  writeFileSync(join(folder, "package.json"), '{ "name": "project", "private": true, "type": "module" }\n');
  const quiet = ["--no-audit", "--no-fund", "--ignore-scripts"];
  quietly("npm", ["install", "--prefix", folder, ...quiet, ...tarballs]);
  mkdirSync(join(folder, "node"));
  cpSync(join(root, "test/node/smoke.ts"), join(folder, "node/smoke.ts"));
  for (const name of objects) cpSync(join(root, `fixtures/${name}.bpf.o`), join(folder, `${name}.bpf.o`));
  cpSync(join(root, ".prettierrc.json"), join(folder, ".prettierrc.json"));
  const tsconfig = { compilerOptions, include: ["golden", "node"] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
}

/** A skeleton without the digest of what it was made from, which knows where. */
function skeleton(path) {
  return readFileSync(path, "utf8").replace(/^\/\/ Digests: .*$/m, "");
}

/**
 * Generates the skeletons and runs the program.
 *
 * @param {string} folder the project
 * @param {readonly string[]} node the command that starts Node there
 * @param {{ cwd?: string, stripsTypes: boolean }} how `cwd`: the folder as `node` calls it; `stripsTypes`: this Node runs
 *   TypeScript with `using` as it is
 * @returns {string} what the program said
 */
export function tryProject(folder, node, { cwd = folder, stripsTypes }) {
  rmSync(join(folder, "golden"), { recursive: true, force: true });
  const command = join(cwd, "node_modules/tinybpf-gen/bin.js");
  const paths = objects.map((name) => join(cwd, `${name}.bpf.o`));
  run([...node, command, "-o", `${join(cwd, "golden")}/`, ...paths], folder);
  for (const name of objects) {
    const file = `golden/${name}.skel.ts`;
    if (skeleton(join(folder, file)) !== skeleton(join(root, "test", file)))
      throw new SetupError(`${file} is not what test/${file} is`);
  }
  if (!stripsTypes) {
    rmSync(join(folder, "js"), { recursive: true, force: true });
    quietly(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder]);
  }
  const { stdout, stderr } = run(
    [...node, join(cwd, stripsTypes ? "node/smoke.ts" : "js/node/smoke.js")],
    folder,
  );
  if (stderr !== "") throw new SetupError(`the program said on standard error:\n${stderr}`);
  return stdout.trimEnd();
}

function run([file, ...args], cwd) {
  const { status, signal, stdout, stderr, error } = spawnSync(file, args, {
    cwd,
    encoding: "utf8",
    timeout: 60_000,
  });
  if (status === 0) return { stdout, stderr };
  const how = error?.message ?? signal ?? `exit ${status}`;
  throw new SetupError(`${[file, ...args].join(" ")}: ${how}\n${stdout}${stderr}`);
}
