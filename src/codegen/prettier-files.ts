/** The files that make prettier format a file as it does, without prettier, whose start takes longer than the rest. */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";

/** Where prettier looks for its configuration, in each folder (src/config/prettier-config/config-searcher.js). */
const EXTENSIONS = ["json", "yml", "yaml", "json5", "js", "ts", "mjs", "mts", "cjs", "cts", "toml"];
const CONFIG_FILES: readonly string[] = [
  ".prettierrc",
  ...EXTENSIONS.map((extension) => `.prettierrc.${extension}`),
  ...["js", "ts", "mjs", "mts", "cjs", "cts"].map((extension) => `prettier.config.${extension}`),
];

/** A configuration: where the output is, as seen from it (its patterns are matched against that), and its text. */
type ConfigFile = readonly [name: string, output: string, text: string];

/**
 * The configurations that hold for a file at `path`: those of the nearest folder upwards that has one, and each
 * `.editorconfig` up to the one that is the root, or to the repository's folder. A configuration may import others;
 * those are not found.
 */
export function prettierFiles(path: string): readonly ConfigFile[] {
  const output = resolve(path);
  const folders = upwards(dirname(output));
  const configs = folders.map((folder) => configsIn(folder, output)).find((found) => found.length > 0) ?? [];
  return [...configs, ...editorConfigs(folders, output)];
}

function configsIn(folder: string, output: string): ConfigFile[] {
  const files = CONFIG_FILES.flatMap((name) => read(join(folder, name), output));
  const yaml = read(join(folder, "package.yaml"), output).filter(([, , text]) => /^prettier\s*:/m.test(text));
  const json = read(join(folder, "package.json"), output).flatMap(([name, seen, text]): ConfigFile[] => {
    const key = prettierKey(text);
    return key === undefined ? [] : [[name, seen, key]];
  });
  return [...json, ...yaml, ...files];
}

/** The member `prettier` of a package.json, without which it is no configuration. */
function prettierKey(text: string): string | undefined {
  try {
    const content: unknown = JSON.parse(text);
    return typeof content === "object" && content !== null && "prettier" in content
      ? JSON.stringify(content.prettier)
      : undefined;
  } catch {
    // Prettier passes it over, too.
    return undefined;
  }
}

function editorConfigs(folders: readonly string[], output: string): ConfigFile[] {
  const found: ConfigFile[] = [];
  for (const folder of folders) {
    const files = read(join(folder, ".editorconfig"), output);
    found.push(...files);
    // Only what stands before the first section can say that this is the root.
    if (files.some(([, , text]) => /^\s*root\s*=\s*true\s*$/im.test(text.split(/^\s*\[/m)[0] ?? ""))) break;
    if (existsSync(join(folder, ".git")) || existsSync(join(folder, ".hg"))) break;
  }
  return found;
}

/** The file as a configuration, if it is there. */
function read(path: string, output: string): ConfigFile[] {
  if (!existsSync(path)) return [];
  const seen = relative(dirname(path), output).split(sep).join("/");
  try {
    return [[basename(path), seen, readFileSync(path, "utf8")]];
  } catch {
    // A folder, say, which prettier does not take for a configuration.
    return [];
  }
}

function upwards(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...upwards(parent)];
}
