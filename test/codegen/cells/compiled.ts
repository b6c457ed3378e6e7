/** Values that clang compiled into fixtures/cells.bpf.c, for both byte orders. */
import { describe, expect, test } from "vitest";
import { CellsBeData } from "../../golden/cells.be.skel.ts";
import { CellsData } from "../../golden/cells.skel.ts";
import { initialBytes, memoryOf } from "../support.ts";

const FIXTURES = [
  { fixture: "cells.bpf.o", Class: CellsData },
  { fixture: "cells.be.bpf.o", Class: CellsBeData },
];

/** Tests that each variable is read as C has it, and written as C has it over anything that was there. */
export function describeCompiled(values: Readonly<Record<string, unknown>>): void {
  describe.each(FIXTURES)("$fixture", ({ fixture, Class }) => {
    const initial = initialBytes(fixture, ".data");

    test.each(Object.entries(values))("%s is read as C has it", (name, value) => {
      expect(Reflect.get(new Class(memoryOf(initial)), name)).toEqual(value);
    });

    test.each(Object.entries(values))("%s is written as C has it", (name, value) => {
      const memory = memoryOf(initial);
      const data = new Class(memory);
      Reflect.set(data, name, other(value));
      expect(memory.bytes).not.toEqual(initial);
      Reflect.set(data, name, value);
      // Nothing but this variable was touched, and it is as it was.
      expect(memory.bytes).toEqual(initial);
    });

    test.each(Object.keys(values))("%s is written back as it was read", (name) => {
      const memory = memoryOf(initial);
      const data = new Class(memory);
      Reflect.set(data, name, Reflect.get(new Class(memoryOf(initial)), name));
      expect(memory.bytes).toEqual(initial);
    });
  });
}

/** Another value of the same type. */
export function other(value: unknown): unknown {
  if (typeof value === "number") return value === 0 || value === 3 ? 1 : 0;
  if (typeof value === "bigint") return value === 0n ? 1n : 0n;
  if (typeof value === "boolean") return !value;
  if (typeof value === "string") return value === "" ? "x" : "";
  if (Array.isArray(value)) return value.map(other);
  if (ArrayBuffer.isView(value)) return Reflect.construct(value.constructor, [Reflect.get(value, "length")]);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, other(member)]));
  throw new TypeError(`no other value of ${String(value)}`);
}
