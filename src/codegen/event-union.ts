/** Several types of one map's events, and the values of a field that tell them apart. */
import { type Btf, type TypeId, formatType } from "tinybpf-btf";
import { findCType } from "./c-type-names.ts";
import {
  type Discriminant,
  type Enumerator,
  describePlace,
  discriminantOf,
  enumeratorsOf,
  fits,
  samePlace,
} from "./discriminant.ts";
import { GenerateError } from "./errors.ts";
import { matchNames } from "./name-words.ts";
import { isOpaque } from "./named-types.ts";
import { nearest } from "./nearest.ts";
import { type UnionSpec, formatUnionSpec } from "./union-spec.ts";

/** A union of the events of one map. */
export interface EventUnion {
  /** The field's C name. */
  readonly field: string;
  readonly alternatives: readonly EventAlternative[];
}

/** One type of events. */
export interface EventAlternative {
  /** Of a struct. */
  readonly type: TypeId;
  readonly discriminant: Discriminant;
  /** What the field has in events of this type, and its name where the field is an enum. */
  readonly value: bigint;
  readonly enumerator: string | undefined;
}

/** What stands in place of a value that nobody gave yet. */
const UNKNOWN_VALUE = "VALUE";

/** No longer list of enumerators than a reader can use. */
const MAX_ENUMERATORS = 16;

/** A struct, and the field that could tell it from others. */
export interface NamedDiscriminant {
  /** The struct's name without its keyword. */
  readonly name: string;
  readonly discriminant: Discriminant;
}

interface Candidate extends NamedDiscriminant {
  /** As written. */
  readonly written: string;
  readonly type: TypeId;
  readonly value: string | undefined;
}

/**
 * Finds the types and values that a union's text names for the map `map`.
 *
 * @throws {@link GenerateError} when a type is missing, the field cannot tell them apart, or a value is in doubt
 */
export function resolveEventUnion(btf: Btf, map: string, spec: UnionSpec): EventUnion {
  const fail = (message: string): GenerateError => new GenerateError(`map ${map}`, message);
  const { field } = spec;
  if (spec.alternatives.some(({ type, value }) => type === "" || value === ""))
    throw fail(`${formatUnionSpec(spec)} names no type or value somewhere; write it as in ${EXAMPLE}`);
  if (field === "")
    throw fail(`the field that tells these types apart is missing; add it at the end, as in ${EXAMPLE}`);
  if (field.includes("."))
    throw fail(
      `${field} is a member of a member, by which TypeScript tells no types apart; ` +
        "it must be one of the structs themselves, or of an unnamed struct in them",
    );
  const candidates = spec.alternatives.map(({ type: written, value }): Candidate => {
    const found = findCType(btf, `map ${map}`, written);
    const resolved = btf.resolve(found.id);
    if (resolved.kind !== "STRUCT" || isOpaque(btf, resolved))
      throw fail(
        `${written} is no struct with members to read, and cannot be one of several types of events`,
      );
    const discriminant = discriminantOf(btf, resolved.id, field);
    if (typeof discriminant === "string") throw fail(discriminant);
    return { written, name: found.name, type: resolved.id, discriminant, value };
  });
  for (const { discriminant, written } of candidates) {
    const [first] = candidates;
    if (first === undefined || samePlace(first.discriminant, discriminant)) continue;
    throw fail(
      `${field} is ${describePlace(btf, first.discriminant)} in ${first.written}, ` +
        `but ${describePlace(btf, discriminant)} in ${written}: it must be the same in all`,
    );
  }
  const alternatives = withValues(map, spec, candidates);
  assertDistinct(btf, map, alternatives);
  return { field, alternatives };
}

const EXAMPLE = "start_event|stop_event:kind";

