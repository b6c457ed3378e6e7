/** Files that patterns stand for. The only file that knows tinyglobby. */
import { relative, resolve, sep } from "node:path";
import { OptionsError } from "./options.ts";
import { quote } from "./text.ts";

/**
 * The objects that `patterns` stand for, from `folder`: in the order of the patterns, those of one by their names, each
 * once. `!` before a pattern takes away what matches, and what is below it. What has no `*` and no `?` is a path, there
 * or not.
 *
 * @param place - where the patterns stand, for messages
 * @throws {@link OptionsError} for a pattern that matches nothing
 */
export async function expandObjects(
  patterns: readonly string[],
  folder: string,
  place: string,
): Promise<readonly string[]> {
  const seen = (path: string): string => relative(folder, resolve(folder, path)).split(sep).join("/");
  const exclusions = patterns.filter(isExclusion).map((pattern) => seen(pattern.slice(1)));
  const excluded = exclusions.map(expressionFor);
  const found = new Set<string>();
  for (const pattern of patterns.filter((each) => !isExclusion(each))) {
    const files = isPattern(pattern) ? await search(seen(pattern), folder, exclusions) : [pattern];
    const left = files.map(seen).filter((file) => !excluded.some((expression) => expression.test(file)));
    if (isPattern(pattern) && left.length === 0)
      throw new OptionsError(`${place}: nothing matches ${quote(pattern)}`);
    for (const file of left) found.add(file);
  }
  return [...found];
}

/** Knows the exclusions, too, so as not to look into folders in vain. */
async function search(pattern: string, folder: string, exclusions: readonly string[]): Promise<string[]> {
  const { globSync } = await import("tinyglobby");
  const ignore = ["**/node_modules/**", ...exclusions.map(escaped)];
  return globSync([escaped(pattern)], { cwd: folder, ignore, expandDirectories: false }).toSorted();
}

function isExclusion(pattern: string): boolean {
  return pattern.startsWith("!");
}

function isPattern(text: string): boolean {
  return /[*?]/.test(text);
}

/** Takes the meaning from all that has one to tinyglobby but not here. */
function escaped(pattern: string): string {
  return pattern.replaceAll(/[\\()[\]{}!+@|"]/g, String.raw`\$&`);
}

/** What a pattern matches, as tinyglobby has it: no wildcard stands for a dot at the beginning of a name. */
function expressionFor(pattern: string): RegExp {
  const names = pattern.split("/").map((name, i, { length }) => {
    if (name === "**" && i < length - 1) return "(?:(?!\\.)[^/]+/)*";
    const text = name.replaceAll(/[\\^$.()[\]{}+|]/g, String.raw`\$&`);
    const body = text.replaceAll(/\*+/g, "[^/]*").replaceAll("?", "[^/]");
    return `${/^[*?]/.test(name) ? "(?!\\.)" : ""}${body}/`;
  });
  return new RegExp(`^${names.join("").replace(/\/$/, "")}(?:/|$)`);
}
