/** Formatting as the user's project does it. The only file that knows prettier. */
import { stripVTControlCharacters } from "node:util";
import { type Options, clearConfigCache, format, resolveConfig } from "prettier";
import { GenerateError } from "./errors.ts";

/** What a configuration must not change: all of every module is formatted, and nothing is put in front of it. */
const OURS: Options = {
  requirePragma: false,
  insertPragma: false,
  rangeStart: 0,
  rangeEnd: Infinity,
};

/**
 * Formats a module with the configuration (prettier's own files and `.editorconfig`) that holds for the file at
 * `path`; with prettier's defaults when there is no path.
 *
 * @throws {@link GenerateError} when prettier cannot use the configuration
 */
export async function formatModule(text: string, path: string | undefined): Promise<string> {
  if (path === undefined) return format(text, { ...OURS, parser: parserFor(undefined) });
  try {
    const config = await resolveConfig(path, { editorconfig: true });
    return await format(text, { ...config, ...OURS, filepath: path, parser: parserFor(config?.plugins) });
  } catch (error) {
    // What fails without a configuration, too, is not its fault.
    await format(text, { ...OURS, parser: parserFor(undefined) });
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

/** Forgets the configurations that were read: they may have changed since. */
export async function forgetConfigurations(): Promise<void> {
  await clearConfigCache();
}

/**
 * What prettier prints does not depend on the parser, and Babel's takes half the time. But a plugin may hook into the
 * one that is the usual one for TypeScript.
 */
function parserFor(plugins: Options["plugins"]): "babel-ts" | "typescript" {
  return plugins === undefined || plugins.length === 0 ? "babel-ts" : "typescript";
}
