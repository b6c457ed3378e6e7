/** Classes whose getters read single members in place. */
import { docCode, docs } from "./doc.ts";
import type { ModuleContext } from "./module-context.ts";
import type { NamedType } from "./named-types.ts";
import { type Place, at, further } from "./place.ts";
import { type FieldSlot, type Shape, allFields } from "./shape.ts";
import { type GetAccessorDeclarationStructure, type Statement, StructureKind } from "./source-file.ts";
import { accessorKey } from "./text.ts";

const IN_VIEW: Place = { view: "this.#c.view", base: "this.#c.offset + this.#at", offset: 0 };

/** A nested view shares the cursor: it is as long-lived as the one around it. */
const NESTED: Place = { view: "this.#c", base: "this.#at", offset: 0 };

/** The view of one struct or union. */
export function viewClass(context: ModuleContext, type: NamedType, shape: Shape): Statement {
  const fields = allFields(shape);
  const cursor = context.imports.type("Cursor");
  const description = `Reads single members of a ${docCode(type.cName)} in place; valid as long as the memory it reads.`;
  if (fields.length === 0) {
    return {
      kind: StructureKind.Class,
      isExported: true,
      name: type.view,
      docs: docs(description),
      ctors: [
        {
          parameters: [
            { name: "_cursor", type: cursor },
            { name: "_at", initializer: "0" },
          ],
        },
      ],
    };
  }
  return {
    kind: StructureKind.Class,
    isExported: true,
    name: type.view,
    docs: docs(description),
    properties: [
      { name: "#c", type: cursor, isReadonly: true },
      { name: "#at", type: "number", isReadonly: true },
    ],
    ctors: [
      {
        parameters: [
          { name: "cursor", type: cursor },
          { name: "at", initializer: "0" },
        ],
        statements: ["this.#c = cursor;", "this.#at = at;"],
      },
    ],
    getAccessors: fields.map(getter),
  };
}

function getter(field: FieldSlot): Omit<GetAccessorDeclarationStructure, "kind"> {
  const { view, arrayView } = field.type;
  if (arrayView !== undefined) {
    return {
      name: accessorKey(field.name),
      returnType: arrayView.type(),
      statements: [`return ${arrayView.get(further(NESTED, field.offset))};`],
    };
  }
  if (view === undefined) {
    const expression = field.type.get(further(IN_VIEW, field.offset));
    return {
      name: accessorKey(field.name),
      returnType: field.type.read,
      statements: [`return ${expression};`],
    };
  }
  const place = further(NESTED, field.offset);
  return {
    name: accessorKey(field.name),
    returnType: view,
    statements: [`return new ${view}(${place.view}, ${at(place)});`],
  };
}
