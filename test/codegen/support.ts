/** Objects to generate skeletons from, and skeletons to run. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BpfObject, type Btf, type MapModel, parseObject } from "tinybpf-btf";
import { type SkeletonOptions, generateSkeleton } from "tinybpf-gen";
import type { GlobalsMemory } from "tinybpf/gen-v1";

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

/** Runs generated code, which finds the runtime as a user's project would. */
export async function importModule(text: string): Promise<Module> {
  const folder = join(ROOT, ".build/test-codegen");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${createHash("sha256").update(text).digest("hex").slice(0, 16)}.skel.ts`);
  writeFileSync(path, text);
  const module: unknown = await import(path);
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
  const view = new DataView(copy.buffer);
  return { view, writable: view, bytes: copy };
}

/** The bytes that a section of a fixture was compiled with. */
export function initialBytes(fixture: string, section: string): Uint8Array {
  const found = readFixture(fixture).globals.find((candidate) => candidate.section === section);
  if (found === undefined) throw new Error(`${fixture} has no ${section}`);
  return found.initial;
}
