/**
 * Bitfields of every width, from several bits of a byte, in structs that end where they do: each is read and written as
 * its bits say, one by one, and no byte besides is touched.
 */
import { describe, expect, test } from "vitest";
import type { StructCodec } from "tinybpf/gen-v1";
import { BtfBuilder, type StructMember } from "../btf-parser/btf-builder.ts";
import { Random } from "../btf-parser/random.ts";
import { generateAndImport, objectOf } from "./support.ts";

const SIGNED = 1;
const FIRST_BITS = [0, 3, 7];
const MOST_BITS = 64;

type Order = "little" | "big";

/** The bitfield `value` with one before it and one behind it, so that no bit is padding. */
interface Layout {
  readonly name: string;
  readonly first: number;
  readonly width: number;
  readonly signed: boolean;
  readonly size: number;
}

const LAYOUTS: readonly Layout[] = FIRST_BITS.flatMap((first) =>
  Array.from({ length: MOST_BITS }, (_, i) => {
    const width = i + 1;
    const signed = (first + width) % 2 === 1;
    return { name: `at${first}of${width}`, first, width, signed, size: Math.ceil((first + width) / 8) };
  }),
);

function membersOf({ first, width, size, signed }: Layout, btf: BtfBuilder): StructMember[] {
  const type = btf.int("unsigned long long", 8, 0);
  const behind = size * 8 - first - width;
  const all: StructMember[] = [
    { name: "before", type, bits: 0, width: first },
    {
      name: "value",
      type: signed ? btf.int("long long", 8, SIGNED) : type,
      bits: first,
      width,
    },
    { name: "behind", type, bits: first + width, width: behind },
  ];
  return all.filter((member) => member.width !== 0);
}

async function codecsOf(order: Order): Promise<ReadonlyMap<string, StructCodec<object, object>>> {
  const btf = new BtfBuilder({ byteOrder: order });
  for (const layout of LAYOUTS) btf.composite("STRUCT", layout.name, layout.size, membersOf(layout, btf));
  const module = await generateAndImport(objectOf(btf.parse()), { types: ["at*"] });
  return new Map(
    Object.values(module)
      .filter(isCodec)
      .map((codec) => [codec.name.replace("struct ", ""), codec]),
  );
}

function isCodec(value: unknown): value is StructCodec<object, object> {
  return typeof value === "object" && value !== null && "decode" in value && "View" in value;
}

/** The bits one by one: from the least significant of each byte, or, in big-endian objects, from the most significant. */
function bitsOf(bytes: Uint8Array, { first, width, signed }: Layout, order: Order): bigint {
  let value = 0n;
  for (let i = 0; i < width; i++) {
    const bit = first + i;
    const inByte = order === "little" ? bit % 8 : 7 - (bit % 8);
    const one = BigInt(((bytes[Math.floor(bit / 8)] ?? 0) >> inByte) & 1);
    value |= one << BigInt(order === "little" ? i : width - 1 - i);
  }
  return signed ? BigInt.asIntN(width, value) : value;
}

describe.each(["little", "big"] as const)("%s-endian", async (order) => {
  const codecs = await codecsOf(order);

  test.each(LAYOUTS)("$width bits from bit $first", (layout) => {
    const codec = codecs.get(layout.name);
    if (codec === undefined) throw new Error("has no codec");
    const random = new Random(1, layout.width);
    for (let turn = 0; turn < 8; turn++) {
      // All ones and all zeros, then anything.
      const bytes = Uint8Array.from({ length: layout.size }, () =>
        turn === 0 ? 0xff : turn === 1 ? 0 : random.below(256),
      );
      const expected = bitsOf(bytes, layout, order);
      const wanted = layout.width > 32 ? expected : Number(expected);
      expect(Reflect.get(codec.decode(bytes), "value")).toBe(wanted);
      expect(Reflect.get(codec.view(bytes) as object, "value")).toBe(wanted);
      const memory = new Uint8Array(layout.size + 16).fill(0x5a);
      codec.write(new DataView(memory.buffer), 8, codec.decode(bytes));
      expect(memory.subarray(8, 8 + layout.size)).toEqual(bytes);
      expect([...memory.subarray(0, 8), ...memory.subarray(8 + layout.size)]).toEqual(
        Array.from({ length: 16 }, () => 0x5a),
      );
    }
  });

  test.each(LAYOUTS)("what does not fit $width bits from bit $first is refused", (layout) => {
    const codec = codecs.get(layout.name);
    if (codec === undefined) throw new Error("has no codec");
    const { width, signed } = layout;
    const min = signed ? -(1n << BigInt(width - 1)) : 0n;
    const max = min + (1n << BigInt(width)) - 1n;
    const zero = codec.decode(new Uint8Array(layout.size));
    const number = (value: bigint): bigint | number => (width > 32 ? value : Number(value));
    for (const value of [min, max]) {
      const written = codec.encode({ ...zero, value: number(value) });
      expect(Reflect.get(codec.decode(written), "value")).toBe(number(value));
    }
    const kind = `${signed ? "a signed" : "an unsigned"} bitfield of ${width} ${width === 1 ? "bit" : "bits"}`;
    for (const value of [min - 1n, max + 1n])
      expect(() => codec.encode({ ...zero, value: number(value) })).toThrow(
        `${layout.name}.value: ${value} is out of range for ${kind}`,
      );
    for (const value of [1.5, Number.NaN, "1", undefined, null, {}])
      expect(() => codec.encode({ ...zero, value })).toThrow(`${layout.name}.value: `);
  });
});
