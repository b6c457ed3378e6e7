/** The usage example in a skeleton's documentation, from templates/usage.ts. */
import { existsSync, readFileSync } from "node:fs";
import { camelCase, isReservedWord } from "./names.ts";

/** What the extension of a skeleton's import is, for the way the user's project resolves modules. */
export type ImportExtension = "js" | "ts" | "none";

const REGION = /^\/\/ #region usage\n(?<code>.*?)^\/\/ #endregion/ms;

let template: string | undefined;

/** Lines of TypeScript that load the skeleton `name` from the module `<stem>.<extension>`. */
export function usageExample(name: string, stem: string, extension: ImportExtension): string[] {
  template ??= readTemplate();
  const variable = camelCase(name);
  const code = template
    .replaceAll(/\btrace\b/g, isReservedWord(variable) ? `${variable}_` : variable)
    .replaceAll(/\bTrace\b/g, () => name);
  const suffix = extension === "none" ? "" : `.${extension}`;
  return [
    `import { ${name} } from ${JSON.stringify(`./${stem}${suffix}`)};`,
    "",
    ...code.trimEnd().split("\n"),
  ];
}

/** The built package has its templates in `dist`; in the source tree they are a folder of their own. */
function readTemplate(): string {
  const packed = new URL("./templates/usage.ts", import.meta.url);
  const source = existsSync(packed) ? packed : new URL("../../templates/usage.ts", import.meta.url);
  const code = REGION.exec(readFileSync(source, "utf8"))?.groups?.["code"];
  if (code === undefined) throw new Error("templates/usage.ts has no region called usage");
  return code;
}
