/** What the kernel calls an invalid argument, in words. */
import { arrayMap, createMap, hashMap, le, ringBuffer, ValueError } from "tinybpf";
import { expect, test } from "vitest";
import { Exec } from "../../golden/exec.skel.ts";
import { MapInMap } from "../../golden/map_in_map.skel.ts";
import { describeKernel } from "../require-kernel.ts";
import { loadMapKinds } from "./map-kinds.ts";

describeKernel("an invalid argument says what is invalid", () => {
  test.each([
    [
      "no entries",
      () => createMap(hashMap(le.u32, le.u32), { maxEntries: 0 }),
      "maxEntries must be at least 1",
    ],
    [
      "bytes of a ring",
      () => createMap(ringBuffer(), { maxEntries: 5000 }),
      "a power of 2, and a multiple of the page",
    ],
    [
      "no entries of an object",
      () => Exec.load({ maps: { per_pid: { maxEntries: 0 } } }),
      "Map per_pid has no room: give it max_entries, or load() { maps: { per_pid: { maxEntries: … } } }",
    ],
    [
      "no size of stacks",
      () => loadMapKinds({ maps: { stacks: { valueSize: 0 } } }),
      "Map stacks has no room: give it value_size, or load() { maps: { stacks: { valueSize: 8 * frames } } }",
    ],
    [
      "neither a number nor a size of stacks",
      () => loadMapKinds({ maps: { stacks: { valueSize: 0, maxEntries: 0 } } }),
      "Map stacks has no room: give it max_entries and value_size, or load() { maps: { stacks: { maxEntries: …, valueSize: 8 * frames } } }",
    ],
  ])("%s", (_, make, message) => {
    expect(() => make()).toThrow(/EINVAL/);
    expect(() => make()).toThrow(message);
  });

  test("a name with other characters", () => {
    expect(() => createMap(hashMap(le.u32, le.u32), { name: "a-b", maxEntries: 1 })).toThrow(ValueError);
    using dotted = createMap(hashMap(le.u32, le.u32), { name: "a.b_1", maxEntries: 1 });
    expect(dotted.name).toBe("a.b_1");
  });

  test("a map of another kind in a map of maps", () => {
    using maps = MapInMap.load();
    using other = createMap(arrayMap(le.u8), { maxEntries: 3 });
    expect(() => maps.maps.outer_hash.set(1, other as never)).toThrow(
      "It must be as createInner() makes it: of type hash, with keys of 4 and values of 4 bytes, flags 0",
    );
    expect(() => maps.maps.outer_array.set(0, other as never)).toThrow(
      "It must be as createInner() makes it: of type array, with keys of 4 and values of 8 bytes, flags 0, 4 entries",
    );
  });
});
