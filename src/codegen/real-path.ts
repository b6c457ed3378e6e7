/** Paths behind symbolic links. */
import { readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** As many links as the kernel follows (MAXSYMLINKS, include/linux/namei.h). */
const MAX_LINKS = 40;

/**
 * Where a file at `path` is, or will be once it is written: links are followed also when what they lead to is not
 * there yet.
 *
 * @throws an error of `node:fs` when links go in circles or a folder cannot be looked into
 */
export function realTarget(path: string, links: number = MAX_LINKS): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (!isMissing(error) || links === 0) throw error;
  }
  const absolute = resolve(path);
  const folder = realTarget(dirname(absolute), links);
  const here = join(folder, basename(absolute));
  const link = linkAt(here);
  return link === undefined ? here : realTarget(resolve(folder, link), links - 1);
}

/** Whether nothing is there, or below a file, where nothing can be. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    // Nothing is there.
    return undefined;
  }
}
