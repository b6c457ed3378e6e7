/** Formatting as the user's project does it. The only file that knows prettier. */
import { format, resolveConfig } from "prettier";

/**
 * Formats TypeScript with the configuration (prettier's own files and `.editorconfig`) that holds for the file at
 * `path`; with prettier's defaults when there is no path.
 */
export async function formatModule(text: string, path: string | undefined): Promise<string> {
  const config = path === undefined ? null : await resolveConfig(path, { editorconfig: true });
  return format(text, { ...config, parser: "typescript" });
}
