/** What this kernel is and has, for errors that say why something cannot be. Nothing here throws. */
import { readFileSync } from "node:fs";
import { release } from "node:os";
import { gunzipSync } from "node:zlib";

let config: string | undefined;

/** The configuration the kernel was built with; empty when it does not tell. */
function kernelConfig(): string {
  config ??= readConfig();
  return config;
}

function readConfig(): string {
  try {
    return gunzipSync(readFileSync("/proc/config.gz")).toString("latin1");
  } catch {
    // Where distributions put it instead.
    return read(`/boot/config-${release()}`);
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

/**
 * What this kernel lacks: an option it is known to be built without, or a version it is known to be older than.
 *
 * @param what - what needs them, at the start of a sentence
 * @param options - as in `CONFIG_KPROBES`
 * @param version - the first that has it, as in `6.6`
 * @returns a sentence, or undefined when nothing is known to be missing
 */
export function missingFromKernel(
  what: string,
  options: readonly string[],
  version?: string,
): string | undefined {
  if (version !== undefined && olderThan(version))
    return `${what} needs Linux ${version}; this is ${release()}`;
  const text = kernelConfig();
  const option =
    text === "" ? undefined : options.find((name) => !new RegExp(`^${name}=[ym]$`, "m").test(text));
  return option === undefined ? undefined : `${what} needs ${option}, which this kernel is built without`;
}

/** Whether this kernel is older than a version, as in `6.6`. */
export function olderThan(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [ownMajor = 0, ownMinor = 0] = release().split(/\D/).map(Number);
  return ownMajor < major || (ownMajor === major && ownMinor < minor);
}
