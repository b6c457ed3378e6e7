/** A codec for each C type that is not a struct: `le` for little-endian objects, `be` for big-endian ones. */
import * as check from "./check.ts";
import type { BigIntInput } from "./check.ts";
import { bitAccess } from "./bit-access.ts";
import { array, arrayCodec, numbers, type NumberOutput } from "./arrays.ts";
import type { ArrayView } from "./array-view.ts";
import { getChars, setChars } from "./chars.ts";
import { codec, type ArrayCodec, type Codec, type StructCodec } from "./codec.ts";
import {
  getBigBits,
  getBits,
  getBytes,
  getI128,
  getU128,
  setBits,
  setBytes,
  setI128,
  setU128,
} from "./numbers.ts";
import type { NumberArrays, NumberInput } from "./number-arrays.ts";
import { type SafeCodecs, safeCodecs } from "./safe-integers.ts";
import { INTEGER } from "./value-type.ts";

/** The codecs of one byte order. */
export interface Codecs extends SafeCodecs {
  readonly u8: Codec<number>;
  readonly i8: Codec<number>;
  readonly u16: Codec<number>;
  readonly i16: Codec<number>;
  readonly u32: Codec<number>;
  readonly i32: Codec<number>;
  readonly u64: Codec<bigint, BigIntInput>;
  readonly i64: Codec<bigint, BigIntInput>;
  readonly u128: Codec<bigint, BigIntInput>;
  readonly i128: Codec<bigint, BigIntInput>;
  /** An address. */
  readonly pointer: Codec<bigint, BigIntInput>;
  readonly bool: Codec<boolean>;
  readonly f32: Codec<number>;
  readonly f64: Codec<number>;
  /** `char[size]` */
  chars(size: number): Codec<string>;
  /** Bytes without a type, or `__u8[size]`. */
  bytes(size: number): ArrayCodec<Uint8Array<ArrayBuffer>, Uint8Array, number>;
  /** An array of `count` numbers as a typed array. */
  numbers<K extends keyof NumberArrays>(
    kind: K,
    count: number,
  ): ArrayCodec<NumberArrays[K], ArrayLike<NumberInput<K>>, NumberOutput<K>>;
  /** An array of `count` pointers. */
  pointers(count: number): ArrayCodec<NumberArrays["u64"], ArrayLike<BigIntInput>, bigint>;
  /** An array of `count` structs or unions, which are views when it is viewed. */
  array<T, I, V>(element: StructCodec<T, I, V>, count: number): ArrayCodec<T[], readonly I[], V>;
  /** An array of `count` arrays, which are views when it is viewed. */
  array<T, I, E>(
    element: ArrayCodec<T, I, E>,
    count: number,
    label?: string,
  ): ArrayCodec<T[], readonly I[], ArrayView<E, T>>;
  /** An array of `count` elements of any other type; `label` is how errors call it when one cannot be read. */
  array<T, I>(element: Codec<T, I>, count: number, label?: string): ArrayCodec<T[], readonly I[], T>;
  /** An enum of `size` bytes with the enumerators `values`; other values are kept. */
  enumeration<E extends number>(
    name: string,
    size: 1 | 2 | 4,
    signed: boolean,
    values: Readonly<Record<string, E>>,
  ): Codec<E>;
  /** An enum of 8 bytes. */
  enumeration64<E extends bigint>(
    name: string,
    signed: boolean,
    values: Readonly<Record<string, E>>,
  ): Codec<E>;
  /** A bitfield of at most 32 bits, `bit` bits into its place; of an enum with its enumerators. */
  bits<N extends number = number>(
    bit: number,
    width: number,
    signed: boolean,
    values?: Readonly<Record<string, N>>,
  ): Codec<N>;
  /** A bitfield of 33 bits or more, or of an enum of 8 bytes with its enumerators. */
  bigBits(
    bit: number,
    width: number,
    signed: boolean,
    values?: Readonly<Record<string, bigint>>,
  ): Codec<bigint, BigIntInput>;
  /** A `_Bool` bitfield. */
  boolBit(bit: number): Codec<boolean>;
}

