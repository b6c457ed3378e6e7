/** That the random types have everything C can put into an object, and that a seed always gives the same. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { INTEGERS, POINTERS, randomProgram } from "./c-types.ts";
import { sourceOf } from "./declare.ts";

const SEED = 1;
const COUNT = 1500;

const programs = fc.sample(randomProgram, { seed: SEED, numRuns: COUNT });
const text = sourceOf(programs).declarations;

/** Declarations of members, one a line. */
const members = text.split("\n");

function widths(type: string): Set<number> {
  const found = text.matchAll(new RegExp(`^ {2}${type} \\w+ : (\\d+)`, "gmu"));
  return new Set([...found].map((match) => Number(match[1])));
}

describe("random types have", () => {
  test.for(Object.keys(INTEGERS))("%s", (name) => {
    expect(members.some((line) => line.startsWith(`  ${name} m`))).toBe(true);
  });

  test.for(POINTERS)("%s", (form) => {
    // The names in it differ.
    const pattern = form
      .replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
      .replaceAll("SELF", String.raw`(?:struct|union) \w+`)
      .replace("OTHER", String.raw`t\d+_other`)
      .replace("D", String.raw`\w+(?:\[\d+\])*`);
    expect(text).toMatch(new RegExp(`^  ${pattern};$`, "mu"));
  });

  test.for<[string, RegExp]>([
    ["_Bool", /^ {2}_Bool \w+;/mu],
    ["float", /^ {2}float \w+;/mu],
    ["double", /^ {2}double \w+;/mu],
    ["enums with a tag", /^enum t\d+e\d+ \{/mu],
    ["enums with a typedef", /^typedef enum {2}\{.*\} t\d+e\d+;/mu],
    ["enums in a member's declaration", /^ {2}enum {2}\{.*\} m\d+;/mu],
    ["packed enums", /enum __attribute__\(\(packed\)\)/u],
    ["negative enumerators", /= -\d+/u],
    ["enumerators beyond 2^53", /= 9007199254740993ULL/u],
    ["the greatest enumerator", /= 18446744073709551615ULL/u],
    ["the least enumerator", /= \(\(long long\)9223372036854775808ULL\)/u],
    ["duplicate enumerators", /_\d+ = (\d+), t\d+e\d+_\d+ = \1[ ,]/u],
    ["text", /^ {2}char \w+\[\d\d\];/mu],
    ["bytes", /^ {2}unsigned char \w+\[\d\d\];/mu],
    ["arrays of three dimensions", /^ {2}\w+ \w+\[[1-4]\]\[[1-4]\]\[[1-4]\];/mu],
    ["arrays without elements", /^ {2}.*\w\[0\];/mu],
    ["arrays of arrays without elements", /^ {2}.*\w\[[1-4]\]\[0\];/mu],
    ["flexible arrays", /^ {2}.* m\d+\[\];\n\};/mu],
    ["structs in a member's declaration", /^ {2}struct [^;{]*\{$/mu],
    ["structs with a typedef", /^\} t\d+n\d+;/mu],
    ["unnamed members", /^\};$/mu],
    ["arrays of unions", /^ {2}union t\d+n\d+ \w+\[[1-4]\]/mu],
    ["arrays of structs", /^ {2}struct t\d+n\d+ \w+\[[1-4]\]/mu],
    ["unnamed bitfields", /^ {2}\w+ : [1-9]/mu],
    ["bitfields that end the unit", /^ {2}[\w ]+ : 0;/mu],
    ["_Bool bitfields", /^ {2}_Bool \w+ : 1;/mu],
    ["enum bitfields", /^ {2}enum t\d+e\d+ \w+ : \d+/mu],
    ["packed structs", /^struct __attribute__\(\(packed\)\)/mu],
    ["packed and aligned structs", /^struct __attribute__\(\(packed, aligned\(\d+\)\)\)/mu],
    ["packed members", /^ {2}\w+ \w+ __attribute__\(\(packed\)\);/mu],
    ["packed bitfields", / : \d+ __attribute__\(\(packed/u],
    ["aligned bitfields", / : \d+ __attribute__\(\(aligned/u],
    ["aligned typedefs", /^typedef .* __attribute__\(\(aligned\(\d+\)\)\);/mu],
    ["chains of typedefs", /^typedef t\d+d\d+ t\d+d\d+/mu],
    ["const and volatile", /^ {2}const volatile /mu],
    ["empty structs", /^struct {2}t\d+n\d+ \{\n\};/mu],
    ["empty unions", /^union {2}t\d+n\d+ \{\n\};/mu],
    ["names that JavaScript gives a meaning", / (?:__proto__|constructor|toString);/u],
  ])("%s", ([, pattern]) => {
    expect(text).toMatch(pattern);
  });

  test.for([1, 2, 4, 8, 16, 32, 64])("aligned(%i)", (alignment) => {
    expect(text).toContain(`__attribute__((aligned(${alignment}))) t`);
    expect(text).toMatch(new RegExp(`^ {2}.* __attribute__\\(\\(aligned\\(${alignment}\\)\\)\\);$`, "mu"));
  });

  test("bitfields of most widths of each type", () => {
    expect(widths("unsigned char").size).toBe(8);
    expect(widths("short").size).toBe(16);
    expect(widths("int").size).toBeGreaterThan(20);
    expect(widths("unsigned long").size).toBeGreaterThan(30);
    expect(Math.max(...widths("unsigned __int128"))).toBeGreaterThan(100);
  });
});

test("the same seed gives the same types", () => {
  const again = fc.sample(randomProgram, { seed: SEED, numRuns: 50 });
  expect(sourceOf(again).declarations).toBe(sourceOf(programs.slice(0, 50)).declarations);
});
