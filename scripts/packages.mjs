// The packages as a user gets them.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup.mjs";

/** Folders below src, those that others need first. */
const folders = ["btf-parser", "runtime", "codegen"];

/** Packs the built packages into a folder; the files. @param {string} folder */
export function pack(folder) {
  mkdirSync(folder, { recursive: true });
  return folders.map((name) => {
    const output = execFileSync("npm", ["pack", "--json", "--pack-destination", folder], {
      cwd: join(root, "src", name),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    return join(folder, JSON.parse(output)[0].filename);
  });
}
