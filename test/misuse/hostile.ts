/** Values that nobody should give, and callbacks that do what they should not. */
import type { Random } from "../btf-parser/random.ts";
import { Injected } from "./outcome.ts";

/** What hostile values can do in the middle of a call. */
export interface Mischief {
  readonly random: Random;
  /** Closes, calls, or collects something at random. */
  readonly act: () => void;
  /** Something of the runtime's: a map, a link, a closed skeleton. */
  readonly thing: () => unknown;
}

const gc = globalThis.gc ?? ((): void => undefined);

function throwing(): never {
  throw new Injected("from a hostile value");
}

function detached(): Uint8Array {
  const bytes = new Uint8Array(16);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

function resizable(length: number): Uint8Array {
  const Resizable = ArrayBuffer as unknown as new (
    length: number,
    options: { maxByteLength: number },
  ) => ArrayBuffer & { resize(length: number): void };
  return new Uint8Array(new Resizable(length, { maxByteLength: 4096 }));
}

function shrink(bytes: Uint8Array): void {
  (bytes.buffer as ArrayBuffer & { resize(length: number): void }).resize(0);
}

const PLAIN: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => Number.NaN,
  () => -0,
  () => 0,
  () => 1,
  () => -1,
  () => 1.5,
  () => 2 ** 32,
  () => 2 ** 53,
  () => 1e300,
  () => Number.POSITIVE_INFINITY,
  () => 3n,
  () => -1n,
  () => 2n ** 64n,
  () => 2n ** 3000n,
  () => true,
  () => "",
  () => "a\0b",
  () => "\ud800",
  () => "x".repeat(5000),
  () => "constructor",
  () => "__proto__",
  () => "lo",
  () => "/nonexistent/\u{1F600}",
  () => Symbol("s"),
  () => () => undefined,
  () => throwing,
  () => async () => undefined,
  () => [],
  // eslint-disable-next-line no-sparse-arrays
  () => [, 1],
  () => Array.from({ length: 2000 }, (_, i) => i),
  () => ({}),
  () => Object.create(null) as unknown,
  () => ({ length: 4 }),
  () => ({ length: -1 }),
  () => ({ fd: -1 }),
  () => ({ fd: 1e9 }),
  () => ({ fd: "0" }),
  () => Object(1),
  () => Object(1n),
  () => new Date(Number.NaN),
  () => new Map([[1, 2]]),
  () => new Set([1]),
  () => /x/,
  () => new Uint8Array(0),
  () => new Uint8Array(16),
  () => new Uint8Array(new SharedArrayBuffer(16)),
  () => new Float64Array(2),
  () => new BigUint64Array(2),
  () => new DataView(new ArrayBuffer(8)),
  () => new ArrayBuffer(8),
  () => Buffer.from("abc"),
  detached,
  () => resizable(16),
  () => {
    const bytes = resizable(16);
    shrink(bytes);
    return bytes;
  },
  () => Object.defineProperty(new Uint8Array(40), "length", { value: 4 }),
  () => Object.defineProperty(new Uint32Array(40), "length", { value: 8 }),
  () => Promise.resolve(1),
  () => new Proxy({}, {}),
  () => new Proxy(new Uint8Array(4), {}),
  () => Proxy.revocable({}, {}).proxy,
  () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  () => {
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    return proxy;
  },
];

/** Values that run code when they are looked at. */
const ACTIVE: readonly ((mischief: Mischief, base: unknown) => unknown)[] = [
  () => ({ toString: throwing, valueOf: throwing, [Symbol.toPrimitive]: throwing }),
  () => new Proxy({}, { get: throwing, has: throwing, ownKeys: throwing }),
  // A copy whose members do something when they are read.
  ({ act }, base) => acting(base, act),
  (_, base) => acting(base, throwing),
  (_, base) => acting(base, gc),
  ({ act }) => ({ [Symbol.iterator]: () => [][Symbol.iterator](), act }),
  ({ act }, base) => halfWay(base, act),
  (_, base) => halfWay(base, throwing),
  () => {
    const bytes = resizable(16);
    return Object.defineProperty(bytes, "length", {
      get() {
        shrink(bytes);
        return 16;
      },
    });
  },
  ({ thing }) => thing(),
];

/** An object like `base` whose members call `action` when they are read. */
export function acting(base: unknown, action: () => void): unknown {
  if (Array.isArray(base)) return actingArray(base, action);
  const members = typeof base === "object" && base !== null ? Object.entries(base) : [["fd", 1] as const];
  const copy = {};
  for (const [name, value] of members) {
    Object.defineProperty(copy, name, {
      enumerable: true,
      get() {
        action();
        return value as unknown;
      },
    });
  }
  return copy;
}

function actingArray(base: readonly unknown[], action: () => void): unknown {
  const copy: unknown[] = [];
  for (const [index, value] of base.entries())
    Object.defineProperty(copy, index, {
      get() {
        action();
        return value;
      },
    });
  return copy;
}

/** An iterable that gives something, and then calls `action`. */
export function* halfWay(base: unknown, action: () => void): Generator {
  const values: unknown[] = Array.isArray(base) ? base : [base];
  yield* values.slice(0, Math.ceil(values.length / 2));
  action();
  yield* values.slice(Math.ceil(values.length / 2));
}

/** A hostile value; some are made from `base`, which would do. */
export function hostile(mischief: Mischief, base?: unknown): unknown {
  const { random } = mischief;
  const index = random.below(PLAIN.length + 3 * ACTIVE.length);
  const plain = PLAIN[index];
  if (plain !== undefined) return plain();
  return ACTIVE[index % ACTIVE.length]?.(mischief, base);
}

/** A function to be called back. */
export function callback(mischief: Mischief): (...args: readonly unknown[]) => unknown {
  const { random, act } = mischief;
  const after = random.below(3);
  let calls = 0;
  switch (random.below(8)) {
    case 0:
      return throwing;
    case 1:
      return () => false;
    case 2:
      return () => {
        if (calls++ === after) act();
      };
    case 3:
      return () => {
        if (calls++ === after) throwing();
      };
    case 4:
      return () => {
        if (calls++ === after) gc();
        return undefined;
      };
    case 5:
      return () => calls++ < after;
    case 6:
      return async () => undefined;
    default:
      return () => undefined;
  }
}
