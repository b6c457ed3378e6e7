import { expect, test } from "vitest";
import { shortDiff } from "../../src/codegen/check.ts";

test("equal texts have no diff", () => {
  expect(shortDiff("a\nb\n", "a\nb\n")).toEqual([]);
});

test("shows the lines that differ, and two before them", () => {
  expect(shortDiff("1\n2\n3\n4\n5\n", "1\n2\n3\nfour\n5\n")).toEqual([
    { mark: "@", text: "line 4" },
    { mark: " ", text: "2" },
    { mark: " ", text: "3" },
    { mark: "-", text: "4" },
    { mark: "+", text: "four" },
  ]);
});

test("shows what is only on one side", () => {
  expect(shortDiff("a\nc\n", "a\nb\nc\n")).toEqual([
    { mark: "@", text: "line 2" },
    { mark: " ", text: "a" },
    { mark: "+", text: "b" },
  ]);
  expect(shortDiff("", "x\n")).toContainEqual({ mark: "+", text: "x" });
});

test("stays short", () => {
  const many = Array.from({ length: 500 }, (_, index) => `line ${index}`).join("\n");
  const diff = shortDiff("", many);
  expect(diff).toHaveLength(1 + 1 + 10 + 1);
  expect(diff.at(-1)).toEqual({ mark: "+", text: "... and 490 more lines" });
});
