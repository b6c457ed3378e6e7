import { describe, expect, test } from "vitest";
import { docBlock, docCode, docs } from "../../src/codegen/doc.ts";
import { accessorKey, literalKey, member, quote, typeKey, visible } from "../../src/codegen/text.ts";

const NASTY: readonly string[] = [
  "plain",
  '"; process.exit(1); "',
  "'; process.exit(1); '",
  "`${process.exit(1)}`",
  "back\\slash\\",
  "one\ntwo\r\u2028three\u2029",
  "\u202e bidi \u2066 marks \u2069",
  "\0\u0007\u001b[31m",
  "naïve 日本 \u{1f600}",
  "\ud800 alone",
  "*/ /* //",
  "</script>",
  "\u00a0\u200b\ufeff",
];

/** What JavaScript makes of a piece of source. */
function evaluate(expression: string): unknown {
  // oxlint-disable-next-line typescript/no-implied-eval -- that it is harmless is what is tested
  return new Function(`return (${expression});`)();
}

describe("quote", () => {
  test.each(NASTY)("%j keeps its value", (text) => {
    expect(evaluate(quote(text))).toBe(text);
  });

  test.each(NASTY)("%j is one line of visible characters", (text) => {
    expect(quote(text)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u);
  });
});

test("visible leaves ordinary text alone and escapes the rest", () => {
  expect(visible("naïve x")).toBe("naïve x");
  expect(visible("a\u202eb\nc")).toBe(String.raw`a\u202eb\u000ac`);
  expect(visible("\u{e0001}")).toBe(String.raw`\udb40\udc01`);
});

describe("names of properties", () => {
  test.each([
    ["pid", "pid"],
    ["class", "class"],
    ["$x_1", "$x_1"],
    ["1st", '"1st"'],
    ["a-b", '"a-b"'],
    ["naïve", '"naïve"'],
    ["", '""'],
  ])("%j is written %s", (name, expected) => {
    expect(typeKey(name)).toBe(expected);
    expect(literalKey(name)).toBe(expected);
    expect(accessorKey(name)).toBe(expected);
  });

  test("__proto__ in an object literal is a property", () => {
    expect(evaluate(`Object.keys({ ${literalKey("__proto__")}: 1 })`)).toEqual(["__proto__"]);
  });

  test("a getter may be called constructor", () => {
    expect(evaluate(`new (class { get ${accessorKey("constructor")}() { return 5; } })().constructor`)).toBe(
      5,
    );
  });

  test("access needs quotes where a name is no identifier", () => {
    expect(member("x", "pid")).toBe("x.pid");
    expect(member("x", "a-b")).toBe('x["a-b"]');
  });
});

describe("documentation", () => {
  test.each(NASTY)("%j cannot end a comment or a code span", (text) => {
    for (const doc of [docCode(text), docBlock([text])]) {
      expect(doc).not.toContain("*/");
      expect(evaluate(`/** ${doc} */ 7`)).toBe(7);
    }
    expect(docCode(text).slice(1, -1)).not.toContain("`");
  });

  test("several lines start on a line of their own", () => {
    expect(docs("a\nb")).toEqual([{ description: "\na\nb" }]);
    expect(docs("a")).toEqual([{ description: "a" }]);
    expect(docs("")).toEqual([]);
  });
});
