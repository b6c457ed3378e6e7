/** Paths behind symbolic links. */
import { readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, parse, resolve, sep } from "node:path";

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

/**
 * What decides where `path` leads: each symbolic link on the way, and where it ends, there or not. No link is left
 * above any of them. Of links in circles, as many as the kernel would follow.
 */
export function waypoints(path: string): readonly string[] {
  const links: string[] = [];
  let here = isAbsolute(path) ? parse(path).root : process.cwd();
  const names = path.split(sep);
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    const next = join(here, name);
    const link = linkAt(next);
    if (link === undefined) {
      here = next;
      continue;
    }
    links.push(next);
    if (links.length > MAX_LINKS) break;
    if (isAbsolute(link)) here = parse(link).root;
    names.unshift(...link.split(sep));
  }
  return [...links, here];
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
