/** What the encoder is given: a decoded value with one member of each union. */
import { visitChosen } from "./alternatives.ts";
import type { CType } from "./model.ts";

/** A value of `type` with the members that this turn takes, out of one that has all. */
export function chosenValue(type: CType, value: unknown, turn: number): unknown {
  if (type.kind === "array") {
    // Strings and typed arrays have no unions in them.
    if (!Array.isArray(value)) return value;
    return value.map((element: unknown, index) => chosenValue(type.element, element, turn + index));
  }
  if (type.kind !== "composite" || typeof value !== "object" || value === null) return value;
  const members: [string, unknown][] = [];
  visitChosen(type, turn, (field) =>
    members.push([field.name, chosenValue(field.type, Reflect.get(value, field.name), turn)]),
  );
  // Not by assignment, which for a member `__proto__` would be another thing.
  return Object.fromEntries(members);
}
