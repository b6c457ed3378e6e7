/** Formatting as the user's project does it. The only file that knows prettier. */
import { stripVTControlCharacters } from "node:util";
import { type Options, format, resolveConfig } from "prettier";
import { GenerateError } from "./errors.ts";

/**
 * What a configuration must not change: all of every module is formatted, nothing is put in front of it, and no text
 * in it is taken for another language.
 */
const OURS: Options = {
  embeddedLanguageFormatting: "off",
  requirePragma: false,
  insertPragma: false,
  rangeStart: 0,
  rangeEnd: Infinity,
};

/**
 * Formats the module at `path`: with the configuration (prettier's own files and `.editorconfig`) that holds there, or
 * with prettier's defaults when there is no such place and `path` only tells the language.
 *
 * @throws {@link GenerateError} when prettier cannot use the configuration
 */
export async function formatModule(text: string, path: string, configured: boolean): Promise<string> {
  const usual: Options = { ...OURS, filepath: path, parser: parserFor(path) };
  if (!configured) return format(text, usual);
  try {
    // Whoever watches, or calls the library twice, may have changed it since.
    const config = await resolveConfig(path, { editorconfig: true, useCache: false });
    return await format(text, { ...config, ...usual, parser: parserFor(path, config?.plugins) });
  } catch (error) {
    // What fails without a configuration, too, is not its fault.
    await format(text, usual);
    const message = error instanceof Error ? error.message : String(error);
    throw new GenerateError(
      "",
      `prettier's configuration for ${path}: ${stripVTControlCharacters(message)}`,
      {
        cause: error,
      },
    );
  }
}

/**
 * What prettier prints does not depend on the parser, and Babel's takes half the time. But a plugin may hook into the
 * one that is the usual one for TypeScript.
 */
function parserFor(path: string, plugins: Options["plugins"] = []): "babel" | "babel-ts" | "typescript" {
  if (/\.m?js$/.test(path)) return "babel";
  return plugins.length === 0 ? "babel-ts" : "typescript";
}
