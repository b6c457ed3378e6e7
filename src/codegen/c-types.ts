/** How each C type is read, written and spelled in TypeScript. */
import { type Enum64Type, type EnumType, type TypeId, isOpaque } from "tinybpf-btf";
import { arrayType } from "./arrays.ts";
import type { CType, LeftOut } from "./c-type.ts";
import { structInputType } from "./input-types.ts";
import { type ModuleContext, codecs } from "./module-context.ts";
import { at } from "./place.ts";
import { bytesType, floatType, intType, numberType } from "./scalars.ts";
import { quote } from "./text.ts";
import { WORDS, wordOf } from "./words.ts";

/**
 * `id` in TypeScript. `wanted` names the constant it may need: what holds it, and as what, in PascalCase. `label` is how
 * errors call it when it cannot be read, such as `exec_event.ts`.
 */
export function cType(context: ModuleContext, id: TypeId, wanted: string, label = ""): CType | LeftOut {
  const type = context.btf.resolve(id);
  switch (type.kind) {
    case "INT":
      return intType(context, type, label);
    case "FLOAT":
      return floatType(context, type.size);
    case "PTR":
      return { ...numberType(context, "u64"), codec: () => `${codecs(context)}.pointer` };
    case "ENUM":
    case "ENUM64":
      if (type.size === 0) return { leftOut: `enum ${type.name} is declared, but not defined` };
      return enumType(context, type);
    case "STRUCT":
    case "UNION":
      return isOpaque(context.btf, type)
        ? bytesType(context, type.size)
        : compositeType(context, type.id, type.size);
    case "ARRAY":
      return arrayType(context, type, wanted, label, () => cType(context, type.type, wanted));
    case "VOID":
      return { leftOut: "void" };
    case "FWD":
      return { leftOut: `${type.of} ${type.name} is declared, but not defined` };
    case "FUNC":
    case "FUNC_PROTO":
      return { leftOut: "a function" };
    default:
      return { leftOut: `a ${type.kind}` };
  }
}

/** An enum whose values BTF does not have (`enum e;`, or all its users are gone) is the integer it is stored as. */
function enumType(context: ModuleContext, type: EnumType | Enum64Type): CType {
  const word = wordOf(type.size, type.signed);
  if (word === undefined) return bytesType(context, type.size);
  const number = numberType(context, word);
  const named = context.types.get(type.id);
  if (named === undefined) return number;
  const { name, cName } = named;
  return {
    ...number,
    read: name,
    input: () => name,
    codec: () =>
      WORDS[word].big
        ? `${codecs(context)}.enumeration64<${name}>(${quote(cName)}, ${type.signed}, ${name})`
        : `${codecs(context)}.enumeration<${name}>(${quote(cName)}, ${type.size}, ${type.signed}, ${name})`,
    get: (place) => `${number.get(place)} as ${name}`,
  };
}

function compositeType(context: ModuleContext, id: TypeId, size: number): CType {
  const named = context.types.get(id);
  if (named === undefined) return bytesType(context, size);
  const { name, view } = named;
  return {
    size,
    read: name,
    input: () => structInputType(context, id),
    codec: () => name,
    get: (place) => `${name}.read(${place.view}, ${at(place)})`,
    set: (place, value, field) =>
      `${context.imports.value("writeField")}(${place.view}, ${at(place)}, ${value}, ${name}, ${field});`,
    view,
  };
}
