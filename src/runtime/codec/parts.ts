/** The parts of a value of a compound type, whatever it came from: decoded, given by a caller, or a view. */
import { ValueError } from "../errors.ts";
import { wrong } from "./check.ts";
import type { Field } from "./codec.ts";
import type { ValueType } from "./value-type.ts";

type ArrayValue = ValueType & { readonly kind: "array" };
type StructValue = ValueType & { readonly kind: "struct" };

/** A member that a value has, and what became of it. */
export interface Member<R> {
  /** Its name in TypeScript. */
  readonly name: string;
  readonly field: Field;
  readonly result: R;
}

/** Each element of an array, a typed array or a view of one, through `convert`; what that throws names the element. */
export function elementsOf<R>(
  type: ArrayValue,
  value: unknown,
  convert: (type: ValueType, element: unknown) => R,
): R[] {
  const { length, element } = type;
  if (value === null || typeof value !== "object" || !("length" in value))
    throw wrong(value, `an array of ${length}`, "");
  if (value.length !== length) throw new ValueError(`has ${String(value.length)} elements, not ${length}`);
  return Array.from(value as ArrayLike<unknown>, (each, index) => {
    try {
      return convert(element.type, each);
    } catch (error) {
      throw ValueError.within(error, `[${index}]`);
    }
  });
}

/** Each member that `value` has, through `convert`; what that throws names the member. */
export function membersOf<R>(
  type: StructValue,
  value: unknown,
  convert: (type: ValueType, member: unknown) => R,
): Member<R>[] {
  const fields = Object.entries(type.fields);
  if (value === null || typeof value !== "object")
    throw wrong(
      value,
      fields.length === 0 ? "an object" : `an object with ${Object.keys(type.fields).join(", ")}`,
      "",
    );
  return fields.flatMap(([name, field]) => {
    // Flexible arrays have a place, but are no part of the value.
    if (field.type === undefined) return [];
    const member = memberOf(value, name, field);
    // Of a union's members one is enough; that any other is missing is for its own type to say.
    if (member === undefined && field.inUnion === true) return [];
    try {
      return [{ name, field, result: convert(field.type.type, member) }];
    } catch (error) {
      throw ValueError.within(error, name);
    }
  });
}

/**
 * A member that an object has. Of a union that was read, or is viewed, the members whose bytes are no value of theirs count
 * as absent (safe-integers.ts).
 */
function memberOf(value: object, name: string, { inUnion }: Field): unknown {
  try {
    return ownMember(value, name);
  } catch (error) {
    if (error instanceof ValueError && inUnion === true) return undefined;
    throw error;
  }
}

/** A member of an object, or of a view, whose class has it; not `toString` and the like, which every object has. */
function ownMember(value: object, name: string): unknown {
  let holder: object | null = value;
  while (holder !== null) {
    const next: object | null = Object.getPrototypeOf(holder) as object | null;
    if (Object.hasOwn(holder, name) && (holder === value || next !== null)) return Reflect.get(value, name);
    holder = next;
  }
  return undefined;
}
