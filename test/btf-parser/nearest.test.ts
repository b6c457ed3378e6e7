import { expect, test } from "vitest";
import { nearest } from "tinybpf-btf";

const OPTIONS = ["output", "name", "type", "event", "embed", "check", "stdout"];

test.each([
  ["chekc", "check"],
  ["events", "event"],
  ["out", "output"],
  ["nmae", "name"],
  ["stdut", "stdout"],
  ["frobnicate", undefined],
])("%s means %s", (word, expected) => {
  expect(nearest(word, OPTIONS)).toBe(expected);
});
