import { describe, expect, test } from "vitest";
import { NameTable, camelCase, isReservedWord, pascalCase } from "../../src/codegen/names.ts";

describe("pascalCase", () => {
  test.each([
    ["exec_event", "ExecEvent"],
    ["tcp-connect", "TcpConnect"],
    ["scalars.be", "ScalarsBe"],
    ["FooBar", "FooBar"],
    ["_foo__bar_", "FooBar"],
    ["MY_EVENT", "MyEvent"],
    ["ABC", "Abc"],
    ["event_t", "EventT"],
    ["sk_buff___local", "SkBuffLocal"],
    ["3way", "_3way"],
    ["a_3", "A3"],
    ["___", "Unnamed"],
    ["", "Unnamed"],
    ["$jit", "$jit"],
    ["naïve_type", "NaïveType"],
    ["*/ process.exit(1) /*", "ProcessExit1"],
    ["a\u202eb", "AB"],
    ["x\u{1d4d0}y", "XY"],
    ["größe_名前_имя", "Größe名前Имя"],
    ["ßmall", "SSmall"],
    ["\u019bx_ŉ", "\u019bxŉ"],
    // A letter that is in no identifier, one of Unicode 16, digits of another script, a combining mark.
    ["a\u2e2fb\u1c89c\u0663d\u0301e", "ABCDE"],
  ])("%j is %s", (name, expected) => {
    expect(pascalCase(name)).toBe(expected);
  });
});

describe("NameTable", () => {
  test("numbers what is taken", () => {
    const names = new NameTable([]);
    expect([names.claim("A"), names.claim("A"), names.claim("A2"), names.claim("A")]).toEqual([
      "A",
      "A2",
      "A22",
      "A3",
    ]);
  });

  test("keeps clear of imports, globals and reserved words", () => {
    const names = new NameTable(["HashMap"]);
    expect(names.claim("HashMap")).toBe("HashMap2");
    expect(names.claim("Uint8Array")).toBe("Uint8Array2");
    expect(names.claim("class")).toBe("class2");
  });
});

test("camelCase lowers the first letter", () => {
  expect(camelCase("ExecEvent")).toBe("execEvent");
});

test("reserved words are known", () => {
  expect(["class", "await", "exec"].map(isReservedWord)).toEqual([true, true, false]);
});
