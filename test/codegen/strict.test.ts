/** Golden files and the programs of test/types under the strictest flags of tsconfig.base.json. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT, typeCheck, writeModule } from "./support.ts";

const TYPES = join(ROOT, "test/types");

test("generated code compiles, and programs that must not compile do not", () => {
  // An @ts-expect-error above a line without an error is an error too.
  expect(typeCheck([join(ROOT, "test/golden/*.ts"), join(TYPES, "*.ts")])).toBe("");
});

describe("what the line above rests on", () => {
  test("there are programs that must not compile", () => {
    const texts = readdirSync(TYPES)
      .filter((name) => name.endsWith(".ts"))
      .map((name) => readFileSync(join(TYPES, name), "utf8"));
    expect(texts.join("").match(/@ts-expect-error/g)?.length).toBeGreaterThan(40);
  });

  test.each([
    ["an unused import", 'import { le } from "tinybpf/gen-v1";\n', "TS6133"],
    ["an export without a type", "export const x = Math.random();\n", "TS9010"],
    ["syntax that cannot be erased", "export enum E { A }\n", "TS1294"],
    ["a name that the runtime does not have", 'export { nothing } from "tinybpf/gen-v1";\n', "TS2305"],
  ])("tsc reports %s", (_what, text, code) => {
    expect(typeCheck([writeModule(text)])).toContain(code);
  });
});
