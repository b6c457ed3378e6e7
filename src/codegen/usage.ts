/** The usage example in a skeleton's documentation, from templates/usage.ts. */
import { existsSync, readFileSync } from "node:fs";
import { camelCase, isReservedWord } from "./names.ts";
import type { Target } from "./options.ts";

/** What the extension of a skeleton's import is, for the way the user's project resolves modules. */
export type ImportExtension = "js" | "ts" | "none";

const REGION = /^(?<indent> *)\/\/ #region (?<name>\w+)\n(?<code>.*?)^ *\/\/ #endregion/gms;

let templates: ReadonlyMap<string, string> | undefined;

/** The module that the example imports. */
export interface ImportedModule {
  /** Its file name without the extension: `trace.skel`. */
  readonly stem: string;
  /** `m` of a `.mts` or `.mjs` file, `c` of a `.cts`, else nothing. */
  readonly letter: string;
}

/** Lines of the target language that load the skeleton `name` from `module`. */
export function usageExample(
  name: string,
  { stem, letter }: ImportedModule,
  target: Target,
  extension: ImportExtension,
): string[] {
  templates ??= readTemplates();
  const template = templates.get(target);
  if (template === undefined) throw new Error(`templates/usage.ts has no region called ${target}`);
  const variable = camelCase(name);
  const code = template
    .replaceAll(/\btrace\b/g, isReservedWord(variable) ? `${variable}_` : variable)
    .replaceAll(/\bTrace\b/g, () => name);
  const suffix = extension === "none" ? "" : `.${letter}${extension}`;
  return [
    `import { ${name} } from ${JSON.stringify(`./${stem}${suffix}`)};`,
    "",
    ...code.trimEnd().split("\n"),
  ];
}

/** The built package has its templates in `dist`; in the source tree they are a folder of their own. */
function readTemplates(): ReadonlyMap<string, string> {
  const packed = new URL("./templates/usage.ts", import.meta.url);
  const source = existsSync(packed) ? packed : new URL("../../templates/usage.ts", import.meta.url);
  const regions = readFileSync(source, "utf8").matchAll(REGION);
  return new Map(
    [...regions].map(({ groups: { indent = "", name = "", code = "" } = {} }) => [
      name,
      code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
    ]),
  );
}
