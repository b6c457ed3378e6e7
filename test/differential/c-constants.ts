/**
 * C whose answers are initialised variables: the compiler itself lays the values out, for machines of either byte
 * order, so that nothing has to run there. They are in a section of their own, which the generator ignores.
 */
import { Random } from "../btf-parser/random.ts";
import { initialiser } from "./c-literals.ts";
import { layoutExpressions } from "./c-layout.ts";
import { fieldsOf } from "./model.ts";
import { type Measured, type Source, type Subject, measuredTypes } from "./subjects.ts";
import { randomValue } from "./values.ts";

/** The section with the answers. */
export const TRUTH_SECTION = "truth";

/** How many values each type gets. A union of as many members shows them all. */
export const VALUES = 4;

/** The value number `turn` of a subject. */
export function valueOf({ type, seed }: Subject, turn: number): unknown {
  return randomValue(type, new Random(seed, turn), turn);
}

export function valueSymbol(subject: number, turn: number): string {
  return `truth_value_${subject}_${turn}`;
}

export function layoutSymbol(measured: number): string {
  return `truth_layout_${measured}`;
}

export function bitsSymbol(measured: number, field: string): string {
  return `truth_bits_${measured}_${field}`;
}

/** The whole source. */
export function constantsSource(source: Source): string {
  return [
    source.declarations,
    `#define TRUTH __attribute__((section("${TRUTH_SECTION}"), used))`,
    ...source.subjects.flatMap(values),
    ...measuredTypes(source.subjects).flatMap(measurements),
    "",
  ].join("\n");
}

function values(subject: Subject, index: number): string[] {
  const { type } = subject;
  return Array.from({ length: VALUES }, (_, turn) => {
    const value = initialiser(type, valueOf(subject, turn));
    return `TRUTH ${type.name} ${valueSymbol(index, turn)}${value === "{}" ? "" : ` = ${value}`};`;
  });
}

function measurements(measured: Measured, index: number): string[] {
  const numbers = layoutExpressions(measured);
  const fields = fieldsOf(measured.type).filter(({ bits }) => bits !== undefined);
  return [
    `TRUTH unsigned long long ${layoutSymbol(index)}[] = {${numbers.join(", ")}};`,
    // All ones in one bitfield and zeros around it.
    ...fields.map(({ name, type }) => {
      const ones = type.kind === "bool" ? "1" : "-1";
      return `TRUTH ${measured.expression} ${bitsSymbol(index, name)} = {.${name} = ${ones}};`;
    }),
  ];
}
