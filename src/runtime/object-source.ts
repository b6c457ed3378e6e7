/** Where the bytes of a BPF object come from. */
import { readFileSync } from "node:fs";

/** Gives the bytes of an object. */
export type ObjectSource = () => Uint8Array;

/** An object in the skeleton itself, in base64; white space in it does not matter. */
export function embedded(base64: string): ObjectSource {
  return () => Buffer.from(base64, "base64");
}

/**
 * An object in a file.
 *
 * @param url - relative to `base`: a path, with what means something else in URLs as `%xx`
 * @param base - URL of the skeleton's module: `import.meta.url`
 */
export function objectFile(url: string, base: string): ObjectSource {
  return () => readFileSync(new URL(url, base));
}
