import { constants } from "node:os";
import { BpfError } from "tinybpf";
import { describe, expect, test } from "vitest";
import { openCurrent } from "../../../src/runtime/maps/open-current.ts";

/** A slot that gives one id after the other, and of which some maps are gone. */
function slot(ids: (number | undefined)[], errno: number = constants.errno.ENOENT) {
  const opened: number[] = [];
  return {
    opened,
    get: (gone: readonly number[]) =>
      openCurrent(
        () => ids.shift(),
        (id) => {
          opened.push(id);
          if (gone.includes(id)) throw new BpfError({ operation: `open map ${id}`, errno });
          return `map ${id}`;
        },
      ),
  };
}

describe("openCurrent", () => {
  test("opens what is there", () => {
    expect(slot([7]).get([])).toBe("map 7");
    expect(slot([undefined]).get([])).toBeUndefined();
  });

  test("what was replaced meanwhile gives what is there now", () => {
    const replaced = slot([7, 8, 9]);
    expect(replaced.get([7, 8])).toBe("map 9");
    expect(replaced.opened).toEqual([7, 8, 9]);
  });

  test("what was removed meanwhile is not there", () => {
    expect(slot([7, undefined]).get([7])).toBeUndefined();
  });

  test("what is there and cannot be opened is an error", () => {
    expect(() => slot([7, 7]).get([7])).toThrow("cannot open map 7");
    expect(() => slot([7, 8], constants.errno.EPERM).get([7])).toThrow(/EPERM/);
  });
});
