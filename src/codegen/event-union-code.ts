/** The declarations of a union of events: its type, its views' type, and what decodes it. */
import { type EventAlternative, type EventType, type EventUnion, type TypeId, sizeOf } from "tinybpf-btf";
import { docCode, docs } from "./doc.ts";
import { type UnionPart, assertToldApart } from "./event-union-check.ts";
import type { ModuleContext } from "./module-context.ts";
import type { NamedType } from "./named-types.ts";
import { type NameTable, pascalCase } from "./names.ts";
import { IN_CODEC, further } from "./place.ts";
import { type FieldSlot, allFields, shapeOf } from "./shape.ts";
import { type Statement, StructureKind, constStatement } from "./source-file.ts";
import { isSimpleName, member, quote, typeKey } from "./text.ts";

/** A union of the events of a map, and what the module calls it. */
export interface NamedEventUnion {
  readonly kind: "union";
  /** The map's name. */
  readonly map: string;
  readonly union: EventUnion;
  readonly name: string;
  readonly view: string;
}

/** What the events of a map are, with the names of what is declared for it alone. */
export type MapEvent = NamedEventUnion | { readonly kind: "type"; readonly id: TypeId };

/** Names the unions, after the maps that carry them. */
export function nameEvents(
  events: ReadonlyMap<string, EventType>,
  names: NameTable,
): ReadonlyMap<string, MapEvent> {
  return new Map(
    Array.from(events, ([map, event]): [string, MapEvent] => {
      if (event.kind === "type") return [map, event];
      const name = names.claim(eventUnionName(map));
      return [map, { ...event, map, name, view: names.claim(`${name}View`) }];
    }),
  );
}

/** `LifecycleEvent` for the map `lifecycle`; `Event` for one called `events`. */
function eventUnionName(map: string): string {
  return `${pascalCase(map).replace(/Events?$/, "")}Event`;
}

/** What belongs to one alternative in the module. */
interface Part extends UnionPart {
  /** The value as an expression, and as a type. */
  readonly value: string;
  readonly valueType: string;
}

/** Everything the module says about one union of events. */
export function declareEventUnion(context: ModuleContext, named: NamedEventUnion): Statement[] {
  const { imports } = context;
  const { map, union, name, view } = named;
  const parts = union.alternatives.flatMap((alternative) => part(context, alternative) ?? []);
  const [first] = parts;
  if (first === undefined) return [];
  assertToldApart(map, parts);
  // What reads the field in the smallest struct reads it in all of them: it stays within that struct.
  const { field } = parts.reduce((least, each) =>
    sizeIn(context, each) < sizeIn(context, least) ? each : least,
  );
  const key = typeKey(first.field.name);
  const alternatives = (pick: (type: NamedType) => string, modifier: string): string =>
    parts.map(({ type, valueType }) => `(${pick(type)} & { ${modifier}${key}: ${valueType} })`).join(" | ");
  const parameters = `<${name}, ${view}>`;
  const types = parts.map(({ type, value }) => `[${value}, ${type.name}],`);
  const of = `of the map ${docCode(map)}`;
  const told = `told apart by ${docCode(union.field)}`;
  return [
    {
      kind: StructureKind.TypeAlias,
      isExported: true,
      name,
      type: alternatives((type) => type.name, ""),
      docs: docs(`An event ${of}: one of several types, ${told}.`),
    },
    {
      kind: StructureKind.TypeAlias,
      isExported: true,
      name: view,
      type: alternatives((type) => type.view, "readonly "),
      docs: docs(`The view of an event ${of}: one of several classes, ${told}.`),
    },
    constStatement({
      name,
      isExported: true,
      docs: docs(`Decodes events ${of}.`),
      type: `${imports.type("EventUnion")}${parameters}`,
      initializer: `${imports.value("eventUnion")}${parameters}({
        name: ${quote(name)},
        field: ${quote(first.field.name)},
        end: ${"end" in field.type ? field.type.end : field.offset + field.type.size},
        discriminant: (v, o) => ${field.type.get(further(IN_CODEC, field.offset))},
        alternatives: [\n${types.join("\n")}\n],
      })`,
    }),
  ];
}

function sizeIn({ btf }: ModuleContext, { type }: Part): number {
  return sizeOf(btf, type.id) ?? 0;
}

function part(context: ModuleContext, alternative: EventAlternative): Part | undefined {
  const type = context.types.get(alternative.type);
  if (type === undefined) return undefined;
  const field = slotOf(allFields(shapeOf(context, type.id, type.name)), alternative.discriminant);
  return field === undefined
    ? undefined
    : { type, field, alternative, ...valueOf(context, alternative, field) };
}

/** By its place, and its C name among several there. */
function slotOf(
  fields: readonly FieldSlot[],
  { name, bitOffset, bitSize }: EventAlternative["discriminant"],
): FieldSlot | undefined {
  const there = fields.filter(({ offset, bits }) =>
    bits === undefined
      ? bitSize === 0 && offset * 8 === bitOffset
      : bits[0] === bitOffset && bits[1] === bitSize,
  );
  return there.find((field) => field.cName === name) ?? there[0];
}

/** The value in the field's own type: an enumerator, or a literal. */
function valueOf(
  context: ModuleContext,
  { discriminant, value: number, enumerator }: EventAlternative,
  { type }: FieldSlot,
): Pick<Part, "value" | "valueType"> {
  const named = context.types.get(discriminant.resolved.id);
  if (named !== undefined && enumerator !== undefined) {
    const value = member(named.name, enumerator);
    const valueType = isSimpleName(enumerator)
      ? `typeof ${value}`
      : `(typeof ${named.name})[${quote(enumerator)}]`;
    return { value, valueType };
  }
  const suffix = type.read === "bigint" ? "n" : "";
  const literal = type.read === "boolean" ? String(number !== 0n) : `${number}${suffix}`;
  return { value: literal, valueType: literal };
}
