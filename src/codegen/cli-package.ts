/** Options in package.json, so that the build step is `tinybpf-gen` alone: `"tinybpf": { "objects": ["bpf/*.bpf.o"] }`. */
import { nearest } from "tinybpf-btf";
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expandObjects } from "./cli-globs.ts";
import { OptionsError } from "./options.ts";
import { isMissing } from "./real-path.ts";
import { quote, visible } from "./text.ts";

/** What a value in package.json may be: one text, one or several, or `true` and `false`. */
export type ValueKind = "text" | "texts" | "switch";

/** Options of a package.json. */
export interface PackageOptions {
  /** The file, for messages. */
  readonly path: string;
  /** By the options' long names; paths as they are from the working directory. */
  readonly values: ReadonlyMap<string, string | boolean | readonly string[]>;
  /** The files that `objects` stands for, in the order of the patterns and of their names; none without it. */
  objects(): Promise<readonly string[]>;
}

/**
 * The options in the nearest package.json from `folder` upwards; undefined when it has none.
 *
 * @param kinds - the options that may stand there, by their long names
 * @param others - those that are for the command line only
 * @throws {@link OptionsError} that names the file and the key
 */
export function readPackage(
  folder: string,
  kinds: ReadonlyMap<string, ValueKind>,
  others: ReadonlySet<string>,
): PackageOptions | undefined {
  const found = findPackage(folder);
  if (found === undefined) return undefined;
  const { path, options } = found;
  const seen = relative(folder, path);
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw new OptionsError(`${visible(seen)}: "tinybpf" is no object with options`);
  const all = new Map<string, ValueKind>([["objects", "texts"], ...kinds]);
  const values = new Map<string, string | boolean | readonly string[]>();
  for (const [key, value] of Object.entries(options)) {
    const kind = all.get(key);
    if (kind === undefined)
      throw new OptionsError(`${visible(seen)}: ${unknown(key, [...all.keys()], others)}`);
    values.set(key, checkValue(value, kind, `${visible(seen)}: "tinybpf".${quote(key)}`));
  }
  const patterns = texts(values.get("objects"));
  values.delete("objects");
  const output = values.get("output");
  if (typeof output === "string" && output !== "") values.set("output", from(folder, path, output));
  return {
    path: seen,
    values,
    objects: async () => {
      const objects = await expandObjects(patterns, dirname(path), `${visible(seen)}: "tinybpf"."objects"`);
      return objects.map((object) => from(folder, path, object));
    },
  };
}

/** The member `tinybpf` of the nearest package.json. One without it ends the search as well. */
function findPackage(folder: string): { readonly path: string; readonly options: unknown } | undefined {
  const path = join(folder, "package.json");
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    // A folder of this name is none, either.
    if (!isMissing(error) && !(error instanceof Error && "code" in error && error.code === "EISDIR"))
      throw new OptionsError(`${visible(path)}: it cannot be read: ${String(error)}`, { cause: error });
    return dirname(folder) === folder ? undefined : findPackage(dirname(folder));
  }
  const content = parse(path, text);
  if (typeof content !== "object" || content === null || !("tinybpf" in content)) return undefined;
  return { path, options: content.tinybpf };
}

function parse(path: string, text: string): unknown {
  try {
    // As npm does, which Windows' editors taught.
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new OptionsError(`${visible(path)}: it is no JSON: ${visible(reason)}`, { cause: error });
  }
}

function unknown(key: string, keys: readonly string[], others: ReadonlySet<string>): string {
  if (others.has(key)) return `"tinybpf".${quote(key)} is for the command line only: --${key}`;
  const near = nearest(key, keys);
  return `"tinybpf".${quote(key)} is no option${near === undefined ? "" : `; did you mean "${near}"?`}`;
}

function checkValue(value: unknown, kind: ValueKind, place: string): string | boolean | readonly string[] {
  if (kind === "switch") {
    if (typeof value === "boolean") return value;
    throw new OptionsError(`${place} is neither true nor false`);
  }
  if (typeof value === "string") return value;
  if (kind === "text") throw new OptionsError(`${place} is no text`);
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value;
  throw new OptionsError(`${place} is neither a text nor a list of texts`);
}

function texts(value: string | boolean | readonly string[] | undefined): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" ? value : [];
}

/** A path in a package.json as the working directory sees it. `/` at its end says that it is a folder. */
function from(folder: string, file: string, path: string): string {
  const seen = relative(folder, resolve(dirname(file), path));
  return (seen === "" ? "." : seen) + (/[/\\]$/.test(path) ? "/" : "");
}
