/** Memory that C reads and writes. */
import { expect, test } from "vitest";
import { TinyBpfError } from "../../src/runtime/errors.ts";
import {
  addressIn,
  addressValue,
  allocate,
  copyFrom,
  copyTo,
  libc,
  recycle,
} from "../../src/runtime/native.ts";

test("is zeroed, aligned, and where C finds it", () => {
  const [from, to] = [allocate(24), allocate(24)];
  expect([...from.bytes]).toEqual(Array.from({ length: 24 }, () => 0));
  expect(addressValue(from.address) % 16n).toBe(0n);
  from.view.setUint32(8, 0x01020304, true);
  libc.memcpy(addressIn(to, 16), addressIn(from, 8), 8);
  expect(to.view.getUint32(16, true)).toBe(0x01020304);
  expect([...copyFrom(addressIn(from, 8), 4)]).toEqual([4, 3, 2, 1]);
  copyTo(addressIn(from, 20), new Uint8Array([9, 8, 7, 6]));
  expect(from.view.getUint32(20, true)).toBe(0x06070809);
});

test("is there for as long as somebody has its bytes", () => {
  const views = Array.from({ length: 2000 }, (_, index) => allocate(5000).bytes.fill(index));
  expect(views.every((bytes, index) => bytes[4999] === index % 256)).toBe(true);
});

test("comes back zeroed when it was given back", () => {
  const memory = allocate(77);
  memory.bytes.fill(1);
  recycle(memory);
  const again = allocate(77);
  expect(again).toBe(memory);
  expect(again.bytes.some((byte) => byte !== 0)).toBe(false);
});

test("is not used once a codec has transferred it", () => {
  const memory = allocate(33);
  structuredClone(memory.bytes, { transfer: [memory.bytes.buffer] });
  expect(() => memory.address).toThrow(TinyBpfError);
  recycle(memory);
  expect(allocate(33).bytes).toHaveLength(33);
});

test("too much of it is a typed error", () => {
  expect(() => allocate(2 ** 52)).toThrow(/^out of memory: 4503599627370496 bytes/);
});
