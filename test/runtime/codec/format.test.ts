import { formatValue, le, type Codec } from "tinybpf";
import { expect, test } from "vitest";
import { ValueError } from "../../../src/runtime/errors.ts";
import { ExecEvent } from "../../golden/exec.skel.ts";
import { Arrays2, Point } from "../../golden/arrays.skel.ts";
import { LargeEnum } from "./types.ts";

test.each(
  (
    [
      [le.i32, -5, "-5"],
      [le.u64, 2n ** 64n - 1n, "18446744073709551615"],
      [le.pointer, 0xffff_8880_0000_0000n, "0xffff888000000000"],
      [le.pointer, 0n, "0x0"],
      [le.pointers(2), new BigUint64Array([1n, 0xabn]), "{ 0x1, 0xab }"],
      [le.bool, false, "false"],
      [le.f32, 1, "1.0"],
      [le.f64, 0.1, "0.1"],
      [le.f64, -0, "-0.0"],
      [le.f64, 1e300, "1e+300"],
      [le.f64, Number.NaN, "NAN"],
      [le.f64, Number.POSITIVE_INFINITY, "INFINITY"],
      [le.f64, Number.NEGATIVE_INFINITY, "-INFINITY"],
      [le.chars(8), "node", '"node"'],
      [le.chars(8), 'a"\\\n\t\r', String.raw`"a\"\\\n\t\r"`],
      [le.chars(8), "\u001b[31m", String.raw`"\033[31m"`],
      [le.chars(8), "\u202eé", String.raw`"\342\200\256é"`],
      [le.bytes(2), new Uint8Array([0, 0xab]), "{ 0x00, 0xab }"],
      [le.bytes(0), new Uint8Array(0), "{}"],
      [le.numbers("i16", 2), [-1, 1], "{ -1, 1 }"],
      [LargeEnum, 2n ** 63n, "TOP"],
      [LargeEnum, 9n, "9"],
      [Point, { x: 1, y: -2 }, "{ .x = 1, .y = -2 }"],
    ] as const
  ).map(([codec, value, text]) => [text, codec as unknown as Codec<never, never>, value] as const),
)("%s", (text, codec, value) => {
  expect(formatValue(codec, value as never)).toBe(text);
});

test("a struct as a C initializer, of a value or of a view", () => {
  const event = { pid: 42, uid: 0, ts: 5n, comm: "node", filename: "/usr/bin/node" };
  const bytes = ExecEvent.encode(event);
  const text = '{ .ts = 5, .pid = 42, .uid = 0, .comm = "node", .filename = "/usr/bin/node" }';
  expect(sorted(formatValue(ExecEvent, event))).toEqual(sorted(text));
  expect(formatValue(ExecEvent, ExecEvent.view(bytes))).toBe(formatValue(ExecEvent, event));
});

function sorted(text: string): string[] {
  return text.slice(2, -2).split(", ").toSorted();
}

test("with indentation, a member a line; numbers stay together", () => {
  const value = { ...Arrays2.decode(new Uint8Array(Arrays2.size)), text: "hi" };
  const lines = formatValue(Arrays2, value, { indent: 2 }).split("\n");
  expect(lines[0]).toBe("{");
  expect(lines.at(-1)).toBe("}");
  expect(lines).toContain('  .text = "hi",');
  expect(lines).toContain("  .s16 = { 0, 0, 0 },");
  const points = lines.indexOf("  .points = {");
  expect(lines.slice(points, points + 6)).toEqual([
    "  .points = {",
    "    {",
    "      .x = 0,",
    "      .y = 0,",
    "    },",
    "    {",
  ]);
});

test("what is no value of the type is a ValueError with its path", () => {
  expect(() => formatValue(Point, { x: 1, y: "2" } as never)).toThrow(ValueError);
  expect(() => formatValue(Point, { x: 1, y: "2" } as never)).toThrow('y: "2" is not an integer');
});

test("names that are no identifiers cannot reach a terminal", () => {
  const { Evil } = { Evil: le.enumeration<1>("enum evil", 4, false, { ["\u001b[2J\n"]: 1 } as never) };
  expect(formatValue(Evil, 1)).toBe(String.raw`\033[2J\n`);
});

test.each([-1, 1.5, 256, "2"])("indent %s is a ValueError", (indent) => {
  expect(() => formatValue(Point, { x: 1, y: 2 }, { indent: indent as number })).toThrow(ValueError);
});
