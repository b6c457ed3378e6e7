// What a generated module exports.
import { pathToFileURL } from "node:url";

/** The class of the skeleton in a JavaScript module. @param {string} path */
export async function skeletonClass(path) {
  const exported = Object.values(await import(pathToFileURL(path).href));
  const found = exported.filter(
    (value) => typeof value?.open === "function" && typeof value.load === "function",
  );
  if (found.length !== 1) throw new Error(`${path} exports ${found.length} skeletons`);
  return found[0];
}
