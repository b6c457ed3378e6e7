/** Files in which the kernel tells of itself: /proc and /sys. */
import { readFileSync } from "node:fs";
import { ENOENT } from "./errno.ts";
import { BpfError } from "./errors.ts";

/** @throws {BpfError} when it cannot be read, as with `EMFILE` when the process has no descriptor left */
export function readSystemFile(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    const errno = error instanceof Error && "errno" in error ? Math.abs(Number(error.errno)) : ENOENT;
    throw new BpfError({ operation: `read ${path}`, errno });
  }
}
