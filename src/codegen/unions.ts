/** What writing a named union accepts. (Reading is codec-body.ts: the runtime decodes its members when asked.) */
import { docs } from "./doc.ts";
import { unionInputType } from "./input-types.ts";
import type { NamedType } from "./named-types.ts";
import type { Shape } from "./shape.ts";
import { type Statement, StructureKind } from "./source-file.ts";

/** `{ a: A; b?: never } | { a?: never; b: B } | Read` */
export function unionInput(type: NamedType, shape: Shape, description: string): Statement {
  const [union] = shape.unions;
  return {
    kind: StructureKind.TypeAlias,
    isExported: true,
    name: type.input,
    type: union === undefined ? type.name : unionInputType(union, type.name),
    docs: docs(description),
  };
}
