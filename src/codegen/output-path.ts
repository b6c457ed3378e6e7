/** Where skeletons go, and how they find their objects. */
import { statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { objectStem } from "./object-stem.ts";
import { realTarget } from "./real-path.ts";

/** Whether `-o` names a file: it ends as TypeScript modules do, and is no folder. */
export function namesFile(output: string): boolean {
  return /\.[cm]?ts$/.test(output) && !isFolder(output);
}

/** The skeleton's path: `output` if that names a file, else `<stem>.skel.ts` in it, or beside the object. */
export function outputPath(object: string, output: string | undefined): string {
  if (output !== undefined && namesFile(output)) return output;
  return join(output ?? dirname(object), `${objectStem(object)}.skel.ts`);
}

/**
 * The path from a skeleton to its object, with `/` and beginning with a dot. It counts from where the file really
 * is: Node takes a module's own place to be behind all symbolic links. The object may be a link.
 */
export function objectPathFrom(skeleton: string, object: string): string {
  const path = relative(dirname(behindLinks(skeleton)), join(behindLinks(dirname(object)), basename(object)))
    .split(sep)
    .join("/");
  return path.startsWith("../") ? path : `./${path}`;
}

/** What cannot be followed is left as it is: whoever reads or writes the file says why. */
function behindLinks(path: string): string {
  try {
    return realTarget(path);
  } catch {
    return resolve(path);
  }
}

/** Not so when it cannot be told, as below a file: whoever writes there says why. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
