import { ValueError } from "tinybpf";
import { expect, test } from "vitest";
import { formatPrefix, parsePrefix } from "../../../src/runtime/maps/lpm-prefix.ts";

test.each([
  ["10.0.0.0/8", 8, [10, 0, 0, 0], undefined],
  ["10.1.2.3", 32, [10, 1, 2, 3], "10.1.2.3/32"],
  ["10.255.255.255/9", 9, [10, 128, 0, 0], "10.128.0.0/9"],
  ["255.255.255.255/0", 0, [0, 0, 0, 0], "0.0.0.0/0"],
  ["::/0", 0, Array(16).fill(0), undefined],
  ["::1", 128, [...Array(15).fill(0), 1], "::1/128"],
  ["2001:db8::/32", 32, [0x20, 1, 0x0d, 0xb8, ...Array(12).fill(0)], undefined],
  ["2001:DB8:ffff::/33", 33, [0x20, 1, 0x0d, 0xb8, 0x80, ...Array(11).fill(0)], "2001:db8:8000::/33"],
  ["::ffff:192.0.2.1", 128, [...Array(10).fill(0), 255, 255, 192, 0, 2, 1], "::ffff:c000:201/128"],
  ["1:0:0:2:0:0:0:3/128", 128, [0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3], "1:0:0:2::3/128"],
  ["1:0:2:3:4:5:6:7/128", 128, [0, 1, 0, 0, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7], "1:0:2:3:4:5:6:7/128"],
])("%s", (text, length, bytes, canonical = text) => {
  const prefix = parsePrefix(text);
  expect(prefix).toEqual({ length, address: Uint8Array.from(bytes) });
  expect(formatPrefix(prefix)).toBe(canonical);
});

test.each([
  "",
  "/8",
  "10.0.0.0/33",
  "::/129",
  "10.0.0",
  "10.0.0.0/",
  "10.0.0.0/8/8",
  "fe80::1%lo",
  "::g",
  "a/1",
])("%s is refused", (text) => {
  expect(() => parsePrefix(text)).toThrow(ValueError);
});

test.each([5, Symbol("prefix"), undefined])("%s is no text", (prefix) => {
  // @ts-expect-error no string
  expect(() => parsePrefix(prefix)).toThrow(ValueError);
});
