/** Files that are either as they were or complete. */
import { mkdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Files being written right now: what an interrupted process must take away again. */
const pending = new Set<string>();

/** The text of a file; undefined when there is none. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * Writes `text` to `path`, making folders on the way. Whoever looks sees the old file or the new one, never a part;
 * a file that has this text already is left alone, with its time.
 */
export function writeAtomically(path: string, text: string): "wrote" | "unchanged" {
  if (readText(path) === text) return "unchanged";
  mkdirSync(dirname(path), { recursive: true });
  // Renaming onto a symbolic link would replace the link.
  const target = realPath(path);
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  pending.add(temporary);
  try {
    // "wx": a file that somebody else put there is not followed.
    writeFileSync(temporary, text, { flag: "wx", mode: modeOf(target) });
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    pending.delete(temporary);
  }
  return "wrote";
}

/** Takes away files that were not finished. */
export function removePending(): void {
  for (const path of pending) rmSync(path, { force: true });
  pending.clear();
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (isMissing(error)) return path;
    throw error;
  }
}

function modeOf(path: string): number {
  try {
    return statSync(path).mode & 0o777;
  } catch (error) {
    if (isMissing(error)) return 0o666;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
