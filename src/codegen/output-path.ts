/** Where skeletons go, and how they find their objects. */
import { statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { objectStem } from "./object-stem.ts";

/** Whether `-o` names a file: it ends as TypeScript modules do, and is no folder. */
export function namesFile(output: string): boolean {
  return /\.[cm]?ts$/.test(output) && !isFolder(output);
}

/** The skeleton's path: `output` if that names a file, else `<stem>.skel.ts` in it, or beside the object. */
export function outputPath(object: string, output: string | undefined): string {
  if (output !== undefined && namesFile(output)) return output;
  return join(output ?? dirname(object), `${objectStem(object)}.skel.ts`);
}

/** The path from a skeleton to its object, as a module specifier is written. */
export function objectPathFrom(skeleton: string, object: string): string {
  const path = relative(dirname(resolve(skeleton)), resolve(object))
    .split(sep)
    .join("/");
  return path.startsWith("../") ? path : `./${path}`;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
