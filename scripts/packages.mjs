// The packages as a user gets them.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup.mjs";

/** Folders below src, those that others need first. */
const all = ["btf-parser", "runtime", "codegen"];

/**
 * Packs built packages.
 *
 * @param {string} folder where to
 * @param {readonly string[]} [names] their folders below src
 * @returns {readonly string[]} the files
 */
export function pack(folder, names = all) {
  mkdirSync(folder, { recursive: true });
  return names.map((name) => {
    const output = execFileSync("npm", ["pack", "--json", "--pack-destination", folder], {
      cwd: join(root, "src", name),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    return join(folder, JSON.parse(output)[0].filename);
  });
}
