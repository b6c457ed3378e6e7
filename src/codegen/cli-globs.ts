/** Files that patterns stand for. The only file that knows tinyglobby. */
import { OptionsError } from "./options.ts";
import { quote } from "./text.ts";

/**
 * The objects that `patterns` stand for, from `folder`: in the order of the patterns, those of one by their names, each
 * once. `!` before a pattern takes away what matches. What has no `*`, `?` and the like is a path, there or not.
 *
 * @param place - where the patterns stand, for messages
 * @throws {@link OptionsError} for a pattern that matches nothing
 */
export async function expandObjects(
  patterns: readonly string[],
  folder: string,
  place: string,
): Promise<readonly string[]> {
  if (patterns.length === 0) return [];
  const { globSync, isDynamicPattern } = await import("tinyglobby");
  const ignore = ["**/node_modules/**", ...patterns.filter(isExclusion).map((pattern) => pattern.slice(1))];
  const found = new Set<string>();
  for (const pattern of patterns.filter((each) => !isExclusion(each))) {
    const files = isDynamicPattern(pattern)
      ? globSync([pattern], { cwd: folder, ignore, expandDirectories: false }).toSorted()
      : [pattern];
    if (files.length === 0) throw new OptionsError(`${place}: nothing matches ${quote(pattern)}`);
    for (const file of files) found.add(file);
  }
  return [...found];
}

function isExclusion(pattern: string): boolean {
  return pattern.startsWith("!");
}
