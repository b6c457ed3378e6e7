import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { BtfParseError, ElfParseError, isParseError } from "tinybpf-btf";

describe("messages start with the place", () => {
  test.each([
    [new BtfParseError("wrong"), "wrong"],
    [new BtfParseError("wrong", { section: ".BTF" }), ".BTF: wrong"],
    [new BtfParseError("wrong", { section: ".BTF", typeId: 0, offset: 0 }), ".BTF: type 0: byte 0: wrong"],
    [new ElfParseError("wrong", { offset: 4 }), "byte 4: wrong"],
  ])("%s", (error, message) => {
    expect(error.message).toBe(message);
  });

  test("and the place is there to be read, with the cause", () => {
    const cause = new Error("why");
    const error = new BtfParseError("wrong", { section: ".BTF", typeId: 7, offset: 24, cause });
    expect(error).toMatchObject({ name: "BtfParseError", section: ".BTF", typeId: 7, offset: 24, cause });
    expect(new ElfParseError("wrong", { section: "xdp" })).toMatchObject({
      name: "ElfParseError",
      section: "xdp",
    });
    expect(Object.hasOwn(new ElfParseError("wrong"), "cause")).toBe(false);
  });
});

test("isParseError knows them from any realm, and nothing else", () => {
  expect(isParseError(new BtfParseError("wrong"))).toBe(true);
  expect(isParseError(new ElfParseError("wrong"))).toBe(true);
  expect(isParseError(runInNewContext('Object.assign(new Error("x"), { name: "BtfParseError" })'))).toBe(
    true,
  );
  for (const other of [new Error("x"), { name: "BtfParseError" }, null, undefined, "BtfParseError"]) {
    expect(isParseError(other)).toBe(false);
  }
});
