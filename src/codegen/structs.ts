/** The declarations of a struct or union: its interface, what writing accepts, its view and its codec. */
import { definitionLines } from "./c-source.ts";
import { readFunction, writeFunction } from "./codec-body.ts";
import { fieldsTable } from "./fields-table.ts";
import { docBlock, docCode, docText, docs } from "./doc.ts";
import { inputDiffers, inputType, isLoose } from "./input-types.ts";
import { type ModuleContext, withOwnConstants } from "./module-context.ts";
import type { NamedType } from "./named-types.ts";
import { type Shape, allFields, shapeOf } from "./shape.ts";
import {
  type PropertySignatureStructure,
  type Statement,
  StructureKind,
  constStatement,
} from "./source-file.ts";
import { quote, typeKey } from "./text.ts";
import { unionInput } from "./unions.ts";
import { viewClass } from "./views.ts";

/** Everything the module says about one struct or union. */
export function declareComposite(module: ModuleContext, type: NamedType): Statement[] {
  const context = withOwnConstants(module);
  const shape = shapeOf(context, type.id, type.name);
  const statements: Statement[] = [readInterface(context, type, shape)];
  if (inputDiffers(context, type.id)) statements.push(inputDeclaration(type, shape));
  statements.push(viewClass(context, type, shape));
  const fields = allFields(shape);
  // A second member of a name has no place of its own in the table.
  const leftOut = new Map(shape.leftOut.map((slot) => [slot.name, slot]));
  for (const name of ["", ...fields.map((field) => field.name)]) leftOut.delete(name);
  const table = fieldsTable(shape, [...leftOut.values()]);
  const codec = codecConstant(context, type, shape);
  return [
    ...statements,
    ...context.constants.list().map(constStatement),
    constStatement({ name: type.fields, initializer: table }),
    codec,
  ];
}

function readInterface(context: ModuleContext, type: NamedType, shape: Shape): Statement {
  const notes = shape.leftOut.map(
    ({ cName, offset, why }) =>
      `Left out: ${cName === "" ? "an unnamed member" : docCode(cName)} at byte ${offset} (${docText(why)}).`,
  );
  const definition = docBlock(definitionLines(context.btf, type));
  return {
    kind: StructureKind.Interface,
    isExported: true,
    name: type.name,
    docs: docs([definition, ...notes].join("\n\n")),
    properties: allFields(shape).map((field) => ({ name: typeKey(field.name), type: field.type.read })),
  };
}

function inputDeclaration(type: NamedType, shape: Shape): Statement {
  const description = `What writing a {@link ${type.name}} accepts.`;
  const checked = isLoose(shape)
    ? " That is checked when it is written: tsc has no types for so many ways."
    : "";
  const each = isLoose(shape) ? "each union" : "a union";
  if (type.kind === "UNION")
    return unionInput(type, shape, `${description} Exactly one member, or a value as it was read.${checked}`);
  if (shape.unions.length > 0) {
    return {
      kind: StructureKind.TypeAlias,
      isExported: true,
      name: type.input,
      type: inputType(shape),
      docs: docs(`${description} Of ${each} exactly one member, or all as they were read.${checked}`),
    };
  }
  const properties = shape.fields.map((field): Omit<PropertySignatureStructure, "kind"> => ({
    name: typeKey(field.name),
    type: field.type.input(),
  }));
  return {
    kind: StructureKind.Interface,
    isExported: true,
    name: type.input,
    docs: docs(description),
    properties,
  };
}

function codecConstant(context: ModuleContext, type: NamedType, shape: Shape): Statement {
  const { imports } = context;
  const input = inputDiffers(context, type.id) ? type.input : type.name;
  const parameters = `<${type.name}, ${input}, ${type.view}>`;
  return constStatement({
    name: type.name,
    isExported: true,
    docs: docs(`Codec of ${docCode(type.cName)}.`),
    type: `${imports.type("StructCodec")}${parameters}`,
    initializer: `${imports.value("struct")}${parameters}({
      name: ${quote(type.cName)},
      size: ${shape.size},
      align: ${shape.align},
      fields: ${type.fields},
      View: ${type.view},
      read: ${readFunction(context, shape, type.name)},
      write: ${writeFunction(context, shape, type.name, type.fields)},
    })`,
  });
}
