/** The files that make prettier format a file as it does, without prettier, whose start takes longer than the rest. */
import { existsSync, lstatSync, readFileSync } from "node:fs";
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

/** The texts of configurations that are modules, by their paths, as they were when the first file was formatted. */
const imported = new Map<string, string>();

/**
 * The configurations that hold for a file at `path`: those of the nearest folder upwards that has one, and each
 * `.editorconfig` up to the one that is the root, or to the repository's folder. What may be none, or not end the
 * search, is taken along, and the search goes on. A configuration may import others; those are not found.
 */
export function prettierFiles(path: string): readonly ConfigFile[] {
  const output = resolve(path);
  const folders = upwards(dirname(output));
  return [...configs(folders, output), ...editorConfigs(folders, output)];
}

/**
 * Whether prettier, when it formats a file at `path` now, does so by the texts of {@link prettierFiles}. Node imports a
 * module once in a process, whatever is in the file later.
 */
export function areImportedAsRead(path: string): boolean {
  const output = resolve(path);
  const modules = prettierFiles(path).filter(([name]) => /\.[cm]?[jt]s$/.test(name));
  return modules
    .map(([name, seen, text]) => {
      const file = output.slice(0, -seen.length) + name;
      const first = imported.get(file) ?? text;
      imported.set(file, first);
      return first === text;
    })
    .every(Boolean);
}

function configs(folders: readonly string[], output: string): ConfigFile[] {
  const found: ConfigFile[] = [];
  for (const folder of folders) {
    const sure = configsIn(folder, output);
    found.push(...sure, ...packageYaml(folder, output));
    if (sure.length > 0) break;
  }
  return found;
}

/** Without a parser of YAML nobody can tell whether its key `prettier` is there, and has a value. */
function packageYaml(folder: string, output: string): ConfigFile[] {
  // A quoted key may be written in escapes.
  return read(join(folder, "package.yaml"), output).filter(([, , text]) => /prettier|\\/.test(text));
}

function configsIn(folder: string, output: string): ConfigFile[] {
  const files = CONFIG_FILES.flatMap((name) => read(join(folder, name), output));
  const json = read(join(folder, "package.json"), output).flatMap(([name, seen, text]): ConfigFile[] => {
    const key = prettierKey(text);
    return key === undefined ? [] : [[name, seen, key]];
  });
  return [...json, ...files];
}

/** The member `prettier` of a package.json, without which, or with `null` and the like, it is no configuration. */
function prettierKey(text: string): string | undefined {
  try {
    const content: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    return typeof content === "object" &&
      content !== null &&
      "prettier" in content &&
      Boolean(content.prettier)
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
    if (files.some(([, , text]) => isRoot(text))) break;
    if (existsSync(join(folder, ".git")) || isFolder(join(folder, ".hg"))) break;
  }
  return found;
}

/**
 * Whether an `.editorconfig` says once, before its first section, that it is the root, and nothing that its parser
 * (ini-simple-parser) rejects, which drops all of it, or takes for another value of `root`.
 */
function isRoot(text: string): boolean {
  const lines = text
    .split(/[\r\n]/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^[#;]/.test(line));
  if (!lines.every((line) => (line.startsWith("[") ? line.endsWith("]") : line.includes("=")))) return false;
  const section = lines.findIndex((line) => line.startsWith("["));
  const roots = lines.filter(
    (line, i) => line === "[root]" || ((section === -1 || i < section) && /^root\s*=/i.test(line)),
  );
  return roots.length === 1 && /^root\s*=\s*true$/i.test(roots[0] ?? "");
}

/** A link to one is none to prettier. */
function isFolder(path: string): boolean {
  try {
    return lstatSync(path).isDirectory();
  } catch {
    return false;
  }
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
