/** Maps and programs get the same classes by name as in generated skeletons: each side has a class for each family of them. */
import { generateSkeleton } from "tinybpf-gen";
import { parseObject } from "tinybpf-btf";
import { expect, test } from "vitest";
import { BtfCodecs } from "../../../src/runtime/dynamic/btf-codecs.ts";
import { describeObject } from "../../../src/runtime/dynamic/describe-object.ts";
import { MAP_CLASSES } from "../../../src/runtime/dynamic/map-kinds.ts";
import { PROGRAM_CLASSES } from "../../../src/runtime/dynamic/program-kinds.ts";
import { MapHandle } from "../../../src/runtime/maps/map.ts";
import type { ProgramHandle } from "../../../src/runtime/programs/handle.ts";
import { FIXTURES, readFixture } from "../../btf-parser/fixtures.ts";

/** Members of one record of a skeleton's interface, with their classes. */
function membersOf(text: string, record: string): Record<string, string> {
  const [, block = ""] = new RegExp(`\n  readonly ${record}: \\{\n([^]*?)\n  \\};`).exec(text) ?? [];
  return Object.fromEntries(
    [...block.matchAll(/^ {4}readonly (?:"([^"]+)"|([\w$]+)): (\w+)/gm)].map(([, quoted, plain, type]) => [
      quoted ?? plain,
      type,
    ]),
  );
}

/** The classes of what descriptors make. */
function classesOf<H>(
  record: Readonly<Record<string, { readonly create: (handle: H) => unknown }>>,
  handle: H,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(record).map(([member, descriptor]) => [
      member,
      (descriptor.create(handle) as object).constructor.name,
    ]),
  );
}

/** Nothing is pinned here. */
const NO_PINS = { pin() {}, unpin() {} };

/** Classes of programs only keep it. */
const NO_HANDLE = {} as ProgramHandle;

const seen = new Set<string>();

test.for(FIXTURES.filter((name) => !name.includes(".be.")))("%s", async (name) => {
  const object = parseObject(readFixture(name));
  const text = await generateSkeleton(object, { source: name });
  const codecs = object.btf === undefined ? undefined : new BtfCodecs(object.btf);
  const { maps, programs } = describeObject(name, object, codecs);
  const info = { type: "unknown", keySize: 4, valueSize: 8, maxEntries: 1, flags: 0 } as const;
  const map = new MapHandle(NO_PINS, -1, "map", { name: "map", ...info });
  const found = [classesOf(maps, map), classesOf(programs, NO_HANDLE)] as const;
  expect(found).toEqual([membersOf(text, "maps"), membersOf(text, "programs")]);
  for (const each of found) for (const type of Object.values(each)) seen.add(type);
});

test("every class is met", () => {
  expect([...seen].sort()).toEqual([...Object.keys(MAP_CLASSES), ...Object.keys(PROGRAM_CLASSES)].sort());
});
