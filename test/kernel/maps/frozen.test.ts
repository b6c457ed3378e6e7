/** Maps that user space may read, but not write: frozen ones, and arrays of constants. */
import { readdirSync, readlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  arrayMap,
  bloomFilter,
  createMap,
  le,
  openMapById,
  queueMap,
  stackMap,
  type ArrayMap,
  type Opened,
} from "tinybpf";
import { load as loadByName, openMapById as openAnyMap } from "tinybpf/dynamic";
import { expect, test } from "vitest";
import { descriptorInfo } from "../descriptors.ts";
import { describeKernel, needsLibbpf } from "../require-kernel.ts";
import { linux, needsKernel } from "../this-kernel.ts";

const BPF_F_RDONLY_PROG = 1 << 7;
const BPF_F_MMAPABLE = 1 << 10;
const FROZEN = /EPERM[^]*The map is frozen: only programs can write it/;

/** The ids of frozen maps that this process has. */
function frozenMaps(): number[] {
  return readdirSync("/proc/self/fd")
    .map(Number)
    .filter((fd) => isMap(fd) && descriptorInfo(fd, "frozen") === 1)
    .map((fd) => descriptorInfo(fd, "map_id"));
}

function isMap(fd: number): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`) === "anon_inode:bpf-map";
  } catch {
    return false; // the descriptor that listed the folder
  }
}

function mappable(flags = 0): Opened<ArrayMap<number>> {
  return createMap(arrayMap(le.u32), { name: "mappable", maxEntries: 3, flags: BPF_F_MMAPABLE | flags });
}

describeKernel("maps that cannot be written from here", () => {
  test("a mappable array that was frozen before it was used is read", () => {
    using array = mappable();
    array.freeze();
    expect(array.get(1)).toBe(0);
    expect([...array]).toEqual([0, 0, 0]);
    expect(() => array.set(1, 7)).toThrow(FROZEN);
  });

  test("one that another holder froze is read, with what was written before", () => {
    using array = mappable();
    {
      using other = openMapById(array.id, arrayMap(le.u32));
      other.set(2, 9);
    }
    array.freeze();
    using reader = openMapById(array.id, arrayMap(le.u32));
    expect([...reader.entries()]).toEqual([
      [0, 0],
      [1, 0],
      [2, 9],
    ]);
  });

  test("a mappable array is filled, then frozen, then read", () => {
    using array = mappable();
    array.set(1, 7);
    const reading = array.values();
    expect(reading.next().value).toBe(0);
    array.freeze();
    expect([...reading]).toEqual([7, 0]);
    expect(array.get(1)).toBe(7);
    expect(() => array.set(1, 8)).toThrow(FROZEN);
    expect(() => array.freeze()).toThrow(/is frozen/);
  });

  test("what cannot be frozen, because another holder has its memory, is written as before", () => {
    using array = mappable();
    using other = openMapById(array.id, arrayMap(le.u32));
    array.set(0, 1);
    other.set(1, 2);
    for (let i = 0; i < 3; i++) expect(() => array.freeze()).toThrow(/EBUSY[^]*is mapped and can be written/);
    expect([...array.set(2, 3)]).toEqual([1, 2, 3]);
    other.close();
    array.freeze();
    expect([...array]).toEqual([1, 2, 3]);
  });

  test("a mappable array that programs cannot write is written from here", () => {
    using array = mappable(BPF_F_RDONLY_PROG);
    expect(array.set(1, 7).get(1)).toBe(7);
    expect([...array]).toEqual([0, 7, 0]);
  });

  test("sections of constants are opened by their ids", (context) => {
    needsLibbpf(context, "1.1", "sections of .bss by other names");
    const file = fileURLToPath(new URL("../../../fixtures/globals.bpf.o", import.meta.url));
    // Older kernels load the sections, and not the program.
    using object = loadByName(file, { programs: { sum: { autoload: false } } });
    const constants = frozenMaps();
    expect(constants.length).toBeGreaterThan(0);
    for (const id of constants) {
      using section = openAnyMap(id, "ArrayMap");
      expect(section.get(0)).toBeInstanceOf(Uint8Array);
      expect(() => section.set(0, section.get(0))).toThrow(FROZEN);
    }
    expect(object.closed).toBe(false);
  });

  test.each([
    ["queue", queueMap(le.u32)],
    ["stack", stackMap(le.u32)],
  ] as const)("a frozen %s says what it is", (_kind, descriptor) => {
    using values = createMap(descriptor, { maxEntries: 2 });
    values.push(1).freeze();
    expect(values.peek()).toBe(1);
    expect(() => values.push(2)).toThrow(FROZEN);
    expect(() => values.pop()).toThrow(FROZEN);
  });

  test("a frozen Bloom filter says what it is", (context) => {
    needsKernel(context, linux("5.16"));
    using values = createMap(bloomFilter(le.u32), { maxEntries: 8 });
    values.add(1).freeze();
    expect(values.has(1)).toBe(true);
    expect(() => values.add(2)).toThrow(FROZEN);
  });
});
