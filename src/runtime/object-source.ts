/** Where the bytes of a BPF object come from. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { SkeletonError } from "./errors.ts";

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
 * @param digest - SHA-256 of the object that the skeleton was made from, in hexadecimal
 */
export function objectFile(url: string, base: string, digest: string): ObjectSource {
  return () => {
    const path = fileURLToPath(new URL(url, base));
    const bytes = read(path);
    if (createHash("sha256").update(bytes).digest("hex") === digest) return bytes;
    throw new SkeletonError(
      `${path} is not the object that the skeleton was made from: run tinybpf-gen again`,
    );
  };
}

function read(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new SkeletonError(
      `cannot read ${path}: the skeleton was made with --no-embed, and its object must stay where it was`,
      { cause },
    );
  }
}
