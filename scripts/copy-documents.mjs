// Puts README.md and LICENSE into each package, where npm packs them. Links to other files of this repository become text.
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("../", import.meta.url);
const readme = readFileSync(new URL("README.md", root), "utf8").replaceAll(
  /\[([^\]\n]+)\]\((?!#|https?:)[^)\n]+\)/g,
  "$1",
);

for (const name of ["btf-parser", "runtime", "codegen"]) {
  const folder = new URL(`src/${name}/`, root);
  writeFileSync(new URL("README.md", folder), readme);
  copyFileSync(fileURLToPath(new URL("LICENSE", root)), new URL("LICENSE", folder));
}
