/** The values of a discriminant: told from names, written by hand, or suggested. */
import { type Discriminant, type Enumerator, enumeratorsOf, fits } from "./discriminant.ts";
import { TypeLookupError } from "./errors.ts";
import { matchNames } from "./name-words.ts";
import { nearest } from "./nearest.ts";
import { visible } from "./text.ts";
import { formatUnionSpec } from "./union-spec.ts";

/** What stands in place of a value that nobody gave yet. */
export const UNKNOWN_VALUE = "VALUE";

/** No longer list of enumerators than a reader can use. */
const MAX_ENUMERATORS = 16;

/** A struct, and the field that could tell it from others. */
export interface NamedDiscriminant {
  /** The struct's name without its keyword. */
  readonly name: string;
  readonly discriminant: Discriminant;
}

/** Of all fields: it may be an enum in one struct, and a plain integer in another. */
export function allEnumerators(candidates: readonly NamedDiscriminant[]): Enumerator[] {
  return candidates.flatMap(({ discriminant }) => enumeratorsOf(discriminant));
}

/** What the names of types and enumerators tell; nothing of types that would get the same value. */
export function guessValues(candidates: readonly NamedDiscriminant[]): (Enumerator | undefined)[] {
  if (differentEnums(candidates)) return candidates.map(() => undefined);
  const byName = new Map(allEnumerators(candidates).map((each) => [each.name, each]));
  const guesses = matchNames(
    candidates.map(({ name }) => name),
    [...byName.keys()],
  ).map((name) => (name === undefined ? undefined : byName.get(name)));
  return guesses.map((guess) =>
    guesses.filter((other) => other?.value === guess?.value).length === 1 ? guess : undefined,
  );
}

/** Whether the fields are of enums that differ: the name of one would say nothing about the other. */
function differentEnums(candidates: readonly NamedDiscriminant[]): boolean {
  const lists = candidates
    .map(({ discriminant }) => enumeratorsOf(discriminant))
    .filter((enumerators) => enumerators.length > 0)
    .map((enumerators) => JSON.stringify(enumerators.map(({ name, value }) => [name, String(value)])));
  return new Set(lists).size > 1;
}

/** A union of these structs as `--event` takes it; values that the names do not tell are for the reader to fill in. */
export function suggestUnion(field: string, candidates: readonly NamedDiscriminant[]): string {
  const guesses = guessValues(candidates);
  const certain = guesses.every((guess) => guess !== undefined);
  return formatUnionSpec({
    field,
    alternatives: candidates.map(({ name }, index) => ({
      type: name,
      value: certain ? undefined : (guesses[index]?.name ?? UNKNOWN_VALUE),
    })),
  });
}

const NUMBER = /^(?<sign>-?)(?<digits>0x[0-9a-f]+|\d+)$/i;

/** A value as written: the name of an enumerator, or a number. */
export function parseValue(
  place: string,
  { name: type, discriminant }: NamedDiscriminant,
  value: string,
  shared: readonly Enumerator[],
): bigint {
  const named = [...enumeratorsOf(discriminant), ...shared].find(({ name }) => name === value);
  if (named !== undefined) return named.value;
  const groups = NUMBER.exec(value)?.groups;
  if (groups !== undefined) {
    const digits = BigInt(groups["digits"] ?? "0");
    return groups["sign"] === "-" ? -digits : digits;
  }
  const near = nearest(
    value,
    shared.map(({ name }) => name),
  );
  const meant = near === undefined ? listed(shared) : `; did you mean ${near}?`;
  throw new TypeLookupError(
    place,
    visible(`${value} of ${type} is no enumerator of ${discriminant.name} and no number${meant}`),
  );
}

/** A value that the field can have; of an enum, one that TypeScript's type of it has, too. */
export function checkValue(
  place: string,
  { name: type, discriminant }: NamedDiscriminant,
  value: bigint,
): bigint {
  if (!fits(discriminant, value)) {
    const sign = discriminant.signed ? "signed" : "unsigned";
    throw new TypeLookupError(
      place,
      visible(
        `${value} of ${type} does not fit ${discriminant.name}, which has ${discriminant.bits} ${sign} bits`,
      ),
    );
  }
  const own = enumeratorsOf(discriminant);
  if (own.length > 0 && !own.some((each) => each.value === value))
    throw new TypeLookupError(
      place,
      visible(`${value} of ${type} is no value of the enum that ${discriminant.name} is${listed(own)}`),
    );
  return value;
}

/** The enumerators that there are, as the end of a sentence. */
export function listed(enumerators: readonly Enumerator[]): string {
  if (enumerators.length === 0) return ": it is no enum";
  const names = [...new Set(enumerators.map(({ name, value }) => `${name} (${value})`))];
  const rest = names.length > MAX_ENUMERATORS ? ", …" : "";
  return `; there are ${names.slice(0, MAX_ENUMERATORS).join(", ")}${rest}`;
}