/** The value of each type: the one that was written, else the one that the names tell. */
function withValues(map: string, spec: UnionSpec, candidates: readonly Candidate[]): EventAlternative[] {
  const shared = allEnumerators(candidates);
  const guesses = guessValues(candidates);
  const missing = candidates.filter(
    ({ value }, index) => value === undefined && guesses[index] === undefined,
  );
  if (missing.length > 0) {
    const line = formatUnionSpec({
      field: spec.field,
      alternatives: candidates.map(({ written, value }, index) => ({
        type: written,
        value: value ?? guesses[index]?.name ?? UNKNOWN_VALUE,
      })),
    });
    throw new GenerateError(
      `map ${map}`,
      `which ${spec.field} stands for ${missing.map(({ written }) => written).join(", ")} cannot be told from the ` +
        `names${listed(shared)}\n  say it:\n    --event '${map}=${line}'`,
    );
  }
  return candidates.map((candidate, index) => {
    const { type, discriminant, value } = candidate;
    const found = value === undefined ? guesses[index]?.value : parseValue(map, candidate, value, shared);
    const checked = checkValue(map, candidate, found ?? 0n);
    const enumerator = enumeratorsOf(discriminant).find((each) => each.value === checked)?.name;
    return { type, discriminant, value: checked, enumerator };
  });
}

function listed(enumerators: readonly Enumerator[]): string {
  if (enumerators.length === 0) return ": it is no enum";
  const names = [...new Set(enumerators.map(({ name, value }) => `${name} (${value})`))];
  const rest = names.length > MAX_ENUMERATORS ? ", …" : "";
  return `; there are ${names.slice(0, MAX_ENUMERATORS).join(", ")}${rest}`;
}

/** Of all fields: it may be an enum in one struct, and a plain integer in another. */
function allEnumerators(candidates: readonly NamedDiscriminant[]): Enumerator[] {
  return candidates.flatMap(({ discriminant }) => enumeratorsOf(discriminant));
}

/** What the names of types and enumerators tell; nothing of types that would get the same value. */
function guessValues(candidates: readonly NamedDiscriminant[]): (Enumerator | undefined)[] {
  const byName = new Map(allEnumerators(candidates).map((each) => [each.name, each]));
  const guesses = matchNames(
    candidates.map(({ name }) => name),
    [...byName.keys()],
  ).map((name) => (name === undefined ? undefined : byName.get(name)));
  return guesses.map((guess) =>
    guesses.filter((other) => other?.value === guess?.value).length === 1 ? guess : undefined,
  );
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
function parseValue(
  map: string,
  { written, discriminant }: Candidate,
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
  throw new GenerateError(
    `map ${map}`,
    `${value} of ${written} is no enumerator of ${discriminant.name} and no number${meant}`,
  );
}

/** A value that the field can have; of an enum, one that TypeScript's type of it has, too. */
function checkValue(map: string, { written, discriminant }: Candidate, value: bigint): bigint {
  if (!fits(discriminant, value)) {
    const sign = discriminant.signed ? "signed" : "unsigned";
    throw new GenerateError(
      `map ${map}`,
      `${value} of ${written} does not fit ${discriminant.name}, which has ${discriminant.bits} ${sign} bits`,
    );
  }
  const own = enumeratorsOf(discriminant);
  if (own.length > 0 && !own.some((each) => each.value === value))
    throw new GenerateError(
      `map ${map}`,
      `${value} of ${written} is no value of the enum that ${discriminant.name} is${listed(own)}`,
    );
  return value;
}

function assertDistinct(btf: Btf, map: string, alternatives: readonly EventAlternative[]): void {
  const byValue = new Map<bigint, EventAlternative>();
  for (const alternative of alternatives) {
    const other = byValue.get(alternative.value);
    if (other !== undefined)
      throw new GenerateError(
        `map ${map}`,
        `${alternative.discriminant.name} ${alternative.value} stands for both ${formatType(btf, other.type)} and ` +
          formatType(btf, alternative.type),
      );
    byValue.set(alternative.value, alternative);
  }
}
