/** What writing a named union accepts. (Reading is codec-body.ts: the runtime decodes its members when asked.) */
import { docs } from "./doc.ts";
import { inputType, isLoose, unionInputType } from "./input-types.ts";
import type { NamedType } from "./named-types.ts";
import type { Shape } from "./shape.ts";
import { type Statement, StructureKind } from "./source-file.ts";

/** `{ a: A; b?: never } | { a?: never; b: B } | Read` */
export function unionInput(type: NamedType, shape: Shape, description: string): Statement {
  return {
    kind: StructureKind.TypeAlias,
    isExported: true,
    name: type.input,
    type: unionType(type, shape),
    docs: docs(description),
  };
}

function unionType(type: NamedType, shape: Shape): string {
  const [union] = shape.unions;
  if (union === undefined) return type.name;
  return isLoose(shape) ? inputType(shape) : unionInputType(union, type.name);
}
