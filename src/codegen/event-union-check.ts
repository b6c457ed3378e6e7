/** Whether TypeScript tells the types of a union of events apart as C does. */
import type { EventAlternative } from "tinybpf-btf";
import { GenerateError } from "./errors.ts";
import type { NamedType } from "./named-types.ts";
import type { FieldSlot } from "./shape.ts";
import { visible } from "./text.ts";

/** One type of events, and the field of it that tells. */
export interface UnionPart {
  readonly type: NamedType;
  readonly field: FieldSlot;
  readonly alternative: EventAlternative;
}

/**
 * One place in C can be two things in TypeScript: under two names, or as a `bigint` here and a `number` there, by which
 * neither `===` nor the compiler could tell the types apart.
 *
 * @throws {@link GenerateError}
 */
export function assertToldApart(map: string, parts: readonly UnionPart[]): void {
  const fail = (message: string): GenerateError => new GenerateError(`map ${map}`, visible(message));
  const [first] = parts;
  if (first === undefined) return;
  for (const part of parts) {
    const { cName, name } = part.field;
    if (name !== first.field.name)
      throw fail(
        `${cName} is called ${first.field.name} in ${first.type.cName}, but ${name} in ${part.type.cName}: ` +
          "rename the member in C that takes its name, or use --naming c",
      );
    const [expected, kind] = [kindOf(first), kindOf(part)];
    if (kind !== expected)
      throw fail(
        `${cName} is read as a ${expected} in ${first.type.cName}, but as a ${kind} in ${part.type.cName}: ` +
          "give it the same C type in both",
      );
    const { value } = part.alternative;
    if (kind === "number" && !Number.isSafeInteger(Number(value)))
      throw fail(`${value} of ${part.type.cName} is no exact number of JavaScript: use --u64 bigint`);
  }
}

/** What a field is at run time. */
function kindOf({ field, alternative }: UnionPart): string {
  const { read } = field.type;
  if (read === "bigint" || read === "number" || read === "boolean") return read;
  // An enum, whose type has a name.
  return alternative.discriminant.resolved.size === 8 ? "bigint" : "number";
}
