/** Straight-line code that reads and writes a struct's members. */

import type { ModuleContext } from "./module-context.ts";
import { camelCase } from "./names.ts";
import { readType, unnamedInputType } from "./input-types.ts";
import { IN_CODEC, type Place, at, further } from "./place.ts";
import { type AlternativeSlot, type FieldSlot, type Shape, type UnionSlot, allFields } from "./shape.ts";
import { literalKey, member, quote } from "./text.ts";

/** Code whose places count from byte `origin` of the outermost type, where its own codec starts. */
interface Body {
  readonly context: ModuleContext;
  /** The declared type's name: constants are called after it. */
  readonly owner: string;
  readonly origin: number;
}

/** The codec's `read`: `(v, o) => ({ ... })`. */
export function readFunction(context: ModuleContext, shape: Shape, type: string): string {
  return arrow(shape, "(v, o)", readExpression({ context, owner: type, origin: shape.offset }, shape, type));
}

/** The codec's `write`: `(v, o, x) => { ... }`. */
export function writeFunction(
  context: ModuleContext,
  shape: Shape,
  owner: string,
  fieldsName: string,
): string {
  const body: Body = { context, owner, origin: shape.offset };
  const fields = allFields(shape);
  // How many members a value with unions has depends on what is in them.
  const count = shape.unions.length > 0 ? 0 : fields.length;
  const check = `${context.imports.value("members")}(x, ${count}, ${fieldsName});`;
  const statements = [check, ...clearing(body, shape), ...writeStatements(body, shape)];
  const unused = statements.length === 1 ? "(_v, _o, x)" : "(v, o, x)";
  return `${unused} => {\n${statements.join("\n")}\n}`;
}

function arrow(shape: Shape, parameters: string, expression: string): string {
  const used = shape.fields.length > 0 || shape.unions.length > 0;
  return `${used ? parameters : "()"} => (${expression})`;
}

function placeOf(body: Body, offset: number): Place {
  return further(IN_CODEC, offset - body.origin);
}

function readExpression(body: Body, shape: Shape, type: string, ownMembers = membersAtOnce): string {
  let expression = shape.fields.length === 0 ? "{}" : ownMembers(body, shape.fields);
  const own = membersOfEveryObject(shape.fields);
  shape.unions.forEach((union, index) => {
    const last = index === shape.unions.length - 1;
    const whole = last ? type : own === "" ? "" : `Partial<${type}>`;
    const types = whole === "" ? "" : `<${whole}${own}>`;
    expression = `${body.context.imports.value("withUnion")}${types}(${expression}, ${unionArguments(body, union)})`;
  });
  return expression;
}

function membersAtOnce(body: Body, fields: readonly FieldSlot[]): string {
  const members = fields.map(
    (field) => `${literalKey(field.name)}: ${field.type.get(placeOf(body, field.offset))},`,
  );
  return `{\n${members.join("\n")}\n}`;
}

/** Each when first read: in a union their bytes may be another member's, and no value of theirs. */
function membersWhenRead(body: Body, fields: readonly FieldSlot[]): string {
  const members = fields.map(
    (field) => `${literalKey(field.name)}: () => ${field.type.get(placeOf(body, field.offset))},`,
  );
  return `${body.context.imports.value("lazily")}<${readType(fields)}>({\n${members.join("\n")}\n})`;
}

/** Further type argument for fields like `toString`, which tsc takes for inherited where they are not mentioned. */
function membersOfEveryObject(fields: readonly FieldSlot[]): string {
  const names = fields.filter(({ name }) => Object.hasOwn(Object.prototype, name));
  return names.length === 0 ? "" : `, ${names.map(({ name }) => quote(name)).join(" | ")}`;
}

function writeStatements(body: Body, shape: Shape): string[] {
  return [
    ...shape.fields.map((field) =>
      field.type.set(placeOf(body, field.offset), member("x", field.name), quote(field.name)),
    ),
    ...shape.unions.map((union) => writeUnionStatement(body, union)),
  ];
}

function writeUnionStatement(body: Body, union: UnionSlot): string {
  const place = placeOf(body, union.offset);
  const { imports } = body.context;
  return `${imports.value("writeUnion")}(${place.view}, ${at(place)}, ${union.size}, x, ${alternativesOf(body, union)});`;
}

function unionArguments(body: Body, union: UnionSlot): string {
  const place = placeOf(body, union.offset);
  return `${place.view}, ${at(place)}, ${union.size}, ${alternativesOf(body, union)}`;
}

/** The constant with a union's alternatives. */
function alternativesOf(body: Body, union: UnionSlot): string {
  const list = union.alternatives.map((alternative) => alternativeExpression(body, union, alternative));
  return body.context.constants.add(`${camelCase(body.owner)}Alternatives`, `[${list.join(", ")}]`);
}

function alternativeExpression(body: Body, union: UnionSlot, alternative: AlternativeSlot): string {
  const { imports } = body.context;
  if (alternative.kind === "member") {
    const { name, inUnion } = alternative.field;
    return `${imports.value("member")}(${quote(name)}, ${inUnion.codec()})`;
  }
  const { shape } = alternative;
  const names = allFields(shape).map((field) => quote(field.name));
  return `${imports.value("lifted")}<${liftedTypes(shape)}>([${names.join(", ")}], ${liftedCodec({ ...body, origin: union.offset }, shape)})`;
}

/** What reading and writing the members of an unnamed struct give and take. */
function liftedTypes(shape: Shape): string {
  return `${readType(allFields(shape))}, ${unnamedInputType(shape)}`;
}

/** Reads and writes an unnamed struct in a union. The union checks the names and clears the bytes. */
function liftedCodec(body: Body, shape: Shape): string {
  // What is read as a bigint is always a value.
  const ownMembers = body.context.u64 === "number" ? membersWhenRead : membersAtOnce;
  return `{
    read: ${arrow(shape, "(v, o)", readExpression(body, shape, readType(allFields(shape)), ownMembers))},
    write: (v, o, x) => {\n${writeStatements(body, shape).join("\n")}\n},
  }`;
}

/** Statements that make the bytes 0 which no member writes. */
function clearing(body: Body, shape: Shape): string[] {
  const { imports } = body.context;
  const clear = (offset: number, size: number): string => {
    const place = placeOf(body, offset);
    return `${imports.value("zero")}(${place.view}, ${at(place)}, ${size});`;
  };
  if (shape.size === 0) return [];
  // Bitfields are set beside what is there already.
  if (shape.fields.some((field) => field.bits !== undefined)) return [clear(shape.offset, shape.size)];
  return gaps(shape).map(({ offset, size }) => clear(offset, size));
}

/** The bytes between and behind the members. */
function gaps(shape: Shape): { readonly offset: number; readonly size: number }[] {
  const written: readonly { readonly offset: number; readonly size: number }[] = [
    ...shape.fields,
    ...shape.unions,
  ].toSorted((a, b) => a.offset - b.offset);
  const found: { offset: number; size: number }[] = [];
  let end = shape.offset;
  for (const { offset, size } of written) {
    if (offset > end) found.push({ offset: end, size: offset - end });
    end = Math.max(end, offset + size);
  }
  const rest = shape.offset + shape.size - end;
  return rest > 0 ? [...found, { offset: end, size: rest }] : found;
}
