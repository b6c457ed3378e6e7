/** This package's version, from its package.json. */
import { existsSync, readFileSync } from "node:fs";

/** Beside the sources; one up from the built files. */
function packageFile(): URL {
  const beside = new URL("./package.json", import.meta.url);
  return existsSync(beside) ? beside : new URL("../package.json", import.meta.url);
}

function readVersion(): string {
  const content: unknown = JSON.parse(readFileSync(packageFile(), "utf8"));
  if (
    typeof content === "object" &&
    content !== null &&
    "version" in content &&
    typeof content.version === "string"
  )
    return content.version;
  throw new Error("package.json has no version");
}

/** The version of tinybpf-gen. */
export const VERSION: string = readVersion();
