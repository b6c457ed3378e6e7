/** The types that writing accepts, where they differ from those that reading gives. */
import type { TypeId } from "tinybpf-btf";
import type { ModuleContext } from "./module-context.ts";
import {
  type AlternativeSlot,
  type FieldSlot,
  type Shape,
  type UnionSlot,
  alternativeFields,
  allFields,
  shapeOf,
  unionFields,
} from "./shape.ts";
import { typeKey } from "./text.ts";

/** Whether writing the struct or union `id` accepts more than reading it gives. */
export function inputDiffers(context: ModuleContext, id: TypeId): boolean {
  const known = context.inputDiffers.get(id);
  if (known !== undefined) return known;
  const shape = shapeOf(context, id, "");
  const differs =
    shape.unions.length > 0 || shape.fields.some((field) => field.type.input() !== field.type.read);
  context.inputDiffers.set(id, differs);
  return differs;
}

/** The name of what writing the struct or union `id` accepts. */
export function structInputType(context: ModuleContext, id: TypeId): string {
  const named = context.types.get(id);
  if (named === undefined) return "Uint8Array";
  return inputDiffers(context, id) ? named.input : named.name;
}

/** The members of an object type: `{ pid: number; ts: BigIntInput }` without the braces. */
export function inputMembers(fields: readonly FieldSlot[]): string[] {
  return fields.map((field) => `${typeKey(field.name)}: ${field.type.input()}`);
}

/** tsc multiplies intersections of unions out, and gives up beyond 100,000 combinations (TS2590). */
const MAX_COMBINATIONS = 1000;

/** Whether writing `shape` leaves "exactly one member of a union" to the runtime, since tsc could not check it. */
export function isLoose(shape: Shape): boolean {
  return combinations(shape) > MAX_COMBINATIONS;
}

/** How many object types the intersection in {@link inputType} stands for. */
function combinations(shape: Shape): number {
  return shape.unions.reduce((product, union) => product * alternativesOf(union), 1);
}

/** The alternatives of a union, those inside of unnamed structs included, and the value as it was read. */
function alternativesOf({ alternatives }: UnionSlot): number {
  return alternatives.reduce(
    (sum, alternative) => sum + (alternative.kind === "lifted" ? combinations(alternative.shape) : 1),
    1,
  );
}

/** The type of a shape with unions: its own members, and for each union exactly one alternative. */
export function inputType(shape: Shape, forbidden: readonly FieldSlot[] = []): string {
  const own = [...inputMembers(shape.fields), ...neverMembers(forbidden)];
  if (isLoose(shape)) return objectType([...own, ...shape.unions.flatMap(unionFields).map(optionalMember)]);
  const parts = shape.unions.map((union) => `(${unionInputType(union)})`);
  if (own.length > 0 || parts.length === 0) parts.unshift(objectType(own));
  return parts.join(" & ");
}

/**
 * Exactly one alternative, or all of them as they were read: `read` is the name of that, if there is one. Of a shape that
 * {@link isLoose}, {@link inputType}.
 *
 * What is read from a global variable is a `Snapshot`, whose arrays are none that reading gives elsewhere, but all that
 * writing takes.
 */
export function unionInputType(union: UnionSlot, read?: string): string {
  const fields = unionFields(union);
  const differs = fields.some(({ type }) => type.input() !== type.read);
  const asRead = read === undefined || differs ? objectType(inputMembers(fields)) : read;
  return [...union.alternatives.map((alternative) => alternativeType(alternative, union)), asRead].join(
    " | ",
  );
}

function alternativeType(alternative: AlternativeSlot, union: UnionSlot): string {
  const others = union.alternatives.filter((other) => other !== alternative).flatMap(alternativeFields);
  if (alternative.kind === "lifted") return `(${inputType(alternative.shape, others)})`;
  return objectType([...inputMembers([alternative.field]), ...neverMembers(others)]);
}

/**
 * What every object has by the global type `Object`: it counts as a member of an object literal, so that
 * `toString?: never` would fit none.
 */
const OF_EVERY_OBJECT: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

/** Members that must not be there, as far as types can say so; the runtime refuses the others. */
function neverMembers(fields: readonly FieldSlot[]): string[] {
  return fields
    .filter((field) => !OF_EVERY_OBJECT.has(field.name))
    .map((field) => `${typeKey(field.name)}?: never`);
}

/** A member that may be there; of those that every object has, a type cannot say what they must be. */
function optionalMember({ name, type }: FieldSlot): string {
  return `${typeKey(name)}?: ${OF_EVERY_OBJECT.has(name) ? "unknown" : type.input()}`;
}

/** What reading gives, written out. */
export function readType(fields: readonly FieldSlot[]): string {
  return objectType(fields.map((field) => `${typeKey(field.name)}: ${field.type.read}`));
}

/** What writing a shape without a name accepts. */
export function unnamedInputType(shape: Shape): string {
  return shape.unions.length > 0 ? inputType(shape) : objectType(inputMembers(allFields(shape)));
}

function objectType(members: readonly string[]): string {
  return members.length === 0 ? "object" : `{ ${members.join("; ")} }`;
}