function codecs(little: boolean): Codecs {
  const u8 = codec<number>({
    name: "__u8",
    type: INTEGER,
    size: 1,
    align: 1,
    read: (view, at) => view.getUint8(at),
    write: (view, at, value) => view.setUint8(at, check.u8(value)),
  });
  const i8 = codec<number>({
    name: "__s8",
    type: INTEGER,
    size: 1,
    align: 1,
    read: (view, at) => view.getInt8(at),
    write: (view, at, value) => view.setInt8(at, check.i8(value)),
  });
  const u16 = codec<number>({
    name: "__u16",
    type: INTEGER,
    size: 2,
    align: 2,
    read: (view, at) => view.getUint16(at, little),
    write: (view, at, value) => view.setUint16(at, check.u16(value), little),
  });
  const i16 = codec<number>({
    name: "__s16",
    type: INTEGER,
    size: 2,
    align: 2,
    read: (view, at) => view.getInt16(at, little),
    write: (view, at, value) => view.setInt16(at, check.i16(value), little),
  });
  const u32 = codec<number>({
    name: "__u32",
    type: INTEGER,
    size: 4,
    align: 4,
    read: (view, at) => view.getUint32(at, little),
    write: (view, at, value) => view.setUint32(at, check.u32(value), little),
  });
  const i32 = codec<number>({
    name: "__s32",
    type: INTEGER,
    size: 4,
    align: 4,
    read: (view, at) => view.getInt32(at, little),
    write: (view, at, value) => view.setInt32(at, check.i32(value), little),
  });
  const u64 = codec<bigint, BigIntInput>({
    name: "__u64",
    type: INTEGER,
    size: 8,
    align: 8,
    read: (view, at) => view.getBigUint64(at, little),
    write: (view, at, value) => view.setBigUint64(at, check.u64(value), little),
  });
  const i64 = codec<bigint, BigIntInput>({
    name: "__s64",
    type: INTEGER,
    size: 8,
    align: 8,
    read: (view, at) => view.getBigInt64(at, little),
    write: (view, at, value) => view.setBigInt64(at, check.i64(value), little),
  });
  const u128 = codec<bigint, BigIntInput>({
    name: "unsigned __int128",
    type: INTEGER,
    size: 16,
    align: 16,
    read: (view, at) => getU128(view, at, little),
    write: (view, at, value) => setU128(view, at, value, little),
  });
  const i128 = codec<bigint, BigIntInput>({
    name: "__int128",
    type: INTEGER,
    size: 16,
    align: 16,
    read: (view, at) => getI128(view, at, little),
    write: (view, at, value) => setI128(view, at, value, little),
  });
  const pointer = codec<bigint, BigIntInput>({ ...u64, name: "void *", type: { kind: "pointer" } });
  const bool = codec<boolean>({
    name: "_Bool",
    type: { kind: "boolean" },
    size: 1,
    align: 1,
    read: (view, at) => view.getUint8(at) !== 0,
    write: (view, at, value) => view.setUint8(at, check.bool(value)),
  });
  const f32 = codec<number>({
    name: "float",
    type: { kind: "float" },
    size: 4,
    align: 4,
    read: (view, at) => view.getFloat32(at, little),
    write: (view, at, value) => view.setFloat32(at, check.float32(value), little),
  });
  const f64 = codec<number>({
    name: "double",
    type: { kind: "float" },
    size: 8,
    align: 8,
    read: (view, at) => view.getFloat64(at, little),
    write: (view, at, value) => view.setFloat64(at, check.float(value), little),
  });
  const elements = { u8, i8, u16, i16, u32, i32, u64, i64, f32, f64 } satisfies Record<
    keyof NumberArrays,
    unknown
  >;

  function elementOf<K extends keyof NumberArrays>(kind: K): Codec<NumberOutput<K>, NumberInput<K>> {
    // The record above pairs each kind with the codec of its elements; a lookup by K cannot see that.
    return elements[kind] as unknown as Codec<NumberOutput<K>, NumberInput<K>>;
  }

  return {
    ...safeCodecs(little),
    u8,
    i8,
    u16,
    i16,
    u32,
    i32,
    u64,
    i64,
    u128,
    i128,
    pointer,
    bool,
    f32,
    f64,
    chars: (size) =>
      codec<string>({
        name: `char[${size}]`,
        type: { kind: "chars" },
        size,
        align: 1,
        read: (view, at) => getChars(view, at, size),
        write: (view, at, value) => setChars(view, at, size, value),
      }),
    bytes: (size) =>
      arrayCodec<Uint8Array<ArrayBuffer>, Uint8Array, number>(
        {
          name: `__u8[${size}]`,
          size,
          align: 1,
          type: { kind: "bytes" },
          read: (view, at) => getBytes(view, at, size),
          write: (view, at, value) => setBytes(view, at, size, value),
        },
        size,
        (cursor, at) => cursor.view.getUint8(cursor.offset + at),
      ),
    numbers: <K extends keyof NumberArrays>(kind: K, count: number) =>
      numbers(kind, count, elementOf(kind), little),
    pointers: (count) => numbers("u64", count, pointer, little),
    array: <T, I>(element: Codec<T, I>, count: number, label?: string) => array(element, count, label),
    enumeration: <E extends number>(
      name: string,
      size: 1 | 2 | 4,
      signed: boolean,
      values: Readonly<Record<string, E>>,
    ) => {
      const byWidth = signed ? { 1: i8, 2: i16, 4: i32 } : { 1: u8, 2: u16, 4: u32 };
      // Reading may give a number outside E: the kernel's side of the enum may be newer than ours.
      return codec<E>({ ...(byWidth[size] as unknown as Codec<E>), name, type: { kind: "enum", values } });
    },
    enumeration64: <E extends bigint>(name: string, signed: boolean, values: Readonly<Record<string, E>>) =>
      codec<E>({ ...((signed ? i64 : u64) as unknown as Codec<E>), name, type: { kind: "enum", values } }),
    bits: <N extends number = number>(
      bit: number,
      width: number,
      signed: boolean,
      values?: Readonly<Record<string, N>>,
    ) => {
      const access = bitAccess(bit, width, signed, little) ?? {
        read: (view, at) => getBits(view, at, bit, width, signed, little),
        write: (view, at, value) => setBits(view, at, bit, width, signed, little, value),
      };
      return codec<N>({
        name: `bitfield:${width}`,
        type: values === undefined ? INTEGER : { kind: "enum", values },
        size: (bit + width + 7) >>> 3,
        align: 1,
        // As with enumerations: a number outside N is kept.
        read: access.read as Codec<N>["read"],
        write: access.write,
      });
    },
    bigBits: (bit, width, signed, values) =>
      codec<bigint, BigIntInput>({
        name: `bitfield:${width}`,
        type: values === undefined ? INTEGER : { kind: "enum", values },
        size: (bit + width + 7) >>> 3,
        align: 1,
        read: (view, at) => getBigBits(view, at, bit, width, signed, little),
        write: (view, at, value) => setBits(view, at, bit, width, signed, little, value),
      }),
    boolBit: (bit) => {
      const mask = little ? 1 << (bit & 7) : 0x80 >>> (bit & 7);
      return codec<boolean>({
        name: "_Bool:1",
        type: { kind: "boolean" },
        size: (bit + 8) >>> 3,
        align: 1,
        read: (view, at) => (view.getUint8(at + (bit >>> 3)) & mask) !== 0,
        write: (view, at, value) => {
          const byte = view.getUint8(at + (bit >>> 3));
          view.setUint8(at + (bit >>> 3), check.bool(value) === 1 ? byte | mask : byte & ~mask);
        },
      });
    },
  };
}

/** Codecs of little-endian objects (`-target bpf` and `bpfel` on x86-64 and arm64). */
export const le: Codecs = codecs(true);

/** Codecs of big-endian objects (`-target bpfeb`). */
export const be: Codecs = codecs(false);
