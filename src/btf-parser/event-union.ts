/** Several types of one map's events, and the values of a field that tell them apart. */
import type { Btf } from "./btf.ts";
import { formatType } from "./format.ts";
import type { TypeId } from "./types.ts";
import { findCType } from "./c-type-names.ts";
import {
  type Discriminant,
  describePlace,
  discriminantOf,
  enumeratorsOf,
  samePlace,
} from "./discriminant.ts";
import { TypeLookupError } from "./errors.ts";
import {
  type NamedDiscriminant,
  UNKNOWN_VALUE,
  allEnumerators,
  checkValue,
  guessValues,
  listed,
  parseValue,
} from "./event-values.ts";
import { isOpaque } from "./opaque.ts";
import { shellArgument, visible } from "./text.ts";
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

interface Candidate extends NamedDiscriminant {
  /** As written. */
  readonly written: string;
  readonly type: TypeId;
  readonly value: string | undefined;
}

/**
 * Finds the types and values that a union's text names for the map `map`.
 *
 * @throws {@link TypeLookupError} when a type is missing, the field cannot tell them apart, or a value is in doubt
 */
export function resolveEventUnion(btf: Btf, map: string, spec: UnionSpec): EventUnion {
  const fail = (message: string): TypeLookupError => new TypeLookupError(`map ${map}`, visible(message));
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
    throw new TypeLookupError(
      `map ${map}`,
      visible(
        `which ${spec.field} stands for ${missing.map(({ written }) => written).join(", ")} cannot be told from the ` +
          `names${listed(shared)}`,
      ) + `\n  say it:\n    --event ${shellArgument(visible(`${map}=${line}`))}`,
    );
  }
  return candidates.map((candidate, index) => {
    const { type, discriminant, value } = candidate;
    const found =
      value === undefined ? guesses[index]?.value : parseValue(`map ${map}`, candidate, value, shared);
    const checked = checkValue(`map ${map}`, candidate, found ?? 0n);
    const enumerator = enumeratorsOf(discriminant).find((each) => each.value === checked)?.name;
    return { type, discriminant, value: checked, enumerator };
  });
}

function assertDistinct(btf: Btf, map: string, alternatives: readonly EventAlternative[]): void {
  const byValue = new Map<bigint, EventAlternative>();
  for (const alternative of alternatives) {
    const other = byValue.get(alternative.value);
    if (other !== undefined)
      throw new TypeLookupError(
        `map ${map}`,
        visible(
          `${alternative.discriminant.name} ${alternative.value} stands for both ${formatType(btf, other.type)} and ` +
            formatType(btf, alternative.type),
        ),
      );
    byValue.set(alternative.value, alternative);
  }
}
