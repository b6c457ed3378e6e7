/** C types as data, for programs that look before they read: `object.btf.type("event")`. */
import { inspect, type InspectOptions } from "node:util";
import { type Btf, type BtfType, type TypeId, alignOf, formatType, isOpaque, sizeOf } from "tinybpf-btf";
import { bigEnumerators, enumerators } from "./enums.ts";
import { allMembers, membersOf, type TypeReader } from "./members.ts";

interface AnyType {
  /** As C spells it: `struct event`, `__u32`, `char[16]`; a typedef under its own name. */
  readonly name: string;
  /** Bytes; 0 only for what has none: flexible arrays, empty structs, `void` and functions. */
  readonly size: number;
}

/** A C type, looked at through typedefs and qualifiers. */
export type TypeInfo =
  | (AnyType & { readonly kind: "int"; readonly signed: boolean })
  | (AnyType & { readonly kind: "bool" | "float" })
  | (AnyType & {
      readonly kind: "enum";
      readonly signed: boolean;
      /** The enumerators; `bigint`s in enums of 8 bytes. */
      readonly values: Readonly<Record<string, number | bigint>>;
    })
  /** `target` is read when it is asked for: pointers may form circles. */
  | (AnyType & { readonly kind: "pointer"; readonly target: TypeInfo })
  | (AnyType & { readonly kind: "array"; readonly length: number; readonly element: TypeInfo })
  | (AnyType & {
      readonly kind: "struct" | "union";
      readonly align: number;
      /** As declared, those of unnamed structs and unions among them; none when a member's type is not defined. */
      readonly fields: readonly FieldInfo[];
    })
  /** `void`, functions, and types that are declared, but not defined. */
  | (AnyType & { readonly kind: "incomplete" });

/** A member of a struct or union. */
export interface FieldInfo {
  readonly name: string;
  readonly type: TypeInfo;
  /** Bytes from the start of the struct; of a bitfield the byte that holds its first bit. */
  readonly offset: number;
  /** Bytes it occupies; of a bitfield, those of its declared type; 0 for a flexible array. */
  readonly size: number;
  /** For a bitfield: first bit from the start of the struct, and width in bits. */
  readonly bits?: readonly [offset: number, width: number];
}

/** The type `id` as data. @throws {BtfParseError} when it is not as compilers write it */
export function typeInfo(btf: Btf, id: TypeId): TypeInfo {
  const type = btf.resolve(id);
  const named = { name: formatType(btf, id), size: sizeOf(btf, id) ?? 0 };
  switch (type.kind) {
    case "INT":
      return type.bool ? { kind: "bool", ...named } : { kind: "int", ...named, signed: type.signed };
    case "FLOAT":
      return { kind: "float", ...named };
    case "ENUM":
    case "ENUM64": {
      if (type.size === 0) return { kind: "incomplete", ...named };
      const values = type.size === 8 ? bigEnumerators(type) : enumerators(type);
      return { kind: "enum", ...named, signed: type.signed, values };
    }
    case "PTR":
      return shown({
        kind: "pointer",
        ...named,
        get target() {
          return typeInfo(btf, type.type);
        },
      });
    case "ARRAY":
      return { kind: "array", ...named, length: type.nelems, element: typeInfo(btf, type.type) };
    case "STRUCT":
    case "UNION":
      return compositeInfo(btf, type, named);
    default:
      return { kind: "incomplete", ...named };
  }
}

function compositeInfo(
  btf: Btf,
  type: BtfType & { readonly kind: "STRUCT" | "UNION" },
  named: AnyType,
): TypeInfo {
  const fields = once(() => (isOpaque(btf, type) ? [] : fieldsOf(btf, type.id)));
  return shown({
    kind: type.kind === "STRUCT" ? "struct" : "union",
    ...named,
    align: isOpaque(btf, type) ? 1 : alignOf(btf, type.id),
    // When asked for: the structs in it have fields, too.
    get fields() {
      return fields();
    },
  });
}

/** Has `console.log` show fields, not that there is a getter for them; of what a pointer points to only the name. */
function shown<T extends TypeInfo>(info: T): T {
  return Object.defineProperty(info, inspect.custom, {
    value: (_depth: number, options: InspectOptions) =>
      inspect(info.kind === "pointer" ? { ...info, target: info.target.name } : { ...info }, options),
  });
}

function fieldsOf(btf: Btf, id: TypeId): FieldInfo[] {
  const reader: TypeReader<TypeInfo> = {
    type: (member) => typeInfo(btf, member),
    bitfield: (member) => typeInfo(btf, member),
  };
  return allMembers(membersOf(btf, reader, id)).map(({ name, type, offset, size, bits }): FieldInfo =>
    bits === undefined ? { name, type, offset, size } : { name, type, offset, size, bits },
  );
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
