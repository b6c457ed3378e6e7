/** What a C source is asked about: types to fill with values, and every struct and union in them to measure. */
import { type Composite, elementOf } from "./model.ts";

/** A struct or union whose values are compared. */
export interface Subject {
  readonly type: Composite & { readonly name: string };
  /** Of its random bytes and values. */
  readonly seed: number;
}

/** C code that defines types, and those of them that are compared. */
export interface Source {
  readonly declarations: string;
  readonly subjects: readonly Subject[];
}

/** A struct or union that has a codec. */
export interface Measured {
  readonly type: Composite;
  /** A C expression for the type: its name, or `typeof` of the member it is declared in. */
  readonly expression: string;
  /** For a type without a name: the one whose member it is the type of. */
  readonly owner: { readonly type: Measured; readonly member: string } | undefined;
  /** The subject it was found in. */
  readonly subject: number;
}

/** All structs and unions that have a codec, each once. */
export function measuredTypes(subjects: readonly Subject[]): Measured[] {
  const found = new Map<string, Measured>();
  const visit = (measured: Measured): void => {
    if (found.has(measured.expression)) return;
    found.set(measured.expression, measured);
    visitMembers(measured, measured.type);
  };
  const visitMembers = (owner: Measured, composite: Composite): void => {
    for (const { name, type } of composite.members) {
      const inner = elementOf(type);
      if (inner.kind !== "composite") continue;
      if (name === undefined) visitMembers(owner, inner);
      else if (inner.name !== undefined)
        visit({ type: inner, expression: inner.name, owner: undefined, subject: owner.subject });
      else visit(unnamed(owner, name, type, inner));
    }
  };
  subjects.forEach(({ type }, subject) => visit({ type, expression: type.name, owner: undefined, subject }));
  return [...found.values()];
}

function unnamed(
  owner: Measured,
  member: string,
  declared: Composite["members"][number]["type"],
  type: Composite,
): Measured {
  let indices = "";
  for (let at = declared; at.kind === "array"; at = at.element) indices += "[0]";
  const expression = `__typeof_unqual__(((${owner.expression} *)0)->${member}${indices})`;
  return { type, expression, owner: { type: owner, member }, subject: owner.subject };
}
