/** What a union holds at a time. C and TypeScript take the same member of each union, by the round of the test. */
import { type Composite, type Field, isLeftOut, valueFields } from "./model.ts";

/** One member of a union, or an unnamed struct in it with all of its members. */
export type Alternative =
  | { readonly kind: "member"; readonly field: Field }
  | { readonly kind: "lifted"; readonly composite: Composite };

/** The alternatives of a union; an unnamed union in it adds its own. */
export function alternativesOf(union: Composite): Alternative[] {
  return union.members.flatMap((member): Alternative[] => {
    const { name, type } = member;
    if (name !== undefined) return isLeftOut(type) ? [] : [{ kind: "member", field: { ...member, name } }];
    if (type.kind !== "composite") return [];
    if (type.of === "union") return alternativesOf(type);
    return valueFields(type).length === 0 ? [] : [{ kind: "lifted", composite: type }];
  });
}

/** Which alternative is taken: `turn` is the round plus all indices on the way to the union. */
export function chosenAlternative(union: Composite, turn: number): Alternative | undefined {
  const all = alternativesOf(union);
  return all[(turn + union.salt) % Math.max(1, all.length)];
}

/** Calls `take` for each member that is written in this turn, in the order of declaration. */
export function visitChosen(composite: Composite, turn: number, take: (field: Field) => unknown): void {
  if (composite.of === "struct") {
    for (const member of composite.members) {
      const { name, type } = member;
      if (name !== undefined) {
        if (!isLeftOut(type)) take({ ...member, name });
      } else if (type.kind === "composite") visitChosen(type, turn, take);
    }
    return;
  }
  const alternative = chosenAlternative(composite, turn);
  if (alternative?.kind === "member") take(alternative.field);
  else if (alternative?.kind === "lifted") visitChosen(alternative.composite, turn, take);
}
