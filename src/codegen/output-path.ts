/** Where skeletons go, and how they find their objects. */
import { statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { objectStem } from "./object-stem.ts";
import { OptionsError, type Target } from "./options.ts";
import { realTarget } from "./real-path.ts";

/** What the names of modules of each target end in. */
const MODULE: Readonly<Record<Target, RegExp>> = { ts: /(?<!\.d)\.m?ts$/, js: /\.m?js$/ };

/** Whether `-o` names a file: it ends as modules do, and is no folder. */
export function namesFile(output: string): boolean {
  return /\.[cm]?[jt]s$/.test(output) && !isFolder(output);
}

/**
 * `-o`, when a module of this target can go there.
 *
 * @throws {@link OptionsError} when its name says that it is something else
 */
export function checkOutput(output: string, target: Target): void {
  if (!namesFile(output) || MODULE[target].test(output)) return;
  const what = `--output ${output}`;
  if (/\.d\.[cm]?ts$/.test(output))
    throw new OptionsError(`${what} is a file of declarations; --target js writes it beside the .js file`);
  const common = /\.c[jt]s$/.exec(output)?.[0];
  if (common !== undefined)
    throw new OptionsError(
      `${what}: skeletons are ES modules, which a ${common} file cannot be; name a .${target} or .m${target} file`,
    );
  throw new OptionsError(
    target === "ts"
      ? `${what} is a JavaScript file; for one, say --target js`
      : `${what} is a TypeScript file, but --target js writes JavaScript; name a .js or .mjs file`,
  );
}

/** The skeleton's path: `output` if that names a file, else `<stem>.skel.ts` in it, or beside the object. */
export function outputPath(object: string, output: string | undefined, target: Target = "ts"): string {
  if (output !== undefined && namesFile(output)) return output;
  return join(output ?? dirname(object), skeletonName(object, target));
}

/** The file name of an object's skeleton: `trace.bpf.o` gives `trace.skel.ts`. */
export function skeletonName(object: string, target: Target): string {
  return `${objectStem(object)}.skel.${target}`;
}

/** A skeleton's file or files, by the path of its module. */
export function outputFiles(path: string, target: Target): readonly string[] {
  return target === "ts" ? [path] : [path, path.replace(/\.(m?)js$/, ".d.$1ts")];
}

/** How a module at `path` is imported, without and with its extension: `./trace.skel`, and `.js` or `.mjs`. */
export function importPath(path: string): { readonly stem: string; readonly letter: string } {
  const name = basename(path);
  const letter = /\.(?<letter>[cm]?)[jt]s$/.exec(name)?.groups?.["letter"] ?? "";
  return { stem: name.replace(/\.[cm]?[jt]s$/, ""), letter };
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
