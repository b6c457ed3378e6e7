/**
 * The 19 kinds of BTF types as discriminated unions of readonly data.
 *
 * Names of kinds and fields follow `include/uapi/linux/btf.h`. Types refer to each other by id; id 0 is `void`
 * and is no entry of the type section, so recursive types need no special case.
 */

/** Index of a type in its BTF, counting from 1; 0 is `void`. In split BTF ids continue after the base's. */
export type TypeId = number;

/** `void`, the type with id 0. */
export interface VoidType {
  readonly kind: "VOID";
  readonly id: 0;
  readonly name: "";
}

/** `BTF_KIND_INT`: an integer, a character or a boolean. */
export interface IntType {
  readonly kind: "INT";
  readonly id: TypeId;
  readonly name: string;
  /** Bytes it occupies. */
  readonly size: number;
  /** Bits that carry the value; less than `size * 8` only in bitfields of old compilers. */
  readonly bits: number;
  /** First bit of the value, counted from the start of the storage. */
  readonly offset: number;
  readonly signed: boolean;
  readonly char: boolean;
  readonly bool: boolean;
}

/** `BTF_KIND_PTR` */
export interface PtrType {
  readonly kind: "PTR";
  readonly id: TypeId;
  readonly name: "";
  readonly type: TypeId;
}

/** `BTF_KIND_ARRAY`: one dimension; `int a[2][3]` is an array of arrays. */
export interface ArrayType {
  readonly kind: "ARRAY";
  readonly id: TypeId;
  readonly name: "";
  readonly type: TypeId;
  readonly indexType: TypeId;
  readonly nelems: number;
}

/** A member of a struct or union. */
export interface Member {
  /** Empty for an anonymous struct or union, and for unnamed bitfields. */
  readonly name: string;
  readonly type: TypeId;
  /** Distance from the start of the struct, in bits. */
  readonly bitOffset: number;
  /** Width in bits of a bitfield (`kind_flag` set); 0 for an ordinary member. */
  readonly bitSize: number;
}

/** `BTF_KIND_STRUCT` and `BTF_KIND_UNION` */
export interface CompositeType {
  readonly kind: "STRUCT" | "UNION";
  readonly id: TypeId;
  /** Empty when anonymous. */
  readonly name: string;
  /** Bytes it occupies. */
  readonly size: number;
  /** Whether member offsets carry bitfield sizes. */
  readonly kindFlag: boolean;
  readonly members: readonly Member[];
}

/** An enumerator; `value` is sign-extended when the enum is signed. */
export interface Enumerator<V extends number | bigint> {
  readonly name: string;
  readonly value: V;
}

/** `BTF_KIND_ENUM` */
export interface EnumType {
  readonly kind: "ENUM";
  readonly id: TypeId;
  readonly name: string;
  /** 1, 2, 4 or 8 bytes; 0 when it is declared but not defined here (`enum e;`). */
  readonly size: number;
  readonly signed: boolean;
  readonly values: readonly Enumerator<number>[];
}

/** `BTF_KIND_ENUM64` */
export interface Enum64Type {
  readonly kind: "ENUM64";
  readonly id: TypeId;
  readonly name: string;
  /** 1, 2, 4 or 8 bytes; 0 when it is declared but not defined here. */
  readonly size: number;
  readonly signed: boolean;
  readonly values: readonly Enumerator<bigint>[];
}

/** `BTF_KIND_FWD`: a struct or union that is declared but not defined here. */
export interface FwdType {
  readonly kind: "FWD";
  readonly id: TypeId;
  readonly name: string;
  readonly of: "struct" | "union";
}

/** `BTF_KIND_TYPEDEF` */
export interface TypedefType {
  readonly kind: "TYPEDEF";
  readonly id: TypeId;
  readonly name: string;
  readonly type: TypeId;
}

/** `BTF_KIND_VOLATILE`, `BTF_KIND_CONST` and `BTF_KIND_RESTRICT` */
export interface QualifierType {
  readonly kind: "VOLATILE" | "CONST" | "RESTRICT";
  readonly id: TypeId;
  readonly name: "";
  readonly type: TypeId;
}

/** `enum btf_func_linkage` */
export type FuncLinkage = "static" | "global" | "extern";

/** `BTF_KIND_FUNC`; `type` is its `FUNC_PROTO`. */
export interface FuncType {
  readonly kind: "FUNC";
  readonly id: TypeId;
  readonly name: string;
  readonly type: TypeId;
  readonly linkage: FuncLinkage;
}

/** A parameter; a last one of type 0 and without a name is the `...` of a variadic function. */
export interface Param {
  readonly name: string;
  readonly type: TypeId;
}

/** `BTF_KIND_FUNC_PROTO`; `type` is what it returns. */
export interface FuncProtoType {
  readonly kind: "FUNC_PROTO";
  readonly id: TypeId;
  readonly name: "";
  readonly type: TypeId;
  readonly params: readonly Param[];
}

/** `BTF_VAR_STATIC`, `BTF_VAR_GLOBAL_ALLOCATED` and `BTF_VAR_GLOBAL_EXTERN` */
export type VarLinkage = "static" | "global" | "extern";

/** `BTF_KIND_VAR` */
export interface VarType {
  readonly kind: "VAR";
  readonly id: TypeId;
  readonly name: string;
  readonly type: TypeId;
  readonly linkage: VarLinkage;
}

/** A variable of a section. clang leaves `offset` at 0; the ELF symbol has the real one. */
export interface SecInfo {
  readonly type: TypeId;
  readonly offset: number;
  readonly size: number;
}

/** `BTF_KIND_DATASEC` */
export interface DataSecType {
  readonly kind: "DATASEC";
  readonly id: TypeId;
  /** The ELF section's name, such as `.bss` or `.maps`. */
  readonly name: string;
  /** As written in the BTF; clang leaves it at 0. */
  readonly size: number;
  readonly vars: readonly SecInfo[];
}

/** `BTF_KIND_FLOAT` */
export interface FloatType {
  readonly kind: "FLOAT";
  readonly id: TypeId;
  readonly name: string;
  /** 2, 4, 8, 12 or 16 bytes. */
  readonly size: number;
}

/** `BTF_KIND_DECL_TAG`: `__attribute__((btf_decl_tag("...")))` */
export interface DeclTagType {
  readonly kind: "DECL_TAG";
  readonly id: TypeId;
  /** The tag's text. */
  readonly name: string;
  readonly type: TypeId;
  /** `kind_flag`: the text is a whole attribute, spelled `__attribute__((text))` (Linux 6.15). */
  readonly attribute: boolean;
  /** Index of the tagged member or parameter; -1 when the declaration itself is tagged. */
  readonly componentIdx: number;
}

/** `BTF_KIND_TYPE_TAG`: `__attribute__((btf_type_tag("...")))` */
export interface TypeTagType {
  readonly kind: "TYPE_TAG";
  readonly id: TypeId;
  /** The tag's text. */
  readonly name: string;
  /** `kind_flag`: the text is a whole attribute, spelled `__attribute__((text))` (Linux 6.15). */
  readonly attribute: boolean;
  readonly type: TypeId;
}

/** Any BTF type; `kind` tells which. */
export type BtfType =
  | VoidType
  | IntType
  | PtrType
  | ArrayType
  | CompositeType
  | EnumType
  | FwdType
  | TypedefType
  | QualifierType
  | FuncType
  | FuncProtoType
  | VarType
  | DataSecType
  | FloatType
  | DeclTagType
  | TypeTagType
  | Enum64Type;

/** The name of a BTF kind, without `BTF_KIND_`. */
export type BtfKind = BtfType["kind"];
