/** What `--naming camel` and `--u64 number` change about random types, which is the names and the type of integers. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseObject } from "tinybpf-btf";
import { generateSkeleton, type SkeletonOptions } from "tinybpf-gen";
import { ValueError } from "tinybpf";
import { Random } from "../btf-parser/random.ts";
import { needs } from "../btf-parser/needs.ts";
import { typeCheck } from "../codegen/support.ts";
import { randomProgram } from "./c-types.ts";
import { constantsSource } from "./c-constants.ts";
import { workFolder } from "./check.ts";
import { COMPILER, compileBpf } from "./compile.ts";
import { sourceOf } from "./declare.ts";
import { type AnyCodec, isCodec } from "./generated.ts";

const COUNT = 100;
/** Values of each type. */
const VALUES = 20;
const SEED = Number(process.env["TINYBPF_DIFFERENTIAL_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

test.for(["bpfel", "bpfeb"] as const)(
  `${COUNT} random types for %s`,
  { timeout: 300_000 },
  async (target, context) => {
    needs(context, COMPILER);
    console.log(`differential: ${COUNT} random types with other options, seed ${SEED}`);
    const folder = workFolder();
    try {
      const source = join(folder, "types.bpf.c");
      const programs = fc.sample(randomProgram, { seed: SEED, numRuns: COUNT });
      writeFileSync(source, constantsSource(sourceOf(programs)));
      const object = parseObject(await compileBpf(source, target));
      const generate = async (stem: string, options: Partial<SkeletonOptions>) => {
        const all = { source: "types.bpf.o", types: ["*"], objectPath: "./types.bpf.o", ...options };
        const path = join(folder, `${stem}.skel.ts`);
        writeFileSync(path, await generateSkeleton(object, all));
        const module: unknown = await import(path);
        return new Map(Object.entries({ ...(module as object) }).filter(isNamedCodec));
      };
      const plain = await generate("plain", {});
      const other = await generate("other", { naming: "camel", u64: "number" });
      expect([...other.keys()]).toEqual([...plain.keys()]);
      expect(typeCheck([join(folder, "other.skel.ts")]), `TINYBPF_DIFFERENTIAL_SEED=${SEED}`).toBe("");
      const counts = { read: 0, refused: 0 };
      for (const [name, codec] of plain) {
        for (let index = 0; index < VALUES; index++) {
          const differences = compare(codec, other.get(name), randomBytes(codec.size, index), counts);
          expect(differences, `${name}, TINYBPF_DIFFERENTIAL_SEED=${SEED}`).toEqual([]);
        }
      }
      // Neither outcome is so rare that the comparison would say nothing.
      expect(Math.min(counts.read, counts.refused)).toBeGreaterThan(COUNT);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

function isNamedCodec(entry: [string, unknown]): entry is [string, AnyCodec] {
  return isCodec(entry[1]);
}

/** Mostly zeros in every other value, so that many integers are small. */
function randomBytes(size: number, index: number): Uint8Array {
  const random = new Random(SEED, index);
  return Uint8Array.from({ length: size }, () =>
    index % 2 === 0 && !random.oneIn(16) ? 0 : random.below(256),
  );
}

interface Counts {
  read: number;
  refused: number;
}

/** What differs between two codecs of one C type, besides names and integers. */
function compare(plain: AnyCodec, other: AnyCodec | undefined, bytes: Uint8Array, counts: Counts): string[] {
  if (other === undefined) return ["there is no codec"];
  const expected = plain.decode(bytes);
  const actual = attempt(() => other.decode(bytes));
  const differences = compareValues(expected, actual, "", counts);
  if (actual instanceof Refused || differences.length > 0) return differences;
  const theirs = encoded(plain, expected);
  const ours = encoded(other, actual);
  return ours === theirs ? [] : [`encoded ${ours}, not ${theirs}`];
}

/** Bytes in hexadecimal, or why there are none: bytes that are no UTF-8 are read as a text that can be too long. */
function encoded(codec: AnyCodec, value: unknown): string {
  try {
    return Buffer.from(codec.encode(value)).toString("hex");
  } catch (error) {
    if (error instanceof ValueError) return error.reason;
    throw error;
  }
}

/** Stands for what is no safe integer. */
class Refused {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

function attempt(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && error.message.includes("is no safe integer"))
      return new Refused(error.message);
    throw error;
  }
}

function compareValues(expected: unknown, actual: unknown, path: string, counts: Counts): string[] {
  if (actual instanceof Refused) {
    counts.refused++;
    return holdsUnsafe(expected) ? [] : [`${path}: ${actual.message}`];
  }
  if (!isObject(expected) || !isObject(actual)) {
    counts.read++;
    const same =
      typeof expected === "bigint" && typeof actual === "number"
        ? Number.isSafeInteger(actual) && BigInt(actual) === expected
        : Object.is(expected, actual);
    return same ? [] : [`${path}: ${String(actual)}, not ${String(expected)}`];
  }
  const keys = Object.keys(expected);
  const names = Object.keys(actual);
  if (keys.length !== names.length) return [`${path} has ${names.join(", ")}, not ${keys.join(", ")}`];
  return keys.flatMap((key, i) =>
    compareValues(
      Reflect.get(expected, key),
      attempt(() => Reflect.get(actual, names[i] ?? "")),
      `${path}.${key}`,
      counts,
    ),
  );
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function holdsUnsafe(value: unknown): boolean {
  if (typeof value === "bigint") return !Number.isSafeInteger(Number(value));
  return isObject(value) && Object.keys(value).some((key) => holdsUnsafe(Reflect.get(value, key)));
}
