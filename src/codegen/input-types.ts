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

/** The type of a shape with unions: its own members, and for each union exactly one alternative. */
export function inputType(shape: Shape, forbidden: readonly FieldSlot[] = []): string {
  const own = [...inputMembers(shape.fields), ...forbidden.map((field) => `${typeKey(field.name)}?: never`)];
  const parts = shape.unions.map((union) => `(${unionInputType(union)})`);
  if (own.length > 0 || parts.length === 0) parts.unshift(objectType(own));
  return parts.join(" & ");
}

/** Exactly one alternative, or all of them as they were read. */
export function unionInputType(union: UnionSlot, asRead: string = readType(unionFields(union))): string {
  return [...union.alternatives.map((alternative) => alternativeType(alternative, union)), asRead].join(
    " | ",
  );
}

function alternativeType(alternative: AlternativeSlot, union: UnionSlot): string {
  const others = union.alternatives.filter((other) => other !== alternative).flatMap(alternativeFields);
  if (alternative.kind === "lifted") return `(${inputType(alternative.shape, others)})`;
  return objectType([
    ...inputMembers([alternative.field]),
    ...others.map((field) => `${typeKey(field.name)}?: never`),
  ]);
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
