import { expect, test } from "vitest";
import { shortDiff } from "../../src/codegen/check.ts";

test("equal texts have no diff", () => {
  expect(shortDiff("a\nb\n", "a\nb\n")).toEqual([]);
});

test("shows the lines that differ, and two around them", () => {
  expect(shortDiff("1\n2\n3\n4\n5\n6\n7\n", "1\n2\n3\nfour\n5\n6\n7\n")).toEqual([
    { mark: "@", text: "line 2" },
    { mark: " ", text: "2" },
    { mark: " ", text: "3" },
    { mark: "-", text: "4" },
    { mark: "+", text: "four" },
    { mark: " ", text: "5" },
    { mark: " ", text: "6" },
  ]);
});

test("shows what is only on one side", () => {
  expect(shortDiff("a\nc\n", "a\nb\nc\n")).toEqual([
    { mark: "@", text: "line 1" },
    { mark: " ", text: "a" },
    { mark: "+", text: "b" },
    { mark: " ", text: "c" },
  ]);
  expect(shortDiff("", "x\n")).toContainEqual({ mark: "+", text: "x" });
});

test("differences far apart are shown without what lies between", () => {
  const lines = Array.from({ length: 100 }, (_, index) => `${index}`);
  const changed = lines.map((line) => (line === "10" || line === "90" ? "changed" : line));
  const diff = shortDiff(lines.join("\n"), changed.join("\n"));
  expect(diff.filter(({ mark }) => mark === "@").map(({ text }) => text)).toEqual(["line 9", "line 89"]);
  expect(diff.filter(({ mark }) => mark === "+")).toHaveLength(2);
});

test("stays short", () => {
  const many = Array.from({ length: 500 }, (_, index) => `line ${index}`).join("\n");
  const diff = shortDiff("", many);
  expect(diff).toHaveLength(1 + 16 + 1);
  expect(diff.at(-1)).toEqual({ mark: "@", text: "... and 484 more lines" });
});

function unlike(seed: string): string {
  return Array.from({ length: 20_000 }, (_, i) => `${seed}${i}`).join("\n");
}

test("texts with nothing in common do not take long to tell apart", () => {
  expect(shortDiff(unlike("a"), unlike("b"))).toEqual([{ mark: "@", text: "almost every line differs" }]);
});
