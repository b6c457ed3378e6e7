/** The compiled objects in fixtures/. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../../fixtures/", import.meta.url));

/** File names of all fixture objects, sorted. */
export const FIXTURES: readonly string[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".bpf.o"))
  .sort();

if (FIXTURES.length === 0) throw new Error(`no fixture objects in ${FOLDER}; npm run fixtures makes them`);

export function fixturePath(name: string): string {
  return join(FOLDER, name);
}

export function readFixture(name: string): Uint8Array {
  return Uint8Array.from(readFileSync(fixturePath(name)));
}
