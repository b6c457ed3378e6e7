/** One source through the compilers and the generator, and what differs. */
import { mkdtempSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { VALUES, valueOf, valueSymbol } from "./c-constants.ts";
import { ROUNDS } from "./c-native.ts";
import { caught, compareConstant, compareFilling, compareLayout } from "./compare.ts";
import { type Compiled, compile } from "./compile.ts";
import { type AnyCodec, type CodecSource, generateCodecs } from "./generated.ts";
import { RunTimeCodecs } from "./run-time.ts";
import { type Measured, type Source, type Subject, measuredTypes } from "./subjects.ts";
import { Constants, type NativeTruth, readNative } from "./truth.ts";
import { compareBytes, compareDescriptions, compareRefusals } from "./twins.ts";

/** How to compile and what to generate from. */
export interface CheckOptions {
  /** Of the native program. */
  readonly optimise?: 0 | 1;
  /** For the compilers. */
  readonly flags?: readonly string[];
  /** Generates from this little-endian object rather than from the one compiled here. */
  readonly object?: Uint8Array;
}

/** What differs, by the subject it was found in. Subjects without differences are not in it. */
export type Differences = ReadonlyMap<number, readonly string[]>;

/** A folder for one compilation, below the repository, where generated code finds the runtime. */
export function workFolder(): string {
  const parent = fileURLToPath(new URL("../../.build/differential/", import.meta.url));
  mkdirSync(parent, { recursive: true });
  return mkdtempSync(join(parent, "c-"));
}

/** Compiles `source`, generates codecs of its types in both byte orders, and compares. */
export async function check(source: Source, options: CheckOptions = {}): Promise<Differences> {
  const folder = workFolder();
  try {
    const compiled = await compile(source, folder, options);
    const little = await generateCodecs(options.object ?? compiled.little, folder, "little");
    const big = await generateCodecs(compiled.big, folder, "big");
    const runTime = {
      little: new RunTimeCodecs(options.object ?? compiled.little),
      big: new RunTimeCodecs(compiled.big),
    };
    return merged(
      compareAll(source, compiled, { little, big }),
      compareAll(source, compiled, runTime, "run-time "),
      compareTwins(source, compiled, { little, big }, runTime),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function merged(...all: readonly Differences[]): Differences {
  const found = new Map<number, readonly string[]>();
  for (const each of all)
    for (const [subject, lines] of each) found.set(subject, [...(found.get(subject) ?? []), ...lines]);
  return found;
}

/** Codecs of one source in both byte orders. */
interface BothOrders {
  readonly little: CodecSource;
  readonly big: CodecSource;
}

/** Generated codecs against those made at run time. */
export function compareTwins(
  source: Source,
  compiled: Compiled,
  generated: BothOrders,
  runTime: BothOrders,
): Differences {
  const found = new Map<number, string[]>();
  const native = readNative(compiled.output);
  const measured = measuredTypes(source.subjects);
  for (const order of ["little", "big"] as const) {
    const constants = new Constants(compiled[order]);
    source.subjects.forEach((subject, index) => {
      const theirs = codecOf(generated[order], measured, subject);
      const ours = codecOf(runTime[order], measured, subject);
      const fillings = native.fillings.filter((filling) => filling.subject === index);
      const bytes = Array.from({ length: VALUES }, (_, turn) => constants.bytes(valueSymbol(index, turn)));
      const lines = caught(() => [
        ...compareDescriptions(theirs(), ours()),
        ...[...bytes, ...fillings.map((filling) => filling.bytes)].flatMap((each) =>
          compareBytes(theirs(), ours(), each),
        ),
        ...compareRefusals(theirs(), ours(), valueOf(subject, 0)),
      ]).map((line) => `${order}-endian ${subject.type.name}: ${line}`);
      if (lines.length > 0) found.set(index, [...(found.get(index) ?? []), ...lines]);
    });
  }
  return found;
}

/** All comparisons of one source. `kind` says in front of each difference whose codecs these are. */
export function compareAll(source: Source, compiled: Compiled, codecs: BothOrders, kind = ""): Differences {
  const found = new Map<number, string[]>();
  const add = (subject: number, place: string, differences: readonly string[]): void => {
    const lines = differences.map((difference) => `${kind}${place}: ${difference}`);
    if (lines.length > 0) found.set(subject, [...(found.get(subject) ?? []), ...lines]);
  };
  const native = readNative(compiled.output);
  const measured = measuredTypes(source.subjects);
  const fillings = source.subjects.length * ROUNDS;
  if (native.numbers.length !== measured.length || native.fillings.length !== fillings)
    throw new Error("the native program did not print everything");
  for (const order of ["little", "big"] as const) {
    const constants = new Constants(compiled[order]);
    measured.forEach((type, index) => {
      const place = `${order}-endian layout of ${type.expression}`;
      add(
        type.subject,
        place,
        caught(() => layoutDifferences(type, index, codecs[order], constants, native)),
      );
    });
    source.subjects.forEach((subject, index) => {
      const codec = codecOf(codecs[order], measured, subject);
      for (let turn = 0; turn < VALUES; turn++) {
        const place = `${order}-endian ${subject.type.name}, value ${turn}`;
        const bytes = constants.bytes(valueSymbol(index, turn));
        add(
          index,
          place,
          caught(() => compareConstant(subject.type, codec(), valueOf(subject, turn), bytes)),
        );
      }
    });
  }
  for (const filling of native.fillings) {
    const subject = source.subjects[filling.subject];
    if (subject === undefined) throw new Error(`the native program knows a type ${filling.subject}`);
    const codec = codecOf(codecs.little, measured, subject);
    add(
      filling.subject,
      subject.type.name,
      caught(() => compareFilling(subject.type, codec(), filling)),
    );
  }
  return found;
}

function codecOf(codecs: CodecSource, measured: readonly Measured[], { type }: Subject): () => AnyCodec {
  const found = measured.find(({ expression }) => expression === type.name);
  const codec = found === undefined ? undefined : codecs.find(found);
  return () => {
    if (codec === undefined) throw new Error("has no codec");
    return codec;
  };
}

function layoutDifferences(
  type: Measured,
  index: number,
  codecs: CodecSource,
  constants: Constants,
  native: NativeTruth,
): string[] {
  const codec = codecs.find(type);
  if (codec === undefined) return ["has no codec"];
  // The alignment of a typedef with one of its own is not that of the type, which is what matters.
  const skipped = (numbers: readonly number[] = []): string =>
    (type.type.isNatural ? numbers : numbers.toSpliced(1, 1)).join(" ");
  const here = skipped(native.numbers[index]);
  const there = skipped(constants.numbers(index));
  const abi =
    here === there ? [] : [`clang lays it out differently for this machine: ${here}, for BPF ${there}`];
  return [...abi, ...compareLayout(type.type, codec, constants.layout(type, index))];
}
