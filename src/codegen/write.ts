/** Files that are either as they were or complete. */
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isMissing, realTarget } from "./real-path.ts";

/** Files being written right now: what an interrupted process must take away again. */
const pending = new Set<string>();

/** A file that cannot be read or written. */
export class OutputError extends Error {
  override readonly name = "OutputError";
  readonly path: string;

  constructor(path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.path = path;
  }
}

/** The text of a file; undefined when there is none. @throws {@link OutputError} */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new OutputError(path, `cannot be read: ${reason(error)}`, { cause: error });
  }
}

/**
 * Writes `text` to `path`, making folders on the way. Whoever looks sees the old file or the new one, never a part;
 * a file that has this text already is left alone, with its time.
 *
 * @throws {@link OutputError}
 */
export function writeAtomically(path: string, text: string): "wrote" | "unchanged" {
  if (readText(path) === text) return "unchanged";
  try {
    // Renaming onto a symbolic link would replace the link.
    replace(realTarget(path), text);
  } catch (error) {
    throw new OutputError(path, `cannot be written: ${reason(error)}`, { cause: error });
  }
  return "wrote";
}

function replace(target: string, text: string): void {
  mkdirSync(dirname(target), { recursive: true });
  const mode = modeOf(target);
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  pending.add(temporary);
  try {
    // "wx": a file that somebody else put there is not followed.
    writeFileSync(temporary, text, { flag: "wx", mode: mode ?? 0o666 });
    // Of a new file the umask takes bits away; the old one had what somebody gave it.
    if (mode !== undefined) chmodSync(temporary, mode);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    pending.delete(temporary);
  }
}

/** Takes away files that were not finished. */
export function removePending(): void {
  for (const path of pending) rmSync(path, { force: true });
  pending.clear();
}

function modeOf(path: string): number | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? undefined : stat.mode & 0o777;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
