/** From an object that a test compiled to its skeleton: type-checked, run, and opened by libbpf. */
import { expect } from "vitest";
import { type BpfObject, parseObject } from "tinybpf-btf";
import { type SkeletonOptions, generateSkeleton } from "tinybpf-gen";
import { init } from "tinybpf";
import type { OpenSkeleton, Skeleton, SkeletonClass } from "tinybpf/gen-v1";
import type { Need } from "../../btf-parser/needs.ts";
import { type Module, importModule, typeCheck, writeModule } from "../support.ts";
import { bpftoolMembers, bpftoolSkeleton, read } from "./clang.ts";

export interface Generated {
  readonly object: BpfObject;
  readonly text: string;
  readonly module: Module;
}

/** Generates the skeleton of an object; it compiles and can be imported. */
export async function generated(path: string, options: Partial<SkeletonOptions> = {}): Promise<Generated> {
  const object = parseObject(read(path));
  const text = await generateSkeleton(object, { source: "wild.bpf.o", name: "Wild", ...options });
  expect(typeCheck([writeModule(text)])).toBe("");
  return { object, text, module: await importModule(text) };
}

/** Expects bpftool's skeleton to have the same maps, but those of globals, and the same programs. */
export function expectAsBpftool(path: string, object: BpfObject): void {
  const theirs = bpftoolSkeleton(path);
  expect(theirs.log).toBe("");
  expect(theirs.fine).toBe(true);
  const sections = new Set([...object.globals.map(({ name }) => name), "kconfig"]);
  const maps = bpftoolMembers(theirs.text, "maps").filter((name) => !sections.has(name));
  expect([...object.maps, ...object.structOps].map(({ name }) => name)).toEqual(maps);
  expect(object.programs.map(({ name }) => name)).toEqual(bpftoolMembers(theirs.text, "progs"));
}

/** Any skeleton. */
type AnyClass = SkeletonClass<Skeleton, OpenSkeleton<Skeleton>, object>;

/** Opens the object with libbpf, through the skeleton, which finds all of its members. */
export function expectOpens({ module, object }: Generated): void {
  const Wild = module["Wild"] as AnyClass;
  using open = Wild.open();
  expect(Object.keys(open.maps)).toEqual([...object.maps, ...object.structOps].map(({ name }) => name));
  expect(Object.keys(open.programs)).toEqual(object.programs.map(({ name }) => name));
}

/** libbpf, which opens objects without any privilege. */
export const LIBBPF: Need = () => {
  try {
    init();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};
