/** Objects to generate skeletons from, and skeletons to run. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BpfObject, type Btf, type MapModel, parseObject } from "tinybpf-btf";
import { type SkeletonOptions, generateSkeleton } from "tinybpf-gen";
import { GlobalsMemory } from "../../src/runtime/globals-memory.ts";

export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));
const FIXTURES = join(ROOT, "fixtures");

/** File names of all fixture objects. */
export const FIXTURE_NAMES: readonly string[] = readdirSync(FIXTURES)
  .filter((name) => name.endsWith(".bpf.o"))
  .sort();

export function fixturePath(name: string): string {
  return join(FIXTURES, name);
}

export function readFixture(name: string): BpfObject {
  return parseObject(readFileSync(fixturePath(name)));
}

/** An object without code that has these types and maps. */
export function objectOf(btf: Btf, parts: Partial<BpfObject> = {}): BpfObject {
  return { ...readFixture("no_btf.bpf.o"), byteOrder: btf.byteOrder, programs: [], btf, ...parts };
}

/** A map with what matters filled in. */
export function mapOf(name: string, parts: Partial<MapModel> = {}): MapModel {
  return {
    name,
    type: 1,
    typeName: "hash",
    keySize: 4,
    valueSize: 4,
    keyType: undefined,
    valueType: undefined,
    maxEntries: 1,
    mapFlags: 0,
    mapExtra: 0n,
    numaNode: undefined,
    pinning: "none",
    inner: undefined,
    values: [],
    tags: [],
    variable: undefined,
    ...parts,
  };
}

/** A module's exports, before a test says what it expects them to be. */
export type Module = Readonly<Record<string, unknown>>;

/** Writes a module where it finds the runtime as a user's project would; the same text is the same file. */
export function writeModule(text: string): string {
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
  const path = join(buildFolder(), `${hash}.skel.ts`);
  writeFileSync(path, text);
  return path;
}

/** Runs generated code. */
export async function importModule(text: string): Promise<Module> {
  const module: unknown = await import(writeModule(text));
  return Object.fromEntries(Object.entries(module as object));
}

/** Generates a skeleton and runs it. */
export async function generateAndImport(
  object: BpfObject,
  options: Partial<SkeletonOptions> = {},
): Promise<Module> {
  return importModule(await generateSkeleton(object, { source: "test.bpf.o", ...options }));
}

/** Memory of global variables with these bytes. */
export function memoryOf(bytes: Uint8Array): GlobalsMemory & { readonly bytes: Uint8Array } {
  const copy = bytes.slice();
  return Object.assign(new GlobalsMemory(new DataView(copy.buffer)), { bytes: copy });
}

/** The bytes that a section of a fixture was compiled with. */
export function initialBytes(fixture: string, section: string): Uint8Array {
  const found = readFixture(fixture).globals.find((candidate) => candidate.section === section);
  if (found === undefined) throw new Error(`${fixture} has no ${section}`);
  return found.initial;
}

/** What tsc says about modules under the strictest flags; empty when nothing. */
export function typeCheck(paths: readonly string[]): string {
  const folder = mkdtempSync(join(buildFolder(), "tsc-"));
  try {
    const config = join(folder, "tsconfig.json");
    writeFileSync(
      config,
      JSON.stringify({ extends: join(ROOT, "test/types/tsconfig.json"), include: paths }),
    );
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    const { stdout, stderr, error } = spawnSync(process.execPath, [tsc, "-p", config], { encoding: "utf8" });
    if (error !== undefined) throw error;
    return stdout + stderr;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A folder for what tests make, inside the repository so that its packages are found. */
function buildFolder(): string {
  const folder = join(ROOT, ".build/test-codegen");
  mkdirSync(folder, { recursive: true });
  return folder;
}
