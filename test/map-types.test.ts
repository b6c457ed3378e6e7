import { expect, test } from "vitest";
import { mapTypeName as inParser } from "../src/btf-parser/map-types.ts";
import { mapTypeName as inRuntime } from "../src/runtime/maps/types.ts";

test("parser and runtime, which do not import each other, know the same kinds of maps by the same names", () => {
  const numbers = Array.from({ length: 64 }, (_, number) => number);
  const known = numbers.filter((number) => inRuntime(number) !== "unknown");
  expect(known.length).toBeGreaterThan(30);
  expect(known.map((number) => inRuntime(number))).toEqual(known.map((number) => inParser(number)));
  const unknown = numbers.filter((number) => !known.includes(number));
  expect(unknown.map((number) => inParser(number))).toEqual(unknown.map((number) => `type_${number}`));
});
